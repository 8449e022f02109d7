"""What weather the operator says there is at a site; nobody else knows, and nothing is guessed."""

import threading
from dataclasses import dataclass
from enum import StrEnum


class Weather(StrEnum):
    """As far as it matters to a camera."""

    DRY = "dry"
    RAIN = "rain"
    FOG = "fog"
    SNOW = "snow"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WeatherReport:
    """One observation and how long it may be believed."""

    weather: Weather
    observed_ns: int
    valid_until_ns: int

    def at(self, now_ns: int) -> Weather:
        """The weather at a moment, unknown before the observation and once it is too old."""
        is_valid = self.observed_ns <= now_ns < self.valid_until_ns
        return self.weather if is_valid else Weather.UNKNOWN


class Weathers:
    """The newest report of each site; from any thread. None outlives the service."""

    def __init__(self) -> None:
        self._reports: dict[str, WeatherReport] = {}
        self._lock = threading.Lock()

    def take(self, site_id: str, report: WeatherReport) -> bool:
        """Keep a report; False, and nothing changes, where a newer one is known."""
        with self._lock:
            known = self._reports.get(site_id)
            if known is not None and known.observed_ns > report.observed_ns:
                return False
            self._reports[site_id] = report
            return True

    def report(self, site_id: str) -> WeatherReport | None:
        """The newest one, however old."""
        with self._lock:
            return self._reports.get(site_id)

    def at(self, site_id: str, now_ns: int) -> Weather:
        """The weather at a site at a moment."""
        report = self.report(site_id)
        return Weather.UNKNOWN if report is None else report.at(now_ns)
