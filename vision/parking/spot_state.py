"""What is known about one spot, and how one more picture changes it.

Evidence is a number on a scale of log-odds: every picture moves it up or down, at a rate that
makes a clear change settle within a set time and never within one picture. Undecided pictures
move nothing. The published status follows only when the evidence has crossed to the other side.
"""

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from vision.errors import SettingError

NS_PER_S = 1_000_000_000
EVIDENCE_LIMIT = 3.0  # log-odds, 95 %: no history makes a spot surer than this
DECISION_LOG_ODDS = 1.5  # 82 %: beyond it, on either side, the status follows
UNDECIDED_LOG_ODDS = 0.62  # probabilities of 0.35 to 0.65 say nothing
SHARE_PER_PICTURE = 0.3  # of a whole change of mind: four clear pictures at least
MEMORY_AFTER_BLINDNESS = 1.0  # log-odds that survive a time without pictures


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

    def __post_init__(self) -> None:
        for name in ("arrival_s", "departure_s", "valid_for_s"):
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

    @property
    def occupied_probability(self) -> float:
        """The collected evidence as a probability."""
        return _sigmoid(self.occupied_log_odds)


def first_spot_state(now_ns: int, is_closed: bool = False) -> SpotState:
    """A spot that no picture has shown yet."""
    status = SpotStatus.CLOSED if is_closed else SpotStatus.UNKNOWN
    reason = None if is_closed else UnknownReason.NO_PICTURE_YET
    return SpotState(
        status, reason, 1.0 if is_closed else 0.0, 0.0, None, now_ns, now_ns
    )
