"""Nanoseconds since 1970 as text that people and programs read."""

from datetime import UTC, datetime

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


def ns_to_iso(timestamp_ns: int) -> str:
    """ISO 8601 in UTC to the millisecond, such as `2026-05-01T12:00:00.250Z`."""
    seconds, rest_ns = divmod(timestamp_ns, NS_PER_S)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest_ns // NS_PER_MS:03d}Z"


def seconds_to_ns(seconds: float) -> int:
    """Whole nanoseconds."""
    return round(seconds * NS_PER_S)
