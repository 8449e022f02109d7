"""One spot seen by several cameras: one state by their reliability, and every camera's vote."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from vision.arrays import FloatArray
from vision.parking.spot_state import (
    DECISION_LOG_ODDS,
    SpotState,
    SpotStatus,
    UnknownReason,
)
from vision.polygons import polygon_area

KNOWN = (SpotStatus.FREE, SpotStatus.OCCUPIED)
CLEAR_SIDE_PX = 60.0  # side of a square spot that shows all there is to see
LEAST_WEIGHT = 0.2  # a far, flat view is still better than none
FLAT_RATIO = 0.25  # height over width of an outline below which vehicles hide the ground
SUSPECT_FACTOR = 0.5  # what a view counts for while its picture is doubtful


@dataclass(frozen=True, slots=True)
class Vote:
    """What one camera says of a spot, and how much that counts."""

    camera_id: str
    state: SpotState
    weight: float
    """0 to 1, by how well this camera sees the spot."""


def view_weight(polygon: FloatArray) -> float:
    """How far a camera that sees a spot as this (K, 2) outline in px can be relied on, 0 to 1.

    Near spots are large; flat ones are seen from the side, where vehicles hide vehicles.
    """
    width_px, height_px = np.ptp(polygon, axis=0)
    size = min(math.sqrt(polygon_area(polygon)) / CLEAR_SIDE_PX, 1.0)
    steepness = min(float(height_px / max(width_px, 1e-6)) / FLAT_RATIO, 1.0)
    return max(math.sqrt(size * steepness), LEAST_WEIGHT)


def fuse_votes(votes: Sequence[Vote]) -> SpotState:
    """What all cameras together say; cameras that do not know are outvoted by those that do.

    Cameras that agree make each other no surer: they may be fooled by the same thing. Where they
    contradict, the weighted mean of their log-odds decides if it is clear, and else the spot is
    unknown.
    """
    closed = next((vote.state for vote in votes if vote.state.status is SpotStatus.CLOSED), None)
    if closed is not None:
        return closed
    known = [vote for vote in votes if vote.state.status in KNOWN]
    if not known:
        return max((vote.state for vote in votes), key=lambda state: state.observed_at_ns or -1)
    if len({vote.state.status for vote in known}) == 1:
        states = [vote.state for vote in known]
        return _agreed(states, max(state.confidence for state in states))
    best = max(vote.weight for vote in known)
    log_odds = sum(vote.state.occupied_log_odds * vote.weight for vote in known) / best
    if abs(log_odds) < DECISION_LOG_ODDS:
        return _contradiction([vote.state for vote in known])
    status = SpotStatus.OCCUPIED if log_odds > 0 else SpotStatus.FREE
    winners = [vote.state for vote in known if vote.state.status is status]
    return _agreed(winners, 1 / (1 + math.exp(-abs(log_odds))))


def contradicts(vote: Vote, fused: SpotState) -> bool:
    """Whether a camera claims the opposite of what all together say, or of what is in dispute."""
    if vote.state.status not in KNOWN:
        return False
    if fused.status in KNOWN:
        return vote.state.status is not fused.status
    return fused.reason is UnknownReason.UNDECIDED


def _agreed(states: Sequence[SpotState], confidence: float) -> SpotState:
    """The state that cameras share, as fresh as the newest of them."""
    newest = max(states, key=lambda state: state.valid_until_ns)
    changed_ns = min(state.changed_at_ns for state in states)
    return replace(newest, confidence=confidence, changed_at_ns=changed_ns)


def _contradiction(states: Sequence[SpotState]) -> SpotState:
    newest = max(states, key=lambda state: state.changed_at_ns)
    return replace(
        newest, status=SpotStatus.UNKNOWN, reason=UnknownReason.UNDECIDED, confidence=0.0
    )
