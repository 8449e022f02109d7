"""A switch ahead: another track that leaves the own one, as long as the tram could take it.

Which way the blades lie cannot be seen by a cab camera from afar. So where the rails of a branch
show beside those of the own track, the course is sure only up to the fork, and what stands on
either way is in the way, until the tram has passed the fork and its own motion tells.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from vision.arrays import BoolArray, FloatArray, IntArray
from vision.tram.centre_line import CentreLine
from vision.tram.rail_evidence import RailEvidence
from vision.tram.rail_fit import RAIL_HEAD_M

FORKS_M = np.array([4, 6, 8, 10, 12.5, 15, 18, 21, 25, 30], np.float64)
RADII_M = np.array([25, 35, 50, 70, 100, 150, 200], np.float64)  # of switches, sharpest first
JOINTS_M = np.array([10, 15, 21, 25, 30, 36, 43, 50], np.float64)
JOINING_RADII_M = np.array([50, 100, 200, 400], np.float64)
ASIDE_M = (0.35, 3.5)  # of the own track's middle, in which a branch shows as another track
SHARED_M = 0.15  # about where one of its rails lies on one of ours: that says nothing
FARTHEST_M = 42.0
LEAST_ROWS, LEAST_SPAN_M = 7, 6.0  # of the ground on which it shows
LEAST_PAIR = 0.5  # mean evidence; real footage: 0.51 to 0.73 at switches, below 0.4 elsewhere
JOINING_PAIR, JOINING_LEAD = 0.6, 0.15  # a joining track's, and by how much above a branch's
CONFIRMED_BY = 3  # pictures; a single picture shows a branch now and then where none is
HOLD_S = 0.6  # it stands so long unseen
COVERED_TO_M = 3.0  # aside: further off the two ways are apart, and what is between is beside both


@dataclass(frozen=True, slots=True)
class Branch:
    """A track that leaves the own one."""

    fork_m: float
    """Ahead along the own track."""
    curvature_per_m: float
    """Beside that of the own track, positive to the right."""
    sightings: int = 1
    unseen_s: float = 0.0

    @property
    def is_confirmed(self) -> bool:
        """Whether enough pictures have shown it."""
        return self.sightings >= CONFIRMED_BY

    def aside_m(self, along_m: FloatArray) -> FloatArray:
        """(N,) of its middle, to the right of the own track's; 0 where the two are apart."""
        beyond_m = np.clip(along_m - self.fork_m, 0, None)
        aside: FloatArray = self.curvature_per_m * beyond_m**2 / 2
        return np.where(np.abs(aside) <= COVERED_TO_M, aside, 0.0)


def seen_branch(evidence: RailEvidence, gauge_m: float, line: CentreLine) -> Branch | None:
    """The clearest branch off the own track in one picture."""
    ways = _leaving(evidence.forward_m.tobytes(), gauge_m)
    pair = _pairs(evidence, line, ways)
    best = int(pair.argmax())
    if pair[best] < LEAST_PAIR:
        return None
    return Branch(float(ways.at_m[best]), float(ways.curvature_per_m[best]))


def shows_joining(evidence: RailEvidence, gauge_m: float, line: CentreLine) -> bool:
    """Whether a track that joins the own one from behind shows far more clearly than a branch."""
    key = evidence.forward_m.tobytes()
    joining = float(_pairs(evidence, line, _joining(key, gauge_m)).max())
    leaving = float(_pairs(evidence, line, _leaving(key, gauge_m)).max())
    return joining >= max(JOINING_PAIR, leaving + JOINING_LEAD)


def _pairs(evidence: RailEvidence, line: CentreLine, ways: "_Ways") -> FloatArray:
    """(B,) mean evidence of each way's pair of rails."""
    lateral_m = line.lateral_at(evidence.forward_m) + ways.aside_m
    rows = slice(0, len(evidence.forward_m))
    left = evidence.at(rows, lateral_m - ways.half_m)
    right = evidence.at(rows, lateral_m + ways.half_m)
    pair = np.maximum(np.maximum(np.minimum(left, right), -np.maximum(left, right)), 0)
    mean: FloatArray = np.where(ways.tells, pair, 0).sum(axis=1) / ways.count
    mean[ways.is_short] = 0
    return mean


@dataclass(frozen=True, slots=True, eq=False)
class _Ways:
    """B tracks beside the own one that are looked for, on R rows: the same in all pictures."""

    at_m: FloatArray  # (B,) where the two meet
    curvature_per_m: FloatArray  # (B,)
    aside_m: FloatArray  # (B, R) of the middle, from the own track's
    half_m: FloatArray  # (B, R) from the middle to each rail, sideways
    tells: BoolArray  # (B, R) where it shows as another track
    count: IntArray  # (B,) of those rows, at least 1
    is_short: BoolArray  # (B,) whether they are too few to tell it


@lru_cache(maxsize=8)
def _leaving(forward_m: bytes, gauge_m: float) -> _Ways:
    """The branches on rows at (R,) float64 `forward_m`."""
    return _ways(np.frombuffer(forward_m), gauge_m, FORKS_M, RADII_M, 1)


@lru_cache(maxsize=8)
def _joining(forward_m: bytes, gauge_m: float) -> _Ways:
    """Likewise the tracks that join."""
    return _ways(np.frombuffer(forward_m), gauge_m, JOINTS_M, JOINING_RADII_M, -1)


def _ways(
    ahead_m: FloatArray, gauge_m: float, meet_m: FloatArray, radii_m: FloatArray, towards: int
) -> _Ways:
    """Of all those radii to either side; apart ahead (1) or before (-1) where they meet."""
    at_m, curvature = (
        each.reshape(-1, 1)
        for each in np.meshgrid(meet_m, np.concatenate([-1 / radii_m, 1 / radii_m]), indexing="ij")
    )
    beyond_m = np.clip(towards * (ahead_m - at_m), 0, None)
    aside_m = curvature * beyond_m**2 / 2
    apart_m = gauge_m + RAIL_HEAD_M
    off_m = np.abs(aside_m)
    tells = (off_m > ASIDE_M[0]) & (off_m < ASIDE_M[1]) & (ahead_m < FARTHEST_M)
    tells &= np.abs(off_m - apart_m) > SHARED_M
    count = tells.sum(axis=1)
    nearest_m = np.where(tells, ahead_m, np.inf).min(axis=1)
    span_m = np.where(tells, ahead_m, -np.inf).max(axis=1) - nearest_m
    return _Ways(
        at_m=at_m[:, 0],
        curvature_per_m=curvature[:, 0],
        aside_m=aside_m,
        half_m=apart_m / 2 * np.sqrt(1 + (curvature * beyond_m) ** 2),
        tells=tells,
        count=np.maximum(count, 1),
        is_short=(count < LEAST_ROWS) | (span_m < LEAST_SPAN_M),
    )


def moved_branch(branch: Branch | None, way_m: float, elapsed_s: float) -> Branch | None:
    """The branch from where the tram is later; None behind the fork, or unseen for too long."""
    if branch is None:
        return None
    fork_m, unseen_s = branch.fork_m - way_m, branch.unseen_s + elapsed_s
    return (
        replace(branch, fork_m=fork_m, unseen_s=unseen_s)
        if fork_m > 0 and unseen_s <= HOLD_S
        else None
    )


def next_branch(moved: Branch | None, seen: Branch | None) -> Branch | None:
    """The branch after one more picture."""
    if moved is None or seen is None:
        return seen or moved
    is_same_side = seen.curvature_per_m * moved.curvature_per_m > 0
    return replace(seen, sightings=moved.sightings + 1 if is_same_side else 1)
