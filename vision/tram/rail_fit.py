"""The course of the rails that best explains the evidence of one picture.

The camera is fixed to the vehicle, so the near rails lie where they always do; from there the
course is built outwards in stretches of constant curvature. Many courses are kept from stretch
to stretch, so that a strong line near by which leads nowhere loses to one that goes on.
"""

from dataclasses import dataclass

import numpy as np

from vision.arrays import BoolArray, FloatArray, IntArray
from vision.tram.centre_line import STRAIGHT, CentreLine
from vision.tram.rail_evidence import RailEvidence

RAIL_HEAD_M = 0.07  # so much wider than the gauge lie the middles of the rails
STRETCH_ENDS_M = (12.5, 18.0, 25.0, 34.0, 46.0)
STRETCH_LENGTHS_M = np.diff((0.0, *STRETCH_ENDS_M))
SHARPEST_PER_M = 1 / 20  # the tightest curve of tram tracks
BENDS = np.array([2, 4, 6, 8, 10, 12, 14, 17, 20, 25, 32, 40, 50]) / 1000
NEAR_BENDS_PER_M = np.concatenate([-BENDS[::-1], [0.0], BENDS]).astype(np.float32)
CHANGES = np.array([1, 2, 3, 4.5, 6, 8, 10.5, 14, 20]) / 1000
CHANGES_PER_M = np.concatenate([-CHANGES[::-1], [0.0], CHANGES]).astype(np.float32)
OFFSETS_M = np.array([-0.1, 0.0, 0.1])
MOST_OFFSET_M, MOST_HEADING_RAD = 0.4, 0.07  # of the track under the camera, to its axis
HEADINGS_RAD = np.radians([-0.6, -0.3, 0.0, 0.3, 0.6])
KEPT = 14  # courses from stretch to stretch
LOOKED_THROUGH = 64  # ways at once for them: they mostly are among the best of hundreds

ONE_RAIL_SHARE = 0.25  # what a single visible rail is worth beside a pair
OFFSET_COST_PER_M = 0.3
HEADING_COST_PER_RAD = 3.0
BEND_COST_M = 4.0  # of each 1/m of change in curvature
SURPRISE_COST, SURE_SURPRISE_COST = 0.12, 0.3  # of a course away from the expected one
SURPRISE_M, SURPRISE_SHARE = 0.3, 0.015  # how far away costs all of that: at the front, per metre

LEAST_NEAR_PAIR = 0.7  # mean evidence nearest by; pictures without rails reach 0.65
NEAR_ROWS = 10  # of evidence, from the nearest on, at least: in fewer chance finds a pair
LEAST_PAIR = 0.4  # of the others
RIVAL_APART_M = 0.6  # another course this far aside is another branch
RIVAL_SHARE = 0.75  # of the best one's evidence, from where on it may be the true one
ALIKE_M, ALIKE_SLOPE = 0.1, 0.01


@dataclass(frozen=True, slots=True, eq=False)
class RailFit:
    """One course of the rails: lateral_m = offset + heading·forward, bent by stretches."""

    offset_m: float
    heading_rad: float
    bend_per_m: FloatArray
    """(S,) second derivative of lateral_m within each stretch, positive to the right."""
    pair: FloatArray
    """(S,) mean evidence of each stretch, 0 to 1."""
    confidence: float
    """Mean evidence where the course is sure."""
    seen_to_m: float
    """How far ahead rails show along the course; 0 when nowhere."""
    sure_to_m: float
    """How far ahead no other course that was built shows as well; a branch can be overlooked."""

    def lateral_m(self, forward_m: FloatArray) -> FloatArray:
        """(N,) to the right of the vehicle's axis at (N,) metres ahead."""
        lateral = self.offset_m + self.heading_rad * forward_m
        starts = (0.0, *STRETCH_ENDS_M[:-1])
        for k, (start, end) in enumerate(zip(starts, STRETCH_ENDS_M, strict=True)):
            within = np.clip(forward_m - start, 0, end - start)
            beyond = np.clip(forward_m - end, 0, None)
            lateral = lateral + self.bend_per_m[k] * (within**2 / 2 + (end - start) * beyond)
        return lateral


@dataclass(frozen=True, slots=True, eq=False)
class _Prior:
    """Where the track is expected, and what a course costs that lies elsewhere."""

    lateral_m: FloatArray  # (R,)
    cost: FloatArray  # (R,)


@dataclass(frozen=True, slots=True, eq=False)
class _Courses:
    """K courses up to the end of the last stretch; row i of every array is course i."""

    offset_m: FloatArray
    heading_rad: FloatArray
    bends_per_m: FloatArray  # (K, S so far)
    pairs: FloatArray  # (K, S so far)
    merit: FloatArray
    lateral_m: FloatArray
    slope: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Ways:
    """K ways on over the next stretch; row i of every array is way i."""

    courses: _Courses
    parent: IntArray  # the row of the course it goes on from
    bend_per_m: FloatArray
    merit: FloatArray
    lateral_m: FloatArray
    slope: FloatArray


def fit_rails(
    evidence: RailEvidence,
    gauge_m: float,
    expected: CentreLine = STRAIGHT,
    expected_to_m: float = 0.0,
) -> RailFit:
    """The best course, preferably near to where the track is `expected`.

    Up to `expected_to_m` that has been seen before; a track does not move.
    """
    ways = _first(float(expected.points_m[0, 1]), float(expected.heading_rad[0]))
    courses = ways.courses
    prior = _Prior(
        expected.lateral_at(evidence.forward_m).astype(np.float32),
        np.where(evidence.forward_m <= expected_to_m, SURE_SURPRISE_COST, SURPRISE_COST).astype(
            np.float32
        ),
    )
    bounds = np.searchsorted(evidence.forward_m, (0.0, *STRETCH_ENDS_M))
    start_m = 0.0
    for stretch, end_m in enumerate(STRETCH_ENDS_M):
        if stretch > 0:
            ways = _branched(courses)
        rows = slice(int(bounds[stretch]), int(bounds[stretch + 1]))
        courses = _extended(ways, evidence, rows, gauge_m, prior, start_m, end_m)
        start_m = end_m
    return _best_fit(courses, np.diff(bounds))


def _best_fit(courses: _Courses, rows: IntArray) -> RailFit:
    """The first of the courses, best first, and how far it can be trusted.

    `rows` (S,) of evidence lie in each stretch.
    """
    pair = courses.pairs[0]
    is_near = np.cumsum(rows) - rows < NEAR_ROWS
    count = int(rows[is_near].sum())
    near_pair = float(pair[is_near] @ rows[is_near]) / max(count, 1)
    shows_near = count >= NEAR_ROWS and near_pair >= LEAST_NEAR_PAIR
    is_seen = np.where(is_near, shows_near, (rows > 0) & (pair >= LEAST_PAIR))
    seen = _leading(is_seen)
    sure = _leading(is_seen & ~_has_rival(courses))
    return RailFit(
        offset_m=float(courses.offset_m[0]),
        heading_rad=float(courses.heading_rad[0]),
        bend_per_m=courses.bends_per_m[0],
        pair=pair,
        confidence=float(pair[:sure].mean()) if sure else 0.0,
        seen_to_m=(0.0, *STRETCH_ENDS_M)[seen],
        sure_to_m=(0.0, *STRETCH_ENDS_M)[sure],
    )


def _has_rival(courses: _Courses) -> BoolArray:
    """(S,) whether a course seen almost as well as the first ends each stretch elsewhere."""
    lateral, slope = courses.offset_m, courses.heading_rad
    apart_m = []
    for bend, length_m in zip(courses.bends_per_m.T, STRETCH_LENGTHS_M, strict=True):
        lateral = lateral + slope * length_m + bend * length_m**2 / 2
        slope = slope + bend * length_m
        apart_m.append(np.abs(lateral - lateral[0]))
    is_apart = np.array(apart_m) > RIVAL_APART_M
    is_as_good = RIVAL_SHARE * courses.pairs[0][:, None] < courses.pairs.T
    return np.asarray((is_apart & is_as_good).any(axis=1), np.bool_)


def _leading(flags: BoolArray) -> int:
    """How many flags hold before the first that does not."""
    return int(np.argmin(np.append(flags, False)))


def _best_of_each(merit: FloatArray, lateral_m: FloatArray, slope: FloatArray) -> IntArray:
    """Rows of the best ways, best first; of those that end alike only one."""
    order = np.argsort(-merit)
    best: dict[int, int] = {}
    for start in range(0, len(order), LOOKED_THROUGH):
        rows = order[start : start + LOOKED_THROUGH]
        place = np.rint(lateral_m[rows] / ALIKE_M).astype(np.int64)
        direction = np.rint(slope[rows] / ALIKE_SLOPE).astype(np.int64)
        for end, row in zip((place * 10_000 + direction).tolist(), rows.tolist(), strict=True):
            best.setdefault(end, row)
            if len(best) == KEPT:
                return np.array(list(best.values()))
    return np.array(list(best.values()))


def _first(offset_m: float, heading_rad: float) -> _Ways:
    offsets = np.clip(offset_m + OFFSETS_M, -MOST_OFFSET_M, MOST_OFFSET_M).astype(np.float32)
    headings = np.clip(heading_rad + HEADINGS_RAD, -MOST_HEADING_RAD, MOST_HEADING_RAD)
    headings = np.repeat(headings.astype(np.float32), len(NEAR_BENDS_PER_M))
    offset = np.repeat(offsets, len(headings))
    heading = np.tile(headings, len(offsets))
    cost = OFFSET_COST_PER_M * np.abs(offset) + HEADING_COST_PER_RAD * np.abs(heading)
    bend = np.tile(NEAR_BENDS_PER_M, len(offset) // len(NEAR_BENDS_PER_M))
    bends, pairs = np.zeros((len(offset), 0), np.float32), np.zeros((len(offset), 0))
    courses = _Courses(offset, heading, bends, pairs, -cost, offset, heading)
    return _Ways(courses, np.arange(len(offset)), bend, -cost, offset, heading)


def _branched(courses: _Courses) -> _Ways:
    """Every course with every change of curvature."""
    count, changes = len(courses.merit), len(CHANGES_PER_M)
    bend = np.clip(courses.bends_per_m[:, -1:] + CHANGES_PER_M, -SHARPEST_PER_M, SHARPEST_PER_M)
    return _Ways(
        courses,
        parent=np.repeat(np.arange(count), changes),
        bend_per_m=bend.ravel(),
        merit=(courses.merit[:, None] - BEND_COST_M * np.abs(CHANGES_PER_M)).ravel(),
        lateral_m=np.repeat(courses.lateral_m, changes),
        slope=np.repeat(courses.slope, changes),
    )


def _extended(
    ways: _Ways,
    evidence: RailEvidence,
    rows: slice,
    gauge_m: float,
    prior: _Prior,
    start_m: float,
    end_m: float,
) -> _Courses:
    """The best of the courses that go these ways, best first."""
    bend = ways.bend_per_m
    ahead = (evidence.forward_m[rows] - start_m).astype(np.float32)
    lateral = _polynomial(ahead, ways.lateral_m, ways.slope, bend)
    half = _half_gauge_m(gauge_m, _polynomial(ahead, ways.slope, bend))
    places = np.empty((2, *lateral.shape), lateral.dtype)
    np.subtract(lateral, half, out=places[0])
    np.add(lateral, half, out=places[1])
    left, right = evidence.at(rows, places)
    if left.shape[1] == 0:
        left = right = np.zeros((len(bend), 1))
    low, high = np.minimum(left, right), np.maximum(left, right)
    single = np.maximum(-low, high)
    pair = np.maximum(np.maximum(low, -high), 0)
    single *= ONE_RAIL_SHARE
    single += pair
    seen = single.mean(axis=1) / (1 + ONE_RAIL_SHARE)
    off = lateral
    off -= prior.lateral_m[rows]
    np.abs(off, out=off)
    off /= (SURPRISE_M + SURPRISE_SHARE * evidence.forward_m[rows]).astype(np.float32)
    surprise = np.minimum(off, 1, out=off) @ prior.cost[rows] / max(off.shape[1], 1)
    length_m = end_m - start_m
    merit = ways.merit + seen - surprise
    lateral_m = ways.lateral_m + ways.slope * length_m + bend * length_m**2 / 2
    slope = ways.slope + bend * length_m
    best = _best_of_each(merit, lateral_m, slope)
    before, parent = ways.courses, ways.parent[best]
    pairs = pair[best].mean(axis=1)
    return _Courses(
        before.offset_m[parent],
        before.heading_rad[parent],
        np.concatenate([before.bends_per_m[parent], bend[best, None]], axis=1),
        np.concatenate([before.pairs[parent], pairs[:, None]], axis=1),
        merit[best],
        lateral_m[best],
        slope[best],
    )


def _polynomial(
    ahead: FloatArray, value: FloatArray, slope: FloatArray, bend: FloatArray | None = None
) -> FloatArray:
    """(K, r) value + slope·ahead + bend·ahead²/2 of K courses at (r,) metres ahead."""
    total: FloatArray = slope[:, None] * ahead
    total += value[:, None]
    if bend is not None:
        total += bend[:, None] * (ahead**2 / 2)
    return total


def _half_gauge_m(gauge_m: float, slope: FloatArray) -> FloatArray:
    """From the middle to the rails, sideways, where the track runs with this slope."""
    half = slope**2
    half += 1
    np.sqrt(half, out=half)
    half *= (gauge_m + RAIL_HEAD_M) / 2
    return half
