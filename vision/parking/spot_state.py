"""What is known about one spot, and how one more picture changes it.

Evidence is a number on a scale of log-odds: every picture moves it towards what it says itself, at
a rate that makes a clear change settle within a set time and never within one picture. It never
moves beyond: a hundred looks at the same dark car are no surer than one. Undecided pictures move
nothing. A known status follows only when the evidence has clearly crossed to the other side.
"""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from vision.errors import SettingError
from vision.frame import NS_PER_S

EVIDENCE_LIMIT = 3.0  # log-odds, 95 %: no history makes a spot surer than this
DECISION_LOG_ODDS = 1.5  # 82 %: beyond it, on either side, a known status follows
FIRST_LOG_ODDS = 0.85  # 70 %: beyond it an unknown spot is told, with that confidence
CLEAR_LOG_ODDS = 2.2  # 90 %: a picture that says so moves the evidence at the full rate
UNDECIDED_LOG_ODDS = 0.62  # probabilities of 0.35 to 0.65 say nothing
SHARE_PER_PICTURE = 0.55  # of a whole change of mind: however rare, two pictures at least
SHARE_OF_FIRST_PICTURE = 0.18  # after none or a blind time; alone it decides nothing
MEMORY_AFTER_BLINDNESS = 0.8  # log-odds that survive a time without pictures


class SpotStatus(StrEnum):
    """What a driver is told."""

    FREE = "free"
    OCCUPIED = "occupied"
    UNKNOWN = "unknown"
    CLOSED = "closed"


class UnknownReason(StrEnum):
    """Why a spot is unknown."""

    NO_PICTURE_YET = "no_picture_yet"
    CAMERA_LOST = "camera_lost"
    FROZEN = "frozen"
    MOVED = "moved"
    BLURRED = "blurred"
    DARK = "dark"
    OVEREXPOSED = "overexposed"
    COVERED = "covered"
    SPOT_HIDDEN = "spot_hidden"
    STALE = "stale"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class SettlingSettings:
    """How fast a spot's status follows the pictures, in the source's own time."""

    arrival_s: float = 4.0
    """From the first clear picture of a car until the spot is occupied."""
    departure_s: float = 4.0
    """From the first clear picture without the car until the spot is free."""
    valid_for_s: float = 300.0
    """How long a status stands without a picture that confirms it."""
    hidden_hold_s: float = 20.0
    """How long a status stands while something nearer hides the spot."""

    def __post_init__(self) -> None:
        for name in ("arrival_s", "departure_s", "valid_for_s", "hidden_hold_s"):
            if not getattr(self, name) > 0:
                raise SettingError(f"{name} must be above 0, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class SpotEvidence:
    """What one picture says about one spot: a probability, or why it says nothing."""

    occupied_probability: float | None
    blind_reason: UnknownReason | None = None


@dataclass(frozen=True, slots=True)
class SpotState:
    """What is known about one spot; times are those of the pictures."""

    status: SpotStatus
    reason: UnknownReason | None
    """Set exactly when the status is unknown."""
    confidence: float
    """Probability that the status is true, 0 when unknown."""
    occupied_log_odds: float
    """Collected evidence, positive for a car."""
    observed_at_ns: int | None
    """Last picture that showed the spot."""
    changed_at_ns: int
    """When status or reason last changed."""
    valid_until_ns: int
    """After this the status is stale."""
    hidden_since_ns: int | None = None
    """Since when something nearer hides the spot; None while it is seen."""

    @property
    def occupied_probability(self) -> float:
        """The collected evidence as a probability."""
        return _sigmoid(self.occupied_log_odds)


def first_spot_state(now_ns: int, is_closed: bool = False) -> SpotState:
    """A spot that no picture has shown yet."""
    status = SpotStatus.CLOSED if is_closed else SpotStatus.UNKNOWN
    reason = None if is_closed else UnknownReason.NO_PICTURE_YET
    return SpotState(status, reason, 1.0 if is_closed else 0.0, 0.0, None, now_ns, now_ns)


def next_spot_state(
    state: SpotState, seen: SpotEvidence | None, now_ns: int, settings: SettlingSettings
) -> SpotState:
    """The spot after one more picture, or after time alone when `seen` is None."""
    if state.status is SpotStatus.CLOSED:
        return state
    if seen is None:
        return _grow_stale(state, now_ns)
    if seen.occupied_probability is None and seen.blind_reason is UnknownReason.SPOT_HIDDEN:
        return _hold(state, now_ns, settings)
    if seen.occupied_probability is None:
        return _go_blind(state, seen.blind_reason or UnknownReason.SPOT_HIDDEN, now_ns)
    return _collect(state, seen.occupied_probability, now_ns, settings)


def _collect(
    state: SpotState, probability: float, now_ns: int, settings: SettlingSettings
) -> SpotState:
    observed = _log_odds(probability)
    settle_s = settings.arrival_s if observed > 0 else settings.departure_s
    share = _share_of_change(state, now_ns, settle_s)
    collected = _limit(state.occupied_log_odds, _memory(state))
    is_decided = abs(observed) > UNDECIDED_LOG_ODDS
    if is_decided:
        whole_change = EVIDENCE_LIMIT + DECISION_LOG_ODDS
        step = _limit(observed / CLEAR_LOG_ODDS, 1.0) * whole_change * share
        if observed > 0:
            collected = max(collected, min(collected + step, observed))
        else:
            collected = min(collected, max(collected + step, observed))
        collected = _limit(collected, EVIDENCE_LIMIT)
    status = _status(state.status, collected)
    confirms = is_decided and (observed > 0) == (status is SpotStatus.OCCUPIED)
    valid_until_ns = state.valid_until_ns
    if confirms:
        valid_until_ns = now_ns + round(settings.valid_for_s * NS_PER_S)
    reason = None
    if status is SpotStatus.UNKNOWN or now_ns > valid_until_ns:
        status, reason = SpotStatus.UNKNOWN, UnknownReason.UNDECIDED
    is_changed = (status, reason) != (state.status, state.reason)
    return SpotState(
        status,
        reason,
        _confidence(status, collected),
        occupied_log_odds=collected,
        observed_at_ns=now_ns,
        changed_at_ns=now_ns if is_changed else state.changed_at_ns,
        valid_until_ns=valid_until_ns,
    )


def _hold(state: SpotState, now_ns: int, settings: SettlingSettings) -> SpotState:
    """Behind a van nothing arrives and nothing leaves; after a while nothing is known."""
    since_ns = now_ns if state.hidden_since_ns is None else state.hidden_since_ns
    held = replace(state, hidden_since_ns=since_ns)
    if now_ns - since_ns < settings.hidden_hold_s * NS_PER_S:
        return _grow_stale(held, now_ns)
    return _published(held, SpotStatus.UNKNOWN, UnknownReason.SPOT_HIDDEN, now_ns)


def _grow_stale(state: SpotState, now_ns: int) -> SpotState:
    if state.status is SpotStatus.UNKNOWN or now_ns <= state.valid_until_ns:
        return state
    return _published(state, SpotStatus.UNKNOWN, UnknownReason.STALE, now_ns)


def _go_blind(state: SpotState, reason: UnknownReason, now_ns: int) -> SpotState:
    return _published(replace(state, hidden_since_ns=None), SpotStatus.UNKNOWN, reason, now_ns)


def _published(
    state: SpotState, status: SpotStatus, reason: UnknownReason | None, now_ns: int
) -> SpotState:
    is_changed = (status, reason) != (state.status, state.reason)
    return replace(
        state,
        status=status,
        reason=reason,
        confidence=_confidence(status, state.occupied_log_odds),
        changed_at_ns=now_ns if is_changed else state.changed_at_ns,
    )


def _confidence(status: SpotStatus, occupied_log_odds: float) -> float:
    if status is SpotStatus.OCCUPIED:
        return _sigmoid(occupied_log_odds)
    return _sigmoid(-occupied_log_odds) if status is SpotStatus.FREE else 0.0


def _status(before: SpotStatus, log_odds: float) -> SpotStatus:
    needed = FIRST_LOG_ODDS if before is SpotStatus.UNKNOWN else DECISION_LOG_ODDS
    if log_odds >= needed:
        return SpotStatus.OCCUPIED
    if log_odds <= -needed:
        return SpotStatus.FREE
    return before


def _share_of_change(state: SpotState, now_ns: int, settle_s: float) -> float:
    """How much of a whole change of mind one clear picture is worth, by the time it speaks for.

    Neighbouring pictures err alike, so they share one vote: what counts is the time since the
    spot was last seen, however many pictures lie in it, hidden ones included.
    """
    if state.observed_at_ns is None or _is_blind(state):
        return SHARE_OF_FIRST_PICTURE
    elapsed_s = max(now_ns - state.observed_at_ns, 0) / NS_PER_S
    return min(elapsed_s / settle_s, SHARE_PER_PICTURE)


def _memory(state: SpotState) -> float:
    """How much collected evidence still counts: little after a time of blindness."""
    return MEMORY_AFTER_BLINDNESS if _is_blind(state) else EVIDENCE_LIMIT


def _is_blind(state: SpotState) -> bool:
    return state.status is SpotStatus.UNKNOWN and state.reason is not UnknownReason.UNDECIDED


def _limit(log_odds: float, limit: float) -> float:
    return min(max(log_odds, -limit), limit)


def _log_odds(probability: float) -> float:
    certain = 1 / (1 + math.exp(-EVIDENCE_LIMIT))
    probability = min(max(probability, 1 - certain), certain)
    return math.log(probability / (1 - probability))


def _sigmoid(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
