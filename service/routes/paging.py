"""Long lists in pages: `?limit=` and `?cursor=`, and a Link to the next page."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request, Response

from service.routes.problems import BAD_CURSOR, Problem

T = TypeVar("T")
Key = tuple[str, ...]
MOST = 1000
USUAL_ROWS = 100  # of a table that grows for as long as the service runs, where no limit is given
LIMIT_TEXT = f"At most so many. Without it all; of what is kept over time, {USUAL_ROWS} at once."
LINK: dict[str, Any] = {
    "Link": {
        "description": 'Address of the next page, `rel="next"`; absent on the last one.',
        "schema": {"type": "string"},
        "example": '</api/v1/spots?limit=50&cursor=WzQ5LCJBNCJd>; rel="next"',
    }
}


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a list is asked for."""

    limit: int | None
    cursor: str | None
    request: Request
    headers: dict[str, str] = field(default_factory=dict)
    """To be sent with the answer; filled by `cut`."""

    def cut(self, items: Sequence[T], key_of: Callable[[T], Key]) -> list[T]:
        """The page of `items`, which stand in a fixed order and have keys that differ.

        Without a limit all of them.
        Raises a Problem 404 for a cursor that no page has given.
        """
        begin = 0 if self.cursor is None else _begin(items, key_of, self.cursor)
        end = len(items) if self.limit is None else begin + self.limit
        if end < len(items):
            self.point_to(_cursor(end - 1, key_of(items[end - 1])))
        return list(items[begin:end])

    @property
    def rows(self) -> int:
        """How many rows of a table are wanted at most."""
        return self.limit or USUAL_ROWS

    def point_to(self, cursor: str | None) -> None:
        """Link to the page that begins at `cursor`, if there is one."""
        if cursor is not None:
            url = self.request.url.include_query_params(cursor=cursor)
            self.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'


async def _paging(  # not async, it would take a thread
    request: Request,
    response: Response,
    limit: Annotated[int | None, Query(ge=1, le=MOST, description=LIMIT_TEXT)] = None,
    cursor: Annotated[
        str | None,
        Query(
            max_length=400,
            pattern=r"^[A-Za-z0-9_-]+$",
            description="From the Link of the page before.",
        ),
    ] = None,
) -> Paging:
    return Paging(limit, cursor, request, _Headers(response))


class _Headers(dict[str, str]):
    """Also sets what is set here on the answer that the framework makes."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self._response = response

    def __setitem__(self, name: str, value: str) -> None:
        super().__setitem__(name, value)
        self._response.headers[name] = value


PagingDependency = Annotated[Paging, Depends(_paging)]


def _cursor(row: int, key: Key) -> str:
    text = json.dumps([row, *key], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _begin(items: Sequence[T], key_of: Callable[[T], Key], cursor: str) -> int:
    """The row after the cursor's item; its old place where the item is gone meanwhile."""
    row, key = _parse(cursor)
    for index, item in enumerate(items):
        if key_of(item) == key:
            return index + 1
    return min(row, len(items))


def _parse(cursor: str) -> tuple[int, Key]:
    refusal = Problem(404, BAD_CURSOR)
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        parts = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, binascii.Error, RecursionError):
        raise refusal from None
    if not isinstance(parts, list) or len(parts) < 2:
        raise refusal
    row, *key = parts
    is_row = isinstance(row, int) and not isinstance(row, bool) and 0 <= row < 2**31
    if not is_row or not all(isinstance(each, str) for each in key):
        raise refusal
    return row, tuple(key)
