"""The newest weather that was reported of each site."""

import threading

import structlog
from sqlalchemy import select

from service.live.weather import Weather, WeatherReport
from service.store.database import CANNOT_BE_KEPT, Database
from service.store.inserting import insert_or_replace
from service.store.tables import weather_reports


class WeatherReports:
    """The table `weather_reports`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[str, WeatherReport] = {}
        self._lock = threading.Lock()

    def all(self) -> dict[str, WeatherReport]:
        """By site_id."""
        with self._database.reading() as connection:
            rows = connection.execute(select(weather_reports)).all()
        return {
            site_id: WeatherReport(Weather(weather), observed_ns, valid_until_ns)
            for site_id, weather, observed_ns, valid_until_ns in rows
        }

    def put(self, site_id: str, report: WeatherReport) -> None:
        """Keep a site's newest report; one that cannot be kept now waits for `put_waiting`.

        Answers when it is committed; raises StoreError when it waits. One that the database
        refuses is logged and let go.
        """
        with self._lock:
            self._waiting[site_id] = report
            self._write(site_id)

    def put_waiting(self) -> None:
        """Keep what could not be kept when it came; raises StoreError while that is so still."""
        with self._lock:
            for site_id in list(self._waiting):
                self._write(site_id)

    def _write(self, site_id: str) -> None:
        report = self._waiting[site_id]
        row = {
            "site_id": site_id,
            "weather": report.weather.value,
            "observed_ns": report.observed_ns,
            "valid_until_ns": report.valid_until_ns,
        }
        try:
            with self._database.writing() as connection:
                insert_or_replace(connection, weather_reports, [row])
        except CANNOT_BE_KEPT as error:
            log = structlog.get_logger()
            reason = str(error).partition("\n")[0]
            log.error("weather cannot be kept", site_id=site_id, reason=reason)
        del self._waiting[site_id]
