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
ASIDE_M = (0.35, 3.5)  # of the own track's middle, in which a branch shows as another track
SHARED_M = 0.15  # about where one of its rails lies on one of ours: that says nothing
FARTHEST_M = 42.0
LEAST_ROWS, LEAST_SPAN_M = 7, 6.0  # of the ground on which it shows
LEAST_PAIR = 0.5  # mean evidence; real footage: 0.51 to 0.73 at switches, below 0.4 elsewhere
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
    ahead_m = evidence.forward_m
    ways = _branch_ways(ahead_m.tobytes(), gauge_m)
    lateral_m = line.lateral_at(ahead_m) + ways.aside_m
    rows = slice(0, len(ahead_m))
    left = evidence.at(rows, lateral_m - ways.half_m)
    right = evidence.at(rows, lateral_m + ways.half_m)
    pair = np.maximum(np.maximum(np.minimum(left, right), -np.maximum(left, right)), 0)
    mean = np.where(ways.tells, pair, 0).sum(axis=1) / ways.count
    mean[ways.is_short] = 0
    best = int(mean.argmax())
    if mean[best] < LEAST_PAIR:
        return None
    return Branch(float(ways.fork_m[best]), float(ways.curvature_per_m[best]))


@dataclass(frozen=True, slots=True, eq=False)
class _BranchWays:
    """B branches that are looked for, on R rows of the ground: the same in all pictures."""

    fork_m: FloatArray  # (B,)
    curvature_per_m: FloatArray  # (B,)
    aside_m: FloatArray  # (B, R) of the middle, from the own track's
    half_m: FloatArray  # (B, R) from the middle to each rail, sideways
    tells: BoolArray  # (B, R) where it shows as another track
    count: IntArray  # (B,) of those rows, at least 1
    is_short: BoolArray  # (B,) whether they are too few to tell it


@lru_cache(maxsize=8)
def _branch_ways(forward_m: bytes, gauge_m: float) -> _BranchWays:
    """The branches on rows at (R,) float64 `forward_m`."""
    ahead_m = np.frombuffer(forward_m)
    fork_m, curvature = (
        each.reshape(-1, 1)
        for each in np.meshgrid(FORKS_M, np.concatenate([-1 / RADII_M, 1 / RADII_M]), indexing="ij")
    )
    beyond_m = np.clip(ahead_m - fork_m, 0, None)
    aside_m = curvature * beyond_m**2 / 2
    apart_m = gauge_m + RAIL_HEAD_M
    off_m = np.abs(aside_m)
    tells = (off_m > ASIDE_M[0]) & (off_m < ASIDE_M[1]) & (ahead_m < FARTHEST_M)
    tells &= np.abs(off_m - apart_m) > SHARED_M
    count = tells.sum(axis=1)
    nearest_m = np.where(tells, ahead_m, np.inf).min(axis=1)
    span_m = np.where(tells, ahead_m, -np.inf).max(axis=1) - nearest_m
    return _BranchWays(
        fork_m=fork_m[:, 0],
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
