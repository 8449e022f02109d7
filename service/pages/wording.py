"""The words and signs by which pages tell states; never by colour alone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """How one state is written and marked."""

    sign: str
    text: str


STATUSES = {
    "free": Wording("○", "free"),
    "occupied": Wording("■", "occupied"),
    "unknown": Wording("?", "unknown"),
    "closed": Wording("✕", "closed"),
}
LEVELS = {
    "clear": Wording("✓", "Clear"),
    "information": Wording("i", "Information"),
    "caution": Wording("!", "Caution"),
    "alarm": Wording("‼", "Alarm"),
    "unavailable": Wording("✕", "Assistance unavailable"),
}


def reason_words(reason: str | None) -> str:
    """A reason as people read it: `no_picture_yet` is no picture yet."""
    return (reason or "").replace("_", " ")


def clock_time(moment: str | None) -> str:
    """The time of day of an ISO moment, such as 12:00:04 UTC; a dash for none."""
    return f"{moment[11:19]} UTC" if moment else "–"
