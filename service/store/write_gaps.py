"""Times in which changes were lost because the database was away for too long."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from service.store.database import Database
from service.store.tables import write_gaps


@dataclass(frozen=True, slots=True)
class WriteGap:
    """From the first until the last change that was lost."""

    id: int
    began_ns: int
    ended_ns: int
    lost: int


class WriteGaps:
    """The table `write_gaps`; the writer fills it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, limit: int = 100) -> Sequence[WriteGap]:
        """The last gaps, newest first."""
        query = select(write_gaps).order_by(write_gaps.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [WriteGap(**row) for row in connection.execute(query).mappings()]
