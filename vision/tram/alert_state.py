"""The alert on the driver's display: how it rises, holds, falls, and when it must not stand."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from vision.tram.braking import BrakingCurve
from vision.tram.obstacle import Obstacle


class AlertLevel(StrEnum):
    """What the display shows."""

    CLEAR = "clear"
    INFORMATION = "information"
    CAUTION = "caution"
    ALARM = "alarm"
    UNAVAILABLE = "unavailable"


class UnavailableReason(StrEnum):
    """The part that failed."""

    NO_PICTURE = "no_picture"
    FROZEN = "frozen"
    DARK = "dark"
    OVEREXPOSED = "overexposed"
    BLURRED = "blurred"
    COVERED = "covered"
    NO_TRACK = "no_track"
    NO_SPEED = "no_speed"
    OVERLOADED = "overloaded"


class Urgency(IntEnum):
    """The levels of an available display, in order."""

    CLEAR = 0
    INFORMATION = 1
    CAUTION = 2
    ALARM = 3

    @property
    def level(self) -> AlertLevel:
        """The level of the same name."""
        return AlertLevel[self.name]


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """When an obstacle is worth a word; FIELD knowledge in docs, defaults for a city tram."""

    reaction_s: float = 1.5
    """Of the driver, before the brakes bite."""
    stop_margin_m: float = 5.0
    """Kept between the standing tram and the obstacle."""
    alarm_ttc_s: float = 5.0
    caution_ttc_s: float = 9.0
    caution_factor: float = 1.6
    """Caution begins at this many stopping distances."""
    entry_horizon_s: float = 4.0
    """A predicted entry later than this is no reason to warn."""
    confirm_frames: int = 4
    """Pictures in a row before the level rises."""
    confident_confirm_frames: int = 2
    """The same for an obstacle seen with high confidence."""
    high_confidence: float = 0.7
    hold_s: float = 0.5
    """A level stands this long after its reason has gone."""
    release_factor: float = 1.2
    """Thresholds for letting go are this much wider than for rising."""
    standstill_mps: float = 0.5
    hard_braking_mps2: float = 1.2
    """A driver who brakes like this has seen the obstacle."""


@dataclass(frozen=True, slots=True)
class TramSight:
    """What one picture and the tram's speed say."""

    obstacles: tuple[Obstacle, ...]
    ego_speed_mps: float | None
    ego_acceleration_mps2: float
    """Negative while braking."""
    failed: UnavailableReason | None = None
    """Why this picture says nothing."""


@dataclass(frozen=True, slots=True)
class AlertState:
    """The display's state; times are those of the pictures."""

    level: AlertLevel
    reason: UnavailableReason | None
    """Set exactly when the level is unavailable."""
    nearest: Obstacle | None
    """The obstacle the level is about."""
    since_ns: int
    """When this level began."""
    observed_at_ns: int | None
    """Last healthy picture."""
    alert_id: int | None
    """One number from information until clear again; None while clear or unavailable."""
    is_acknowledged: bool
    alert_count: int
    """Alerts so far."""
    rising: tuple[int, ...]
    """Pictures in a row that wanted at least information, caution, alarm."""
    wanted_at_ns: int
    """Last time that something wanted the present level."""


def first_alert_state(now_ns: int) -> AlertState:
    """Unavailable until the first healthy picture with a speed."""
    return AlertState(
        level=AlertLevel.UNAVAILABLE,
        reason=UnavailableReason.NO_PICTURE,
        nearest=None,
        since_ns=now_ns,
        observed_at_ns=None,
        alert_id=None,
        is_acknowledged=False,
        alert_count=0,
        rising=(0, 0, 0),
        wanted_at_ns=now_ns,
    )


def next_alert_state(
    state: AlertState,
    sight: TramSight,
    now_ns: int,
    braking: BrakingCurve,
    settings: AlertSettings,
) -> AlertState:
    """The alert after one more picture."""
    raise NotImplementedError
