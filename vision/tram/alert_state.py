"""The alert on the driver's display: how it rises, holds, falls, and when it must not stand."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from vision.frame import NS_PER_S
from vision.tram.alert_settings import AlertSettings
from vision.tram.braking import BrakingCurve
from vision.tram.obstacle import TRAITS, Obstacle
from vision.tram.urgency import Urgency, one_less, urgency_of

NS_PER_MS = NS_PER_S // 1000
HOUR_NS = 3600 * NS_PER_S
RESUMED_WITHIN_S = 2.0  # an alert that is cut for less goes on


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
    DIRTY_LENS = "dirty_lens"
    NO_TRACK = "no_track"
    CALIBRATION = "calibration"
    """The rails say that the camera hangs or looks otherwise: distances are void."""
    NO_SPEED = "no_speed"
    OVERLOADED = "overloaded"
    NO_MODEL = "no_model"
    """The network is missing or damaged."""
    CLOCK = "clock"
    """Pictures are dated in the future: somebody set the clock."""


@dataclass(frozen=True, slots=True)
class TramSight:
    """What one picture and the tram's speed say."""

    obstacles: tuple[Obstacle, ...]
    ego_speed_mps: float | None
    """The likeliest; at standstill nothing is said."""
    ego_acceleration_mps2: float = 0.0
    """Negative while braking."""
    braking_for_s: float = 0.0
    """How long that has lasted."""
    failed: UnavailableReason | None = None
    """Why this picture says nothing."""
    most_speed_mps: float | None = None
    """The highest that may be, for which braking must suffice; None: the likeliest."""


@dataclass(frozen=True, slots=True)
class CutAlert:
    """An alert that stood when the display became unavailable."""

    alert_id: int
    track_id: int
    """Of the obstacle that it was about."""
    at_ns: int


@dataclass(frozen=True, slots=True)
class AlertState:
    """The display's state; times are those of the pictures."""

    level: AlertLevel
    reason: UnavailableReason | None
    """Set exactly when the level is unavailable."""
    nearest: Obstacle | None
    """The obstacle that the level is about."""
    since_ns: int
    """When this level began."""
    observed_at_ns: int | None
    """Last healthy picture."""
    alert_id: int | None
    """One number from information until clear again; None while clear or unavailable. It comes
    back when the same obstacle is told of again soon after being unavailable. Of one camera no two
    alerts share it, whenever they were: numbers go on from the moment, in ms, at which the watching
    began."""
    is_acknowledged: bool
    """The driver has confirmed this alert at this level or a higher one."""
    last_alert_id: int
    """Of the newest alert; before the first, the number after which they begin."""
    rising: tuple[int, int, int]
    """Pictures in a row that wanted at least information, caution, alarm."""
    wanted_at_ns: int
    """Last time that something wanted the present level."""
    rising_since_ns: tuple[int, int, int] = (0, 0, 0)
    """First of those pictures in a row, for each."""
    is_escalated: bool = False
    """A caution or alarm has stood for long, and the driver has not acknowledged it."""
    cautions_at_ns: tuple[int, ...] = ()
    """When the cautions of the last hour began."""
    cut: CutAlert | None = None
    """The last alert, where being unavailable has cut it."""


def first_alert_state(now_ns: int, earlier: AlertState | None = None) -> AlertState:
    """Unavailable until the first healthy picture with a speed.

    Numbers of alerts go on after those of the `earlier` state of the same run of the service, and
    after those of every run that began before. Its cautions count for the hour, too.
    """
    last_alert_id = 0 if earlier is None else earlier.last_alert_id
    return AlertState(
        level=AlertLevel.UNAVAILABLE,
        reason=UnavailableReason.NO_PICTURE,
        nearest=None,
        since_ns=now_ns,
        observed_at_ns=None,
        alert_id=None,
        is_acknowledged=False,
        last_alert_id=max(last_alert_id, now_ns // NS_PER_MS),
        rising=(0, 0, 0),
        wanted_at_ns=now_ns,
        cautions_at_ns=() if earlier is None else earlier.cautions_at_ns,
    )


def next_alert_state(
    state: AlertState,
    sight: TramSight,
    now_ns: int,
    braking: BrakingCurve,
    settings: AlertSettings,
) -> AlertState:
    """The alert after one more picture."""
    if sight.failed is not None:
        return _unavailable(state, sight.failed, now_ns)
    speed_mps = sight.ego_speed_mps
    if speed_mps is None:
        return _unavailable(state, UnavailableReason.NO_SPEED, now_ns)

    most_speed_mps = speed_mps if sight.most_speed_mps is None else sight.most_speed_mps

    def urgency(obstacle: Obstacle, slack: float) -> Urgency:
        ceiling = _ceiling(speed_mps, sight, obstacle, settings)
        level = urgency_of(obstacle, most_speed_mps, braking, settings, slack)
        return min(one_less(level) if obstacle.is_on_branch else level, ceiling)

    wanted_by, wanted = _most_urgent(sight.obstacles, lambda one: urgency(one, 1.0))
    held_by, held = _most_urgent(sight.obstacles, lambda one: urgency(one, settings.release_factor))
    rising = _rising(state.rising, wanted)
    rising_since_ns = _rising_since_ns(state, rising, now_ns)
    present = _urgency(state.level)
    confirmed = _confirmed(state, rising, rising_since_ns, wanted_by, now_ns, settings)
    level = max(_within_budget(confirmed, state, now_ns, settings), min(present, held))
    wanted_at_ns = now_ns
    if level < present and now_ns - state.wanted_at_ns < settings.hold_s * NS_PER_S:
        level, wanted_at_ns = present, state.wanted_at_ns
    about = wanted_by if level <= wanted else held_by if level <= held else _same(state, sight)
    moved = replace(
        state,
        nearest=about if level > Urgency.CLEAR else None,
        observed_at_ns=now_ns,
        rising=rising,
        rising_since_ns=rising_since_ns,
        wanted_at_ns=wanted_at_ns,
    )
    return _escalated(_at_level(moved, AlertLevel[level.name], now_ns), now_ns, settings)


def acknowledged(state: AlertState) -> AlertState:
    """The same alert after the driver has confirmed it; a rise in level voids that."""
    if state.alert_id is None:
        return state
    return replace(state, is_acknowledged=True, is_escalated=False)


def _ceiling(
    speed_mps: float, sight: TramSight, obstacle: Obstacle, settings: AlertSettings
) -> Urgency:
    """The most that is said of an obstacle at this moment, wherever it stands.

    Who brakes hard needs no alarm for what he brakes for; but nobody began to brake for
    something that came into view at that moment or later.
    """
    if abs(speed_mps) < settings.standstill_mps:
        return Urgency.INFORMATION
    brakes_hard = sight.ego_acceleration_mps2 <= -settings.hard_braking_mps2
    known_before_s = obstacle.seen_for_s - sight.braking_for_s
    if brakes_hard and not known_before_s < settings.driver_sees_after_s:
        return Urgency.CAUTION
    return Urgency.ALARM


def _most_urgent(
    obstacles: tuple[Obstacle, ...], urgency: Callable[[Obstacle], Urgency]
) -> tuple[Obstacle | None, Urgency]:
    """The most urgent obstacle, the nearest of several, and its urgency; None when all is clear."""
    ranked = [(urgency(one), one) for one in obstacles]
    most = max((level for level, _ in ranked), default=Urgency.CLEAR)
    if most is Urgency.CLEAR:
        return None, most
    return min((one for level, one in ranked if level is most), key=_distance_m), most


def _same(state: AlertState, sight: TramSight) -> Obstacle | None:
    """The obstacle that the level was about, as the newest picture shows it if it does."""
    if state.nearest is None:
        return None
    track_id = state.nearest.track_id
    return next((one for one in sight.obstacles if one.track_id == track_id), state.nearest)


def _distance_m(obstacle: Obstacle) -> float:
    return obstacle.distance_m


def _rising(counts: tuple[int, int, int], wanted: Urgency) -> tuple[int, int, int]:
    information, caution, alarm = counts
    return (
        information + 1 if wanted >= Urgency.INFORMATION else 0,
        caution + 1 if wanted >= Urgency.CAUTION else 0,
        alarm + 1 if wanted >= Urgency.ALARM else 0,
    )


def _rising_since_ns(
    state: AlertState, rising: tuple[int, int, int], now_ns: int
) -> tuple[int, int, int]:
    information, caution, alarm = (
        since_ns if count > 1 else now_ns
        for count, since_ns in zip(rising, state.rising_since_ns, strict=True)
    )
    return information, caution, alarm


def _confirmed(
    state: AlertState,
    rising: tuple[int, int, int],
    rising_since_ns: tuple[int, int, int],
    wanted_by: Obstacle | None,
    now_ns: int,
    settings: AlertSettings,
) -> Urgency:
    """The highest level that was wanted often enough in a row, or over a long enough time."""
    is_sure = wanted_by is not None and wanted_by.confidence >= settings.high_confidence
    needed = settings.confident_confirm_frames if is_sure else settings.confirm_frames
    if wanted_by is not None and _is_enough_alone(state, wanted_by, now_ns, settings):
        needed = 1
    long_ns = settings.confirm_s * NS_PER_S
    return Urgency(
        sum(
            count >= needed or (count >= 2 and now_ns - since_ns >= long_ns)
            for count, since_ns in zip(rising, rising_since_ns, strict=True)
        )
    )


def _is_enough_alone(
    state: AlertState, obstacle: Obstacle, now_ns: int, settings: AlertSettings
) -> bool:
    """Whether a picture confirms by itself: few come, and earlier ones showed the obstacle too.

    That a vehicle will come needs another picture: boxes slide along rows of parked ones.
    """
    observed_at_ns, long_ns = state.observed_at_ns, settings.confirm_s * NS_PER_S
    if observed_at_ns is None or now_ns - observed_at_ns < long_ns:
        return False
    is_known = obstacle.seen_for_s >= settings.confirm_s
    return is_known and (obstacle.in_envelope or not TRAITS[obstacle.kind].is_large)


def _within_budget(
    level: Urgency, state: AlertState, now_ns: int, settings: AlertSettings
) -> Urgency:
    """The level, or information for a new caution once there were too many in the last hour."""
    is_new = _urgency(state.level) < Urgency.CAUTION
    if level is Urgency.CAUTION and is_new:
        recent = _last_hour(state.cautions_at_ns, now_ns)
        if len(recent) >= settings.cautions_per_hour:
            return Urgency.INFORMATION
    return level


def _last_hour(times_ns: tuple[int, ...], now_ns: int) -> tuple[int, ...]:
    return tuple(each for each in times_ns if now_ns - each < HOUR_NS)


def _escalated(state: AlertState, now_ns: int, settings: AlertSettings) -> AlertState:
    """The state, given more weight where a warning has stood for long unacknowledged."""
    is_warning = state.level in (AlertLevel.CAUTION, AlertLevel.ALARM)
    is_old = now_ns - state.since_ns >= settings.escalate_s * NS_PER_S
    is_escalated = is_warning and not state.is_acknowledged and (is_old or state.is_escalated)
    if is_escalated == state.is_escalated:
        return state
    return replace(state, is_escalated=is_escalated)


def _urgency(level: AlertLevel) -> Urgency:
    return Urgency.CLEAR if level is AlertLevel.UNAVAILABLE else Urgency[level.name]


def _at_level(state: AlertState, level: AlertLevel, now_ns: int) -> AlertState:
    if level is state.level:
        return state
    alert_id, newest_id = _alert_ids(state, level, now_ns)
    is_rise = _urgency(level) > _urgency(state.level)
    cautions_at_ns = state.cautions_at_ns
    if level is AlertLevel.CAUTION and is_rise:
        cautions_at_ns = (*_last_hour(cautions_at_ns, now_ns), now_ns)
    return replace(
        state,
        cautions_at_ns=cautions_at_ns,
        level=level,
        reason=None,
        since_ns=now_ns,
        alert_id=alert_id,
        cut=state.cut if alert_id is None else None,
        is_acknowledged=state.is_acknowledged and not is_rise and level is not AlertLevel.CLEAR,
        last_alert_id=newest_id,
    )


def _alert_ids(state: AlertState, level: AlertLevel, now_ns: int) -> tuple[int | None, int]:
    """The alert's number at this level, None at clear, and that of the newest alert."""
    if level is AlertLevel.CLEAR:
        return None, state.last_alert_id
    if state.alert_id is not None:
        return state.alert_id, state.last_alert_id
    cut = state.cut
    if (
        cut is not None
        and state.nearest is not None
        and cut.track_id == state.nearest.track_id
        and now_ns - cut.at_ns <= RESUMED_WITHIN_S * NS_PER_S
    ):
        return cut.alert_id, state.last_alert_id
    return state.last_alert_id + 1, state.last_alert_id + 1


def _unavailable(state: AlertState, reason: UnavailableReason, now_ns: int) -> AlertState:
    is_same = (state.level, state.reason) == (AlertLevel.UNAVAILABLE, reason)
    cut = state.cut
    if state.alert_id is not None and state.nearest is not None:
        cut = CutAlert(state.alert_id, state.nearest.track_id, now_ns)
    return replace(
        state,
        cut=cut,
        level=AlertLevel.UNAVAILABLE,
        reason=reason,
        nearest=None,
        since_ns=state.since_ns if is_same else now_ns,
        alert_id=None,
        is_acknowledged=False,
        rising=(0, 0, 0),
        wanted_at_ns=now_ns,
        is_escalated=False,
    )
