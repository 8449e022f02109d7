"""The store as the service sees it: one database, one writer, and a table per noun."""

import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Self

from service.store.access_log import AccessLog
from service.store.address import data_folder, database_url, shown
from service.store.alert_history import AlertHistory
from service.store.assistance_days import AssistanceDays
from service.store.audits import Audits
from service.store.camera_history import CameraHistory
from service.store.database import Database
from service.store.deliveries import Deliveries
from service.store.errors import StoreError
from service.store.event_tail import EventTail
from service.store.false_alarms import FalseAlarms
from service.store.incidents import Incidents
from service.store.interruption import restored_spot_state
from service.store.keys import Keys
from service.store.latest import latest_rows
from service.store.layouts import Layouts
from service.store.lot_history import LotHistory
from service.store.marks import Marks, alive_mark, event_mark
from service.store.outbox import Outbox
from service.store.spot_history import SpotHistory
from service.store.standby import Standby
from service.store.subscriptions import Subscriptions
from service.store.tables import spot_changes
from service.store.usage import UsageHistory
from service.store.weather_reports import WeatherReports
from service.store.write_gaps import WriteGaps
from service.store.writer import LONGEST_QUEUE, Writer
from vision.parking.spot_state import SpotState


class Store:
    """Everything that outlives the service; every method may be called from any thread.

    Methods raise StoreAway while the database cannot be reached; they work again when it can.
    """

    def __init__(
        self,
        named: str | None = None,
        *,
        environment: Mapping[str, str] = os.environ,
        longest_queue: int = LONGEST_QUEUE,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Over the database of this address; see `database_url`. Touches nothing yet."""
        self.database = Database(database_url(named, environment))
        self.writer = Writer(self.database, longest_queue=longest_queue, clock_ns=clock_ns)
        self.spot_history = SpotHistory(self.database)
        self.lot_history = LotHistory(self.database)
        self.alert_history = AlertHistory(self.database)
        self.camera_history = CameraHistory(self.database)
        self.event_tail = EventTail(self.database)
        self.incidents = Incidents(self.database)
        self.layouts = Layouts(self.database)
        self.audits = Audits(self.database)
        self.keys = Keys(self.database)
        self.subscriptions = Subscriptions(self.database)
        self.outbox = Outbox(self.database)
        self.deliveries = Deliveries(self.database)
        self.access_log = AccessLog(self.database)
        self.usage = UsageHistory(self.database)
        self.write_gaps = WriteGaps(self.database)
        self.marks = Marks(self.database)
        self.weather_reports = WeatherReports(self.database)
        self.false_alarms = FalseAlarms(self.database)
        self.assistance_days = AssistanceDays(self.database)
        folder = data_folder(environment)
        self.standby = None if self.database.is_sqlite else Standby(self.database, folder)
        """What of a server is copied to this machine; a file needs no copy."""

    @classmethod
    def open(cls, named: str | None = None, *, environment: Mapping[str, str] = os.environ) -> Self:
        """A store whose schema is up to date; raises StoreAway or StoreRefused."""
        store = cls(named, environment=environment)
        try:
            store.database.open()
        except StoreError:
            store.database.close()
            raise
        return store

    @property
    def shown(self) -> str:
        """The database's address, without its password."""
        return shown(self.database.url)

    def newest_event_id(self, site_ids: Iterable[str]) -> int:
        """The last event id of these sites; 0 before the first."""
        return max((self.marks.get(event_mark(site_id)) or 0 for site_id in site_ids), default=0)

    def served_sites(self) -> dict[str, int]:
        """Every site that was ever kept here, and when it was last served (ns)."""
        prefix = alive_mark("")
        found = self.marks.all(prefix)
        return {name.removeprefix(prefix): at_ns for name, at_ns in found.items()}

    def restored_spots(self, site_id: str) -> dict[str, SpotState]:
        """Every spot that was ever seen, as it may be told after a restart: unknown, stale."""
        with self.database.reading() as connection:
            rows = latest_rows(connection, spot_changes, "spot_id", site_id)
        found = {row["spot_id"]: restored_spot_state(row) for row in rows}
        return {spot_id: state for spot_id, state in found.items() if state is not None}

    def put_waiting(self) -> None:
        """Keep what people told while the database was away, and what was counted of trams.

        Raises StoreError while it still is. What else cameras told waits in the writer.
        """
        self.weather_reports.put_waiting()
        self.false_alarms.put_waiting()
        self.assistance_days.put_waiting()

    def close(self, timeout_s: float = 2.0) -> None:
        """Write what waits, then let go of the database."""
        self.writer.stop(timeout_s)
        if not self.writer.status.is_away:
            with suppress(StoreError):
                self.put_waiting()
        self.database.close()
        if self.standby is not None:
            self.standby.close()
