"""Nanoseconds since 1970 as people and programs read them."""

from datetime import UTC, datetime

from vision.frame import NS_PER_S as NS_PER_S

NS_PER_MS = 1_000_000
NS_PER_US = 1_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ns_to_iso(timestamp_ns: int) -> str:
    """ISO 8601 in UTC to the millisecond, such as `2026-05-01T12:00:00.250Z`."""
    seconds, rest_ns = divmod(timestamp_ns, NS_PER_S)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest_ns // NS_PER_MS:03d}Z"


def ns_to_datetime(timestamp_ns: int) -> datetime:
    """The moment in UTC, to the microsecond."""
    return datetime.fromtimestamp(timestamp_ns / NS_PER_S, UTC)


def seconds_to_ns(seconds: float) -> int:
    """Whole nanoseconds."""
    return round(seconds * NS_PER_S)


def iso_to_ns(moment: str) -> int:
    """Nanoseconds since 1970 of an ISO 8601 time with its offset; ValueError for other text."""
    read = datetime.fromisoformat(moment)
    if read.tzinfo is None:
        raise ValueError(f"{moment!r} has no offset from UTC, such as Z or +01:00")
    since = read - EPOCH
    seconds = since.days * 86_400 + since.seconds
    return seconds * NS_PER_S + since.microseconds * NS_PER_US
