"""How good a replay was at vehicles that stand where, or for longer than, they may."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from service.live.records import EventRecord
from service.replay.figure import Figure
from service.replay.truth import TrueViolation
from service.timestamps import NS_PER_S

EARLY_S = 1.5  # a vehicle that rolls out stands, to the eye, before the truth says so


@dataclass(frozen=True, slots=True)
class ViolationNotice:
    """One true violation and when it was told."""

    kind: str
    subject: str
    from_s: float
    took_s: float | None
    """None when it never was."""

    @property
    def sentence(self) -> str:
        """For people."""
        told = "never told" if self.took_s is None else f"told {self.took_s:.2f} s later"
        return f"{self.kind} of {self.subject} from {self.from_s:.2f} s, {told}"


Rows = list[dict[str, Any]]
Told = tuple[str, str, float]
"""Kind, subject and second of a violation that was told."""


def told_violations(events: Sequence[EventRecord]) -> list[Told]:
    """Those that a run told, in the order of time."""
    return [
        (each.data["kind"], each.subject, each.timestamp_ns / NS_PER_S)
        for each in events
        if each.type == "violation.changed" and each.data.get("ended_at") is None
    ]


def violation_notices(
    told: Sequence[Told], true: Sequence[TrueViolation]
) -> tuple[list[ViolationNotice], list[Told]]:
    """Every true one with when it was told, and those told that were none."""
    notices, explained = [], set()
    for each in true:
        moments = [
            one
            for one in told
            if one[:2] == (each.kind, each.subject) and each.from_s - EARLY_S <= one[2] < each.to_s
        ]
        explained.update(moments)
        first_s = min((one[2] for one in moments), default=None)
        took_s = None if first_s is None else round(max(first_s - each.from_s, 0.0), 4)
        notices.append(ViolationNotice(each.kind, each.subject, each.from_s, took_s))
    return notices, [one for one in told if one not in explained]


def violation_figures(
    notices: Sequence[ViolationNotice], false: Sequence[Told]
) -> Iterator[Figure]:
    """How many were missed or invented, and how long the slowest took."""
    missed = [each.sentence for each in notices if each.took_s is None]
    taken = [(each.took_s, each.sentence) for each in notices if each.took_s is not None]
    slowest = max(taken, default=(None, ""))
    yield Figure("missed_violations", len(missed), missed[0] if missed else "")
    yield Figure("violation_s", *slowest)
    first = f"{false[0][0]} of {false[0][1]} at {false[0][2]:.2f} s" if false else ""
    yield Figure("false_violations", len(false), first)


def violation_details(notices: Sequence[ViolationNotice], false: Sequence[Told]) -> dict[str, Rows]:
    """The same one by one, for the report."""
    return {
        "violations": [asdict(each) for each in notices],
        "false_violations": [
            {"kind": kind, "subject": subject, "at_s": at_s} for kind, subject, at_s in false
        ],
    }
