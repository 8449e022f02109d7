"""A table of changes, each of them true until the next one, read page by page."""

from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import Table, select

from service.store.database import Database
from service.store.page import ALWAYS, Page, Span, read_page

T = TypeVar("T")


class History(Generic[T]):
    """Changes of one kind of thing; the writer fills the table."""

    table: ClassVar[Table]
    row_type: ClassVar[type[Any]]
    """T: a dataclass whose fields are the columns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self,
        site_id: str | None = None,
        *,
        span: Span = ALWAYS,
        limit: int = 100,
        cursor: str | None = None,
        newest_first: bool = False,
        **only: str | int | None,
    ) -> Page[T]:
        """Changes in order of time; `only` those with these values, by column, None for any."""
        query = select(self.table)
        for column, value in {"site_id": site_id, **only}.items():
            if value is not None:
                query = query.where(self.table.c[column] == value)
        with self._database.reading() as connection:
            return read_page(
                connection,
                self.table,
                query,
                lambda row: self.row_type(**row),
                span=span,
                limit=limit,
                cursor=cursor,
                newest_first=newest_first,
            )
