"""A piece of a long list and where the next one begins."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import Connection, Select, Table, tuple_

from service.store.errors import StoreError

T = TypeVar("T")
LONGEST = 10_000
LAST_NS = 2**63 - 1  # what databases hold, in the year 2262


class BadCursor(StoreError):
    """A cursor that no page of ours gave."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """After which row a page begins."""

    at_ns: int
    id: int

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.at_ns}:{self.id}".encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The cursor that this text stands for; raises BadCursor."""
        try:
            padded = text + "=" * (-len(text) % 4)
            at_ns, number = base64.urlsafe_b64decode(padded.encode("ascii")).decode().split(":")
            cursor = cls(int(at_ns), int(number))
        except (ValueError, binascii.Error) as error:
            raise BadCursor(f"{text!r} is no cursor of a page given before") from error
        if not (abs(cursor.at_ns) <= LAST_NS and abs(cursor.id) <= LAST_NS):
            raise BadCursor(f"{text!r} is no cursor of a page given before")
        return cursor


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows in order of time, and the cursor of those that follow, None at the end."""

    rows: Sequence[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class Span:
    """From `begin_ns` (with it) until `end_ns` (without it); None is open."""

    begin_ns: int | None = None
    end_ns: int | None = None


ALWAYS = Span()


def nearest_kept_ns(at_ns: int) -> int:
    """The nearest time that a database can hold."""
    return max(-LAST_NS, min(at_ns, LAST_NS))


def read_page(
    connection: Connection,
    table: Table,
    query: Select[Any],
    make: Callable[[Any], T],
    *,
    time: str = "at_ns",
    span: Span = ALWAYS,
    limit: int = 100,
    cursor: str | None = None,
    newest_first: bool = False,
) -> Page[T]:
    """The rows of `query` in order of their time and number, `limit` of them from `cursor` on."""
    at, number = table.c[time], table.c["id"]
    if span.begin_ns is not None:
        query = query.where(at >= span.begin_ns)
    if span.end_ns is not None:
        query = query.where(at < span.end_ns)
    if cursor is not None:
        after = Cursor.parse(cursor)
        here, there = tuple_(at, number), (after.at_ns, after.id)
        query = query.where(here < there if newest_first else here > there)
    order = (at.desc(), number.desc()) if newest_first else (at, number)
    limit = min(limit, LONGEST)
    found = connection.execute(query.order_by(*order).limit(limit + 1)).mappings().all()
    rows = found[:limit]
    following = Cursor(rows[-1][time], rows[-1]["id"]) if len(found) > limit else None
    return Page([make(row) for row in rows], str(following) if following else None)
