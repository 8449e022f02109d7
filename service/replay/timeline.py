"""States as stretches of time: what was so, from when to when."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from service.live.records import EventRecord
from service.timestamps import NS_PER_S

UNSEEN = {"spot": ("unknown", "no_picture_yet"), "alert": ("unavailable", "no_picture")}
"""What a subject is before its first event."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One state, from its first second until the next state's."""

    from_s: float
    to_s: float
    state: str
    reason: str | None = None

    @property
    def length_s(self) -> float:
        """How long it lasted."""
        return self.to_s - self.from_s

    @property
    def text(self) -> str:
        """The state and its reason for people."""
        return f"{self.state} ({self.reason.replace('_', ' ')})" if self.reason else self.state


Timeline = tuple[Stretch, ...]
"""Stretches without gaps in order of time; no two neighbours are alike."""
Step = tuple[float, str, str | None]
"""A second, and the state and reason from then on."""


def joined(stretches: Iterable[Stretch]) -> Timeline:
    """Neighbours of the same state as one, empty ones left out."""
    found: list[Stretch] = []
    for each in stretches:
        if each.to_s <= each.from_s:
            continue
        if found and (found[-1].state, found[-1].reason) == (each.state, each.reason):
            found[-1] = replace(found[-1], to_s=each.to_s)
        else:
            found.append(each)
    return tuple(found)


def event_timelines(
    kind: str, events: Sequence[EventRecord], subjects: Iterable[str], end_s: float
) -> dict[str, Timeline]:
    """Each subject's states from second 0 to `end_s`, told by its events alone.

    `kind` is spot or alert; a subject without events was never seen.
    """
    state, reason = UNSEEN[kind]
    steps: dict[str, list[Step]] = {subject: [(0.0, state, reason)] for subject in subjects}
    for event in events:
        if event.type == f"{kind}.changed" and event.subject in steps:
            state = str(event.data["status" if kind == "spot" else "level"])
            steps[event.subject].append(
                (event.timestamp_ns / NS_PER_S, state, event.data.get("reason"))
            )
    return {subject: _from_steps(rows, end_s) for subject, rows in steps.items()}


def _from_steps(steps: Sequence[Step], end_s: float) -> Timeline:
    ends = [*(row[0] for row in steps[1:]), end_s]
    return joined(
        Stretch(from_s, min(to_s, end_s), state, reason)
        for (from_s, state, reason), to_s in zip(steps, ends, strict=True)
    )


def overlaps(one: Timeline, other: Timeline) -> Iterator[tuple[float, float, Stretch, Stretch]]:
    """The time that both cover, cut wherever either changes: from_s, to_s and both stretches."""
    left, right = 0, 0
    while left < len(one) and right < len(other):
        a, b = one[left], other[right]
        from_s, to_s = max(a.from_s, b.from_s), min(a.to_s, b.to_s)
        if to_s > from_s:
            yield from_s, to_s, a, b
        if a.to_s <= b.to_s:
            left += 1
        if b.to_s <= a.to_s:
            right += 1


def stretch_at(timeline: Timeline, at_s: float) -> Stretch | None:
    """The stretch of that moment; None outside the timeline."""
    return next((each for each in timeline if each.from_s <= at_s < each.to_s), None)


def changes(timeline: Timeline) -> Iterator[tuple[Stretch, Stretch]]:
    """Every stretch with the one after it."""
    return pairwise(timeline)


def clipped(timeline: Timeline, from_s: float, to_s: float) -> Timeline:
    """The part between two moments, with time counted from the first."""
    return joined(
        replace(
            each,
            from_s=max(each.from_s, from_s) - from_s,
            to_s=min(each.to_s, to_s) - from_s,
        )
        for each in timeline
    )
