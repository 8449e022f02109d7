"""Hours and days: hours as clocks everywhere have them, days as the site's own clock has them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal

from service.timestamps import NS_PER_S

Period = Literal["hour", "day"]
HOUR_NS = 3600 * NS_PER_S


def period_begin(at_ns: int, period: Period, zone: tzinfo) -> int:
    """Begin of the hour or day that `at_ns` falls into."""
    if period == "hour":
        return at_ns - at_ns % HOUR_NS
    local = datetime.fromtimestamp(at_ns // NS_PER_S, zone)
    return _midnight(local, zone)


def next_begin(begin_ns: int, period: Period, zone: tzinfo) -> int:
    """Begin of the hour or day after the one that begins at `begin_ns`; days may have 23 hours."""
    if period == "hour":
        return begin_ns + HOUR_NS
    # Noon of the next day is never in doubt, whatever the clocks do at night.
    noon = datetime.fromtimestamp(begin_ns // NS_PER_S, zone).replace(hour=12)
    return _midnight(noon + timedelta(days=1), zone)


def periods(begin_ns: int, end_ns: int, period: Period, zone: tzinfo) -> Iterator[tuple[int, int]]:
    """Every hour or day that has a part between `begin_ns` and `end_ns`, whole ones."""
    at_ns = period_begin(begin_ns, period, zone)
    while at_ns < end_ns:
        following_ns = next_begin(at_ns, period, zone)
        yield at_ns, following_ns
        at_ns = following_ns


def hour_of_week(at_ns: int, zone: tzinfo) -> int:
    """0 for Monday 0 to 1 o'clock of the site's own clock, up to 167."""
    local = datetime.fromtimestamp(at_ns // NS_PER_S, zone)
    return local.weekday() * 24 + local.hour


def _midnight(local: datetime, zone: tzinfo) -> int:
    midnight = datetime(local.year, local.month, local.day, tzinfo=zone)
    return round(midnight.astimezone(UTC).timestamp()) * NS_PER_S
