"""How far above the rails the people beside the track stand: on a kerb or on a platform.

A camera takes every foot to be on the level of the rails. Whoever stands higher seems to be
further away than he is, and taller, both by the same factor. One tall person says nothing, but
people together are of usual height, so a whole group that seems too tall stands on something.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vision.arrays import BoolArray, FloatArray, IntArray

USUAL_STATURE_M = 1.75  # of a grown-up in shoes, in a detector's box, which is a little large
STATURE_SIGMA = 0.09  # of its logarithm: people differ, and so do boxes
LEAST_PEOPLE = 4
MOST_SPREAD = 0.17  # of those logarithms; a group that differs more is not one of people
LEAST_LOOKS = 2
SIGMAS = 2.0  # by which a group must be too tall
KEPT_M = 25.0  # of way: what was seen of people further back is forgotten
HIGHEST_SHARE = 0.5  # of the camera's height; platforms are lower
SMOOTHING = 0.3  # of each look, in a person's mean
STATURE_RANGE_M = (1.2, 3.2)  # apparent; other boxes are no standing people


@dataclass(frozen=True, slots=True)
class SeenPerson:
    """Somebody beside the track, as tall as he would be on the level of the rails."""

    track_id: int
    is_right: bool
    log_stature: float
    """Mean logarithm of the apparent over the usual height."""
    looks: int
    at_m: float
    """The tram's way when last seen."""


@dataclass(frozen=True, slots=True)
class RaisedGround:
    """Heights above the rails beside the track, and the people that tell them."""

    left_m: float = 0.0
    right_m: float = 0.0
    way_m: float = 0.0
    people: tuple[SeenPerson, ...] = ()

    def at(self, is_right: BoolArray) -> FloatArray:
        """(N,) metres above the rails on these sides of the track."""
        return np.where(is_right, self.right_m, self.left_m)


def next_raised_ground(
    ground: RaisedGround,
    track_id: IntArray,
    is_right: BoolArray,
    stature_m: FloatArray,
    driven_m: float,
    camera_height_m: float,
) -> RaisedGround:
    """What is known after another picture with N people beside the track.

    `stature_m` (N,) is the height that each would have on the level of the rails.
    """
    way_m = ground.way_m + abs(driven_m)
    known = {one.track_id: one for one in ground.people if way_m - one.at_m <= KEPT_M}
    for one_id, side, tall_m in zip(track_id, is_right, stature_m, strict=True):
        if STATURE_RANGE_M[0] < tall_m < STATURE_RANGE_M[1]:
            value = math.log(tall_m / USUAL_STATURE_M)
            known[int(one_id)] = _looked_at(known.get(int(one_id)), int(one_id), side, value, way_m)
    people = tuple(known.values())
    return RaisedGround(
        left_m=_raised_m([one for one in people if not one.is_right], camera_height_m),
        right_m=_raised_m([one for one in people if one.is_right], camera_height_m),
        way_m=way_m,
        people=people,
    )


def _looked_at(
    person: SeenPerson | None, track_id: int, is_right: bool, value: float, way_m: float
) -> SeenPerson:
    if person is None or person.is_right != is_right:
        return SeenPerson(track_id, bool(is_right), value, 1, way_m)
    weight = max(SMOOTHING, 1 / (person.looks + 1))
    mean = person.log_stature + weight * (value - person.log_stature)
    return replace(person, log_stature=mean, looks=person.looks + 1, at_m=way_m)


def _raised_m(people: Sequence[SeenPerson], camera_height_m: float) -> float:
    """The height that explains a group that is too tall, else 0."""
    values = [one.log_stature for one in people if one.looks >= LEAST_LOOKS]
    if len(values) < LEAST_PEOPLE:
        return 0.0
    mean = float(np.median(values))
    if np.std(values) > MOST_SPREAD:
        return 0.0
    if mean - SIGMAS * STATURE_SIGMA / math.sqrt(len(values)) <= 0:
        return 0.0
    return min(camera_height_m * (1 - math.exp(-mean)), HIGHEST_SHARE * camera_height_m)
