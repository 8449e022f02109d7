"""One spot seen by several cameras: one state, and unknown where they contradict each other."""

import math
from collections.abc import Sequence
from dataclasses import replace

from vision.parking.spot_state import (
    DECISION_LOG_ODDS,
    SpotState,
    SpotStatus,
    UnknownReason,
)

KNOWN = (SpotStatus.FREE, SpotStatus.OCCUPIED)


def fuse_spot_states(states: Sequence[SpotState]) -> SpotState:
    """What all cameras together say; cameras that do not know are outvoted by those that do.

    Cameras that agree make each other no surer: they may be fooled by the same thing. Where they
    contradict, the sum of their log-odds decides if it is clear, and else the spot is unknown.
    """
    closed = next((state for state in states if state.status is SpotStatus.CLOSED), None)
    if closed is not None:
        return closed
    known = [state for state in states if state.status in KNOWN]
    if not known:
        return max(states, key=lambda state: state.observed_at_ns or -1)
    log_odds = sum(state.occupied_log_odds for state in known)
    if len({state.status for state in known}) == 1:
        return _agreed(known, max(state.confidence for state in known))
    if abs(log_odds) < DECISION_LOG_ODDS:
        return _contradiction(known)
    status = SpotStatus.OCCUPIED if log_odds > 0 else SpotStatus.FREE
    winners = [state for state in known if state.status is status]
    return _agreed(winners, 1 / (1 + math.exp(-abs(log_odds))))


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
