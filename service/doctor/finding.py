"""One thing that was checked."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How it stands."""

    GOOD = "good"
    CARE = "care"
    """It works, but somebody should know."""
    BAD = "bad"
    """The service will not do its work like this."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found, and what to do about it."""

    part: str
    """Such as `machine`, `camera yard/north`."""
    verdict: Verdict
    said: str
    """One sentence; free of credentials."""
    advice: str = ""
    """What to do, where something is to be done."""


def good(part: str, said: str) -> Finding:
    """All is well."""
    return Finding(part, Verdict.GOOD, said)


def care(part: str, said: str, advice: str) -> Finding:
    """It works, but."""
    return Finding(part, Verdict.CARE, said, advice)


def bad(part: str, said: str, advice: str) -> Finding:
    """It will not work."""
    return Finding(part, Verdict.BAD, said, advice)
