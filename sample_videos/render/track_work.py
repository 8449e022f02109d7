"""Tracks of many makes: which rails lie on which bed, where they run, where they part."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sample_videos.render.alignment import Alignment
from sample_videos.render.shape import Shape, placed

Array = NDArray[np.float64]

GAUGE_M = 1.435
HEAD_M = 0.067
GROOVE_M = 0.045
STEP_M = 1.0
BEYOND_M = 30.0  # how far behind the beginning of the street tracks are laid
DEEPEST_M = 0.16  # from a rail's head to its foot
UNDER_M = 0.0006  # that each further track lies lower: faces in one plane are rendered black


@dataclass(frozen=True, slots=True)
class Course:
    """One track of a street: beside the centre line, and where it leaves that place.

    A branch moves sideways by along² / (2·radius) from `parts_at_m` on, up to `most_m`.
    """

    left_m: float
    is_own: bool = False
    parts_at_m: float = np.inf
    radius_m: float = np.inf
    most_m: float = 40.0

    def lefts_m(self, along_m: Array) -> Array:
        """(N,) of the middle of the track at (N,) metres along the street."""
        gone = np.zeros_like(along_m, dtype=float)
        if np.isfinite(self.parts_at_m):
            gone = np.clip(along_m - self.parts_at_m, 0, None)
        aside = gone**2 / (2 * self.radius_m)
        shown: Array = self.left_m + np.sign(aside) * np.minimum(np.abs(aside), self.most_m)
        return shown


def courses_of(part: dict[str, Any]) -> list[Course]:
    """The tracks of a place: those it lists, or one and a second beside it."""
    listed = part.get("tracks")
    if listed is None:
        return [Course(0.0, is_own=True), Course(float(part.get("second_track", 3.2)))]
    return [Course(**entry) for entry in listed]


def lay_tracks(ground: Shape, track: Alignment, part: dict[str, Any]) -> None:
    """Add every listed track: beds that differ from their surroundings, sleepers, rails."""
    along = np.arange(-BEYOND_M, track.length_m, STEP_M)
    make = part["make"]
    for number, course in enumerate(courses_of(part)):
        under_m = number * UNDER_M
        seen = along[along >= course.parts_at_m - STEP_M] if _is_branch(course) else along
        if len(seen) < 2:
            continue
        middle = course.lefts_m(seen)
        if "strip" in make:
            half = float(make["strip_m"]) / 2
            _band(
                ground, track, seen, middle - half, middle + half, -0.009 - under_m, make["strip"]
            )
        _sleepers(ground, track, course, seen, make)
        for hand in (-1, 1):
            _rail(ground, track, seen, middle, hand, make, -under_m)


def _is_branch(course: Course) -> bool:
    return bool(np.isfinite(course.parts_at_m)) and not course.is_own


def _rail(
    ground: Shape,
    track: Alignment,
    along: Array,
    middle: Array,
    hand: int,
    make: dict[str, Any],
    high: float,
) -> None:
    inner = middle + hand * GAUGE_M / 2
    outer = inner + hand * HEAD_M
    _band(ground, track, along, inner, outer, high, make["head"])
    for side in (inner, outer):
        _wall(ground, track, along, side, high, make.get("web", make["head"]))
    if make.get("is_sunk", True):
        _band(ground, track, along, inner - hand * GROOVE_M, inner, high - 0.006, "groove")
    if make.get("edge_m", 0.0):
        far = outer + hand * float(make["edge_m"])
        _band(ground, track, along, outer, far, high - 0.004, make["edge"])


def _sleepers(
    ground: Shape, track: Alignment, course: Course, along: Array, make: dict[str, Any]
) -> None:
    spacing = float(make.get("sleeper_every_m", 0.0))
    if not spacing:
        return
    size = [float(make["sleeper_wide_m"]), float(make["sleeper_long_m"]), 0.14]
    top = float(make["sleeper_top_m"])
    for at in np.arange(along[0], along[-1], spacing):
        (x, y) = track.to_world(at, float(course.lefts_m(np.array([at]))[0]))[0]
        block = Shape()
        block.box([0, 0, top - size[2] / 2], size, make["sleeper"])
        ground.merge(block, placed(float(x), float(y), 0, float(track.heading_at(at))))


def _band(
    shape: Shape, track: Alignment, along: Array, a: Array, b: Array, z: float, paint: str
) -> None:
    """A flat ribbon between two lines beside the street's centre line."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    n = len(along)
    points = np.vstack([track.to_world(along, low), track.to_world(along, high)])
    top = np.column_stack([points, np.full(2 * n, z)])
    shape.add(top, [(i, i + 1, n + i + 1, n + i) for i in range(n - 1)], paint, smooth=False)


def _wall(
    shape: Shape, track: Alignment, along: Array, line: Array, high: float, paint: str
) -> None:
    n = len(along)
    points = track.to_world(along, line)
    wall = np.vstack([
        np.column_stack([points, np.full(n, high)]),
        np.column_stack([points, np.full(n, high - DEEPEST_M)]),
    ])  # fmt: skip
    shape.add(wall, [(i, i + 1, n + i + 1, n + i) for i in range(n - 1)], paint, smooth=False)
