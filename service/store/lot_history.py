"""How many spots of every lot were free, and when that changed."""

from dataclasses import dataclass

from sqlalchemy import select

from service.store.database import Database
from service.store.page import ALWAYS, Page, Span, read_page
from service.store.tables import lot_counts


@dataclass(frozen=True, slots=True)
class LotCountRow:
    """A lot's count from `at_ns` on."""

    id: int
    site_id: str
    lot_id: str
    at_ns: int
    total: int
    free_min: int
    free_max: int
    occupied: int
    unknown: int
    closed: int
    event_id: int | None
    """None where the service was not running from then on."""


class LotHistory:
    """The table `lot_counts`; the writer fills it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self,
        site_id: str | None = None,
        *,
        lot_id: str | None = None,
        span: Span = ALWAYS,
        limit: int = 100,
        cursor: str | None = None,
        newest_first: bool = False,
    ) -> Page[LotCountRow]:
        """Changes in order of time."""
        query = select(lot_counts)
        for column, value in {"site_id": site_id, "lot_id": lot_id}.items():
            if value is not None:
                query = query.where(lot_counts.c[column] == value)
        with self._database.reading() as connection:
            return read_page(
                connection,
                lot_counts,
                query,
                lambda row: LotCountRow(**row),
                span=span,
                limit=limit,
                cursor=cursor,
                newest_first=newest_first,
            )
