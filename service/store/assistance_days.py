"""How often a tram's assistant has spoken, day by day: what a trial of weeks is judged by."""

import secrets
import threading
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import select

from service.cabin.assistance_tally import AssistanceCounts
from service.store.database import Database
from service.store.inserting import insert_or_add
from service.store.page import ALWAYS, Span
from service.store.tables import assistance_days

Day = tuple[str, str, int]
"""Site, camera and begin (ns) of a day."""


@dataclass(frozen=True, slots=True)
class AssistanceDay:
    """One day of one tram, which begins by its site's own clock."""

    begin_ns: int
    counts: AssistanceCounts


class AssistanceDays:
    """The table `assistance_days`, and what is still to be added to it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[Day, AssistanceCounts] = {}
        self._in_hand: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()

    def add(self, site_id: str, camera_id: str, begin_ns: int, counts: AssistanceCounts) -> None:
        """Count more in a day, at once; it waits for `put_waiting`."""
        day = (site_id, camera_id, begin_ns)
        with self._lock:
            self._waiting[day] = self._waiting.get(day, AssistanceCounts()) + counts

    def put_waiting(self) -> None:
        """Add to the kept days what has come since the last time.

        Raises StoreError while that cannot be. It may have been committed all the same: the same
        rows are then written again, and count once.
        """
        with self._writing:
            self._write()  # what the last time could not
            self._in_hand = self._taken()
            self._write()

    def read(self, site_id: str, camera_id: str, span: Span = ALWAYS) -> list[AssistanceDay]:
        """The kept days of one tram that begin in `span`, oldest first."""
        table = assistance_days
        query = select(table).where(table.c.site_id == site_id, table.c.camera_id == camera_id)
        if span.begin_ns is not None:
            query = query.where(table.c.begin_ns >= span.begin_ns)
        if span.end_ns is not None:
            query = query.where(table.c.begin_ns < span.end_ns)
        names = [field.name for field in fields(AssistanceCounts)]
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(table.c.begin_ns)).mappings().all()
        return [
            AssistanceDay(row["begin_ns"], AssistanceCounts(*(row[name] for name in names)))
            for row in rows
        ]

    def _taken(self) -> list[dict[str, Any]]:
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        batch = secrets.randbits(62)
        return [
            {
                "site_id": site_id,
                "camera_id": camera_id,
                "begin_ns": begin_ns,
                **asdict(counts),
                "batch": batch,
            }
            for (site_id, camera_id, begin_ns), counts in waiting.items()
        ]

    def _write(self) -> None:
        if self._in_hand:
            with self._database.writing() as connection:
                insert_or_add(connection, assistance_days, self._in_hand, "batch")
            self._in_hand = []
