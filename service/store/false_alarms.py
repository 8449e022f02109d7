"""Alerts that somebody called false, as marks by site, camera and number."""

import threading

from service.cabin.cabins import Mark
from service.store.database import Database
from service.store.marks import Marks

PREFIX = "false_alarm:"


class FalseAlarms:
    """Those marks in the table `marks`, each with when it was set."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[str, int] = {}
        self._lock = threading.Lock()

    def all(self) -> set[Mark]:
        """All that are kept."""
        found = Marks(self._database).all(PREFIX)
        parts = (name.removeprefix(PREFIX).split(":") for name in found)
        return {(site_id, camera_id, int(alert_id)) for site_id, camera_id, alert_id in parts}

    def put(self, mark: Mark, at_ns: int) -> None:
        """Keep one; what cannot be kept now waits for `put_waiting`, and StoreError says so."""
        with self._lock:
            self._waiting[_name(mark)] = at_ns
        self.put_waiting()

    def put_waiting(self) -> None:
        """Keep what could not be kept when it came; raises StoreError while that is so still."""
        with self._lock:
            if not self._waiting:
                return
            with self._database.writing() as connection:
                for name, at_ns in self._waiting.items():
                    Marks.put(connection, name, at_ns)
            self._waiting.clear()


def names_of(site_id: str) -> str:
    """With what the names of a site's marks begin."""
    return f"{PREFIX}{site_id}:"


def _name(mark: Mark) -> str:
    site_id, camera_id, alert_id = mark
    return f"{names_of(site_id)}{camera_id}:{alert_id}"
