"""Where tracks run on the ground of a painted scene."""

from dataclasses import dataclass

import numpy as np

from models.training.track.arrays import FloatArray

GAUGE_M = 1.435
HEAD_M = 0.067
STEEPEST = 3.0  # metres aside per metre ahead, from where on a course is no longer followed
MOST_ASIDE = 1.5  # likewise, from where on nothing is put up beside it
STEP_M = 0.5
REACH_M = 165.0


@dataclass(frozen=True, slots=True, eq=False)
class Bend:
    """The own track's middle in the vehicle's frame, and lengths along it."""

    lateral_m: FloatArray  # (N,) at every half metre ahead
    slope: FloatArray  # (N,)
    along_m: FloatArray  # (N,)

    def track_frame(
        self, forward_m: FloatArray, right_m: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Metres along and to the right of the track, of places; along is inf beyond its end."""
        at = np.clip(np.where(np.isfinite(forward_m), forward_m, 0), 0, REACH_M - STEP_M) / STEP_M
        row = at.astype(np.intp)
        share = (at - row).astype(np.float32)
        last = np.minimum(row + 1, len(self.slope) - 1)

        def between(values: FloatArray) -> FloatArray:
            taken: FloatArray = values[row] * (1 - share) + values[last] * share
            return taken

        slope = between(self.slope)
        off = right_m - between(self.lateral_m)
        stretch = np.sqrt(1 + slope**2)
        along = between(self.along_m) + off * slope / stretch
        is_known = np.isfinite(forward_m) & (np.abs(slope) < STEEPEST)
        return np.where(is_known, along, np.inf).astype(np.float32), off / stretch

    def right_m(self, ahead_m: float, off_m: float) -> float | None:
        """How far right of the vehicle's axis a place beside the track lies, so far ahead.

        None where the track runs off too far aside for anything to be put there.
        """
        at = min(max(int(ahead_m / STEP_M), 0), len(self.lateral_m) - 1)
        if abs(self.slope[at]) > MOST_ASIDE:
            return None
        return float(self.lateral_m[at]) + off_m * float(np.hypot(1, self.slope[at]))


def random_bend(rng: np.random.Generator) -> Bend:
    """Straight, or with one or two changes of curvature, seen from a vehicle in or before it."""
    ahead = np.arange(0, REACH_M, STEP_M, dtype=np.float32)
    curvature = np.zeros_like(ahead)
    if rng.random() < 0.72:
        start = 0.0 if rng.random() < 0.4 else float(rng.uniform(0, 45))
        for _ in range(int(rng.integers(1, 3))):
            radius = float(np.exp(rng.uniform(np.log(25), np.log(600)))) * rng.choice([-1, 1])
            ends = start + float(rng.uniform(10, 70))
            curvature[(ahead >= start) & (ahead < ends)] = 1 / radius
            start = ends + float(rng.uniform(0, 30))
    curvature = np.convolve(np.pad(curvature, 6, mode="edge"), np.ones(13) / 13, "valid")
    heading = float(rng.normal(0, 0.012)) + np.cumsum(curvature) * STEP_M
    slope = np.tan(np.clip(heading, -1.3, 1.3)).astype(np.float32)
    lateral = float(rng.normal(0, 0.2)) + np.cumsum(slope) * STEP_M
    along = np.cumsum(np.sqrt(1 + slope**2)) * STEP_M
    return Bend(lateral.astype(np.float32), slope, along.astype(np.float32))


@dataclass(frozen=True, slots=True)
class Course:
    """One track: so far beside the own one; a branch leaves or joins it at `parts_at_m`."""

    right_m: float
    parts_at_m: float = np.inf
    radius_m: float = np.inf
    is_joining: bool = False

    def off_m(self, along_m: FloatArray, off_own_m: FloatArray) -> FloatArray:
        """How far places lie to the right of this track's middle."""
        off = off_own_m - np.float32(self.right_m)
        if np.isfinite(self.radius_m):
            known = np.where(np.isfinite(along_m), along_m, 0)
            gone = known - np.float32(self.parts_at_m)
            gone = np.maximum(-gone if self.is_joining else gone, 0)
            off = off - gone**2 / np.float32(2 * self.radius_m)
        return off


def random_courses(rng: np.random.Generator) -> list[Course]:
    """The own track first, then its neighbours and branches."""
    apart = float(rng.uniform(2.9, 5.2))
    gaps = np.where(rng.random((2, 3)) < 0.7, apart, rng.uniform(apart, 2.5 * apart, (2, 3)))
    places = (np.cumsum(gaps, axis=1) * [[1], [-1]]).T.ravel()  # right, left, second right, …
    if rng.random() < 0.5:
        rng.shuffle(places)
    count = int(rng.choice([0, 1, 2, 3, 5], p=[0.22, 0.4, 0.18, 0.13, 0.07]))
    courses = [Course(0.0), *(Course(float(place)) for place in places[:count])]
    for _ in range(int(rng.choice([0, 1, 2], p=[0.68, 0.24, 0.08]))):
        start = courses[int(rng.integers(len(courses)))]
        courses.append(
            Course(
                start.right_m,
                float(rng.uniform(4, 60)),
                float(rng.choice([-1, 1]) * np.exp(rng.uniform(np.log(35), np.log(300)))),
                bool(rng.random() < 0.4),
            )
        )
    return courses
