"""`?from=…&to=…`: a stretch of time as ISO 8601."""

from typing import Annotated

from fastapi import Depends, Query

from service.routes.problems import Problem
from service.store.page import Span, nearest_kept_ns
from service.timestamps import iso_to_ns

EXAMPLE = "2026-05-01T12:00:00Z"
MOMENT = {"format": "date-time"}


def _time_range(
    begin: Annotated[
        str | None,
        Query(
            alias="from",
            max_length=40,
            description="From then on, ISO 8601 with its offset from UTC.",
            examples=[EXAMPLE],
            json_schema_extra=MOMENT,
        ),
    ] = None,
    end: Annotated[
        str | None,
        Query(
            alias="to",
            max_length=40,
            description="Until then, that moment not included.",
            examples=[EXAMPLE],
            json_schema_extra=MOMENT,
        ),
    ] = None,
) -> Span:
    span = Span(_ns("from", begin), _ns("to", end))
    if span.begin_ns is not None and span.end_ns is not None and span.begin_ns > span.end_ns:
        raise Problem(422, f"from: wanted a time not after to, {end!r}, got {begin!r}")
    return span


def _ns(name: str, moment: str | None) -> int | None:
    if moment is None:
        return None
    try:
        # A plus sign that was not escaped arrives as a space.
        at_ns = iso_to_ns(moment.replace(" ", "+"))
    except (ValueError, OverflowError):
        wanted = f"wanted a time with its offset, such as {EXAMPLE}"
        raise Problem(422, f"{name}: {wanted}, got {moment!r}") from None
    return nearest_kept_ns(at_ns)


TimeRangeDependency = Annotated[Span, Depends(_time_range)]
