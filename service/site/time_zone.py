"""The clock of a place, by its name in the time zone database."""

from datetime import UTC, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator


def zone_of(name: str) -> tzinfo:
    """The clock of this name; UTC needs no database. ValueError for a name that is none."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        wanted = "wanted one such as Europe/Paris"
        raise ValueError(f"there is no time zone {name!r}; {wanted}") from error


def _known(name: str) -> str:
    zone_of(name)
    return name


TimeZone = Annotated[str, AfterValidator(_known)]
