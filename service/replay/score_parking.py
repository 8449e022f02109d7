"""How good a parking replay was: how fast, how often wrong, how often unknown, how jumpy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from service.replay.fault_notice import fault_notices, notice_figures
from service.replay.figure import Difference, Figure, Score, joined_differences
from service.replay.recorded_run import RecordedRun
from service.replay.score_violations import (
    told_violations,
    violation_details,
    violation_figures,
    violation_notices,
)
from service.replay.timeline import Stretch, Timeline, changes, clipped, overlaps, stretch_at
from service.replay.truth import HEALTHY, Truth

KNOWN = ("free", "occupied")
NOT_BLIND = ("undecided", "stale", "no_picture_yet", "spot_hidden")
UNFOUNDED = ("frozen", "covered")
"""Faults of a picture that shows nothing of the present; in others a claim may still be right."""
EARLY_S = 1.5  # a car half into its spot may be told before the truth counts it as in
BLIND_GRACE_S = 10.0  # a frozen lot is noticed within this time; a quiet one stands still too
SECONDS_PER_DAY = 86_400.0
DECIMALS = 4


@dataclass(frozen=True, slots=True)
class SpotChange:
    """A car that came or went."""

    spot_id: str
    at_s: float
    state: str
    took_s: float | None
    """Until it was told; None when it never was."""
    is_missed: bool
    """Not told, although there was time to."""


@dataclass(frozen=True, slots=True)
class SpotScore:
    """One spot over a whole clip."""

    spot_id: str
    changes: tuple[SpotChange, ...]
    flips: tuple[float, ...]
    """Seconds at which another known state was told that was not true."""
    differences: tuple[Difference, ...]
    first_known_s: float | None
    """When free or occupied was told for the first time."""
    length_s: float

    def share(self, kinds: Sequence[str]) -> float:
        """Share of the time with differences of these kinds."""
        return sum(_length_s(self.differences, kinds)) / self.length_s if self.length_s else 0.0


def score_parking(run: RecordedRun, truth: Truth, grace_s: float) -> Score:
    """What was told of each spot against the truth.

    A change may take `grace_s` until the time it is not told counts as wrong. While the camera
    itself is bad, unknown is the right answer.
    """
    told = {
        spot_id: timeline
        for spot_id, timeline in run.spot_timelines().items()
        if spot_id in truth.spot_ids
    }
    health = truth.health_timeline()
    spots = [
        score_spot(spot_id, timeline, truth.spot_timeline(spot_id), health, grace_s)
        for spot_id, timeline in told.items()
    ]
    seen_health = clipped(health, 0.0, run.duration_s)
    notices = fault_notices(seen_health, told.values(), is_blind)
    found = (each for spot in spots for each in spot.differences)
    figures = [*_figures(spots), *notice_figures(notices)]
    violations: dict[str, list[dict[str, Any]]] = {}
    if truth.violations is not None:
        noticed, false = violation_notices(told_violations(run.events), truth.violations)
        figures += violation_figures(noticed, false)
        violations = violation_details(noticed, false)
    return Score(
        figures=tuple(figures),
        differences=tuple(sorted(found, key=lambda each: (each.from_s, each.subject))),
        details={
            "spots": [_row(spot) for spot in spots],
            "changes": [asdict(each) for each in _all_changes(spots)],
            "faults": [asdict(each) for each in notices],
            **violations,
        },
    )


def is_blind(told: Stretch) -> bool:
    """Whether a spot is unknown because of its camera."""
    return told.state == "unknown" and told.reason not in NOT_BLIND


def score_spot(
    spot_id: str, told: Timeline, true: Timeline, health: Timeline, grace_s: float
) -> SpotScore:
    """One spot's told states against its true ones."""
    differences = [
        difference
        for span in overlaps(told, true)
        for difference in _differences(spot_id, *span, true, health, grace_s)
    ]
    known = [each for each in told if each.state in KNOWN]
    return SpotScore(
        spot_id=spot_id,
        changes=tuple(_changes(spot_id, told, true, health, grace_s)),
        flips=tuple(_flips(known, true)),
        differences=joined_differences(differences),
        first_known_s=known[0].from_s if known else None,
        length_s=sum(each.length_s for each in told),
    )


def _changes(
    spot_id: str, told: Timeline, true: Timeline, health: Timeline, grace_s: float
) -> Iterator[SpotChange]:
    told_until_s = told[-1].to_s if told else 0.0
    for _, now in changes(true):
        seen = stretch_at(health, now.from_s)
        if seen is None or seen.state != HEALTHY or now.from_s >= told_until_s:
            continue  # nobody could have seen it
        until_s = min(now.to_s, seen.to_s, told_until_s)
        moments = [
            each.from_s
            for each in told
            if each.state == now.state and each.to_s > now.from_s and each.from_s < until_s
        ]
        took_s = round(max(min(moments) - now.from_s, 0.0), DECIMALS) if moments else None
        had_time = until_s - now.from_s >= grace_s
        yield SpotChange(spot_id, now.from_s, now.state, took_s, had_time and not moments)


def _flips(known: Iterable[Stretch], true: Timeline) -> Iterator[float]:
    for before, now in changes(tuple(known)):
        if now.state == before.state:
            continue
        soon = [stretch_at(true, now.from_s), stretch_at(true, now.from_s + EARLY_S)]
        if all(each is None or each.state != now.state for each in soon):
            yield now.from_s


def _differences(
    spot_id: str,
    from_s: float,
    to_s: float,
    told: Stretch,
    true: Stretch,
    all_true: Timeline,
    health: Timeline,
    grace_s: float,
) -> Iterator[Difference]:
    """The differences in a span in which neither the told nor the true state changes."""
    for view in health:
        begin_s, end_s = max(from_s, view.from_s), min(to_s, view.to_s)
        if end_s <= begin_s:
            continue
        kind, calm_s = _judge(told, true, all_true, view, grace_s)
        if kind is None:
            continue
        what = f"{true.state} behind a {view.state} picture" if kind == "blind" else true.state
        edge_s = min(max(calm_s, begin_s), end_s)
        for part, part_from_s, part_to_s in (("settling", begin_s, edge_s), (kind, edge_s, end_s)):
            if part_to_s > part_from_s:
                yield Difference(part, f"spot {spot_id}", part_from_s, part_to_s, what, told.text)


def _judge(
    told: Stretch, true: Stretch, all_true: Timeline, view: Stretch, grace_s: float
) -> tuple[str | None, float]:
    """What is wrong in this span, and the second until which that may be."""
    if view.state in UNFOUNDED:
        return ("blind" if told.state in KNOWN else None), view.from_s + BLIND_GRACE_S
    if told.state not in KNOWN:
        return ("unknown" if view.state == HEALTHY else None), view.from_s + grace_s
    if told.state == true.state:
        return None, 0.0
    following = stretch_at(all_true, true.to_s)
    if following is not None and told.from_s >= true.to_s - EARLY_S:
        return "settling", true.to_s
    changed_s = true.from_s if true.from_s > 0 else -grace_s
    return "wrong", changed_s + grace_s


def _figures(spots: Sequence[SpotScore]) -> Iterator[Figure]:
    moves = _all_changes(spots)
    times = [(each.took_s, each) for each in moves if each.took_s is not None]
    slowest = max(times, key=lambda pair: pair[0], default=None)
    missed = [each for each in moves if each.is_missed]
    yield Figure("missed_changes", len(missed), _change(missed[0]) if missed else "")
    yield Figure(
        "change_s", slowest[0] if slowest else None, _change(slowest[1]) if slowest else ""
    )
    yield Figure("median_change_s", median(t for t, _ in times) if times else None)
    flips = sorted((at_s, spot.spot_id) for spot in spots for at_s in spot.flips)
    first_flip = f"spot {flips[0][1]} at {flips[0][0]:.2f} s" if flips else ""
    spot_days = sum(each.length_s for each in spots) / SECONDS_PER_DAY
    yield Figure("false_flips", len(flips), first_flip)
    yield Figure(
        "false_flips_per_spot_day",
        round(len(flips) / spot_days, 1) if spot_days else None,
        first_flip,
    )
    yield _share("wrong_share", spots, ("wrong", "blind"))
    yield _share("unknown_share", spots, ("unknown",))
    yield _share("settling_share", spots, ("settling",))
    known = [(each.first_known_s, each) for each in spots if each.first_known_s is not None]
    latest = max(known, key=lambda pair: pair[0], default=None)
    yield Figure("first_state_s", *(latest[0], f"spot {latest[1].spot_id}") if latest else (None,))


def _share(name: str, spots: Sequence[SpotScore], kinds: Sequence[str]) -> Figure:
    total_s = sum(each.length_s for each in spots)
    found = [each for spot in spots for each in spot.differences if each.kind in kinds]
    worst = max(found, key=lambda each: each.to_s - each.from_s, default=None)
    return Figure(
        name,
        round(sum(_length_s(found, kinds)) / total_s, DECIMALS) if total_s else None,
        worst.sentence if worst else "",
    )


def _row(spot: SpotScore) -> dict[str, object]:
    return {
        "spot_id": spot.spot_id,
        "changes": len(spot.changes),
        "missed_changes": sum(each.is_missed for each in spot.changes),
        "false_flips": len(spot.flips),
        "wrong_share": round(spot.share(("wrong", "blind")), DECIMALS),
        "unknown_share": round(spot.share(("unknown",)), DECIMALS),
        "first_known_s": spot.first_known_s,
    }


def _all_changes(spots: Iterable[SpotScore]) -> list[SpotChange]:
    return sorted((c for spot in spots for c in spot.changes), key=lambda c: (c.at_s, c.spot_id))


def _change(change: SpotChange) -> str:
    end = "never told" if change.took_s is None else f"told {change.took_s:.2f} s later"
    return f"spot {change.spot_id} became {change.state} at {change.at_s:.2f} s, {end}"


def _length_s(differences: Iterable[Difference], kinds: Sequence[str]) -> Iterator[float]:
    return (each.to_s - each.from_s for each in differences if each.kind in kinds)
