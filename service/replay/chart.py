"""Timelines as the shapes of a drawing: lanes of bands, a scale of seconds, lines of metres."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from service.replay.figure import Difference
from service.replay.recorded_run import RecordedRun
from service.replay.timeline import Timeline
from service.replay.truth import Truth

LEFT, RIGHT = 96.0, 988.0  # of a drawing 1000 wide
TICKS = 9
STEPS_S = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400)
FARTHEST_M = 80.0
LINE_HEIGHT = 130.0
LEVEL_HEIGHT = {"clear": 0.16, "information": 0.42, "caution": 0.7}  # others fill the lane


@dataclass(frozen=True, slots=True)
class Band:
    """One state of one lane."""

    x: float
    width: float
    state: str
    text: str
    share: float = 1.0
    """Of the lane's height: an alert level shows by its height too."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the drawing: what is true and what was told."""

    name: str
    truth: tuple[Band, ...]
    told: tuple[Band, ...]
    marks: tuple[Band, ...]
    """Where the two differ; its state is the kind of difference."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Seconds to the drawing's width."""

    end_s: float

    def x(self, at_s: float) -> float:
        """Where a second lies."""
        return round(LEFT + (RIGHT - LEFT) * at_s / max(self.end_s, 1e-9), 2)

    def ticks(self) -> list[tuple[float, str]]:
        """Places and labels of a few round seconds."""
        step_s = next((s for s in STEPS_S if self.end_s / s <= TICKS), STEPS_S[-1])
        count = math.floor(self.end_s / step_s)
        return [(self.x(n * step_s), f"{n * step_s:g} s") for n in range(count + 1)]


def lanes(run: RecordedRun, truth: Truth | None, differences: Sequence[Difference]) -> list[Lane]:
    """A lane per spot, or one for the driver's display."""
    scale = Scale(run.duration_s)
    told = {f"spot {name}": each for name, each in run.spot_timelines().items()}
    alert = run.alert_timeline()
    if alert:
        told = {"display": alert}
    found = []
    for subject, timeline in told.items():
        mine = [each for each in differences if each.subject == subject]
        found.append(
            Lane(
                subject.removeprefix("spot "),
                tuple(_bands(_true_timeline(subject, truth), scale)),
                tuple(_bands(timeline, scale)),
                tuple(_marks(mine, scale)),
            )
        )
    return found


def health_bands(run: RecordedRun, truth: Truth | None) -> tuple[Band, ...]:
    """When the picture was bad; empty for a clip in which it never was."""
    if truth is None or not truth.camera_health:
        return ()
    bands = tuple(_bands(truth.health_timeline(), Scale(run.duration_s)))
    return bands if any(band.state != "ok" for band in bands) else ()


def distance_lines(run: RecordedRun, truth: Truth) -> tuple[list[str], list[str]]:
    """Distance of what stands nearest in the way, true and seen, as points of polylines."""
    scale = Scale(run.duration_s)
    true = [
        (frame.t_s, [b.distance_along_track_m for b in frame.boxes if b.in_envelope])
        for frame in truth.frames
        if frame.t_s <= run.duration_s
    ]
    seen = [
        (each.t_s, [o.distance_m for o in each.obstacles if o.in_envelope])
        for each in run.sightings
    ]
    return list(_polylines(true, scale)), list(_polylines(seen, scale))


def distance_y(distance_m: float) -> float:
    """Where a distance lies from the top of its drawing."""
    return round(LINE_HEIGHT * (1 - distance_m / FARTHEST_M), 2)


def _true_timeline(subject: str, truth: Truth | None) -> Timeline:
    if truth is None:
        return ()
    if truth.mission == "tram":
        return truth.alert_timeline()
    spot_id = subject.removeprefix("spot ")
    return truth.spot_timeline(spot_id) if spot_id in truth.spot_ids else ()


def _bands(timeline: Timeline, scale: Scale) -> Iterator[Band]:
    for each in timeline:
        if each.from_s >= scale.end_s:
            return
        x, end = scale.x(each.from_s), scale.x(min(each.to_s, scale.end_s))
        text = f"{each.text}, {each.from_s:.2f} s to {each.to_s:.2f} s"
        share = LEVEL_HEIGHT.get(each.state, 1.0)
        yield Band(x, round(end - x, 2), each.state, text, share)


def _marks(differences: Iterable[Difference], scale: Scale) -> Iterator[Band]:
    for each in differences:
        if each.kind != "settling":
            x, end = scale.x(each.from_s), scale.x(min(each.to_s, scale.end_s))
            state = "wrong" if each.is_wrong else "unknown"
            yield Band(x, round(max(end - x, 2.0), 2), state, f"{each.kind}: {each.sentence}")


def _polylines(rows: Iterable[tuple[float, Sequence[float | None]]], scale: Scale) -> Iterator[str]:
    points: list[str] = []
    for at_s, distances in rows:
        ahead = [d for d in distances if d is not None and 0 <= d <= FARTHEST_M]
        if ahead:
            points.append(f"{scale.x(at_s)},{distance_y(min(ahead))}")
        elif points:
            yield " ".join(points)
            points = []
    if points:
        yield " ".join(points)
