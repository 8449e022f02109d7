"""The clock of a place, by its name in the time zone database."""

from datetime import UTC, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.core import get_global
from pydantic import AfterValidator

NOBODY = ("ZZ", "001")  # what CLDR calls an unknown place, and the world


def zone_of(name: str) -> tzinfo:
    """The clock of this name; UTC needs no database. ValueError for a name that is none."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        wanted = "wanted one such as Europe/Paris"
        raise ValueError(f"there is no time zone {name!r}; {wanted}") from error


def country_of(name: str) -> str | None:
    """The country whose clock this is, ISO 3166-1 in two letters; None where it is nobody's."""
    usual = get_global("zone_aliases").get(name, name)
    country: str | None = get_global("zone_territories").get(usual)
    return None if country in NOBODY else country


def _known(name: str) -> str:
    zone_of(name)
    return name


TimeZone = Annotated[str, AfterValidator(_known)]
