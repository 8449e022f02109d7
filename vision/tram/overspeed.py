"""Whether the tram runs faster than the line allows, here or in what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from vision.errors import SettingError
from vision.frame import NS_PER_S
from vision.tram.line_course import LineCourse, LinePlace

MPS_PER_KMH = 1 / 3.6


class Overspeed(IntEnum):
    """What the driver is told about the speed, in order."""

    NONE = 0
    HINT = 1
    """A lower limit comes soon, or the limit is passed by less than the tolerance."""
    CAUTION = 2
    """The limit is passed."""


@dataclass(frozen=True, slots=True)
class SpeedStretch:
    """A part of the line with a limit."""

    from_m: float
    to_m: float
    limit_mps: float

    def __post_init__(self) -> None:
        if not self.from_m < self.to_m:
            raise SettingError(f"a stretch must end after {self.from_m:g} m, got {self.to_m:g}")
        if not self.limit_mps > 0:
            raise SettingError(f"limit_mps must be above 0, got {self.limit_mps}")


@dataclass(frozen=True, slots=True)
class OverspeedSettings:
    """The line's limits, and when they are worth a word."""

    stretches: tuple[SpeedStretch, ...] = ()
    start_m: float | None = 0.0
    """Where on the line the first picture is taken; None: only satellites tell the place."""
    course: LineCourse | None = None
    """Needed where satellites tell the place."""
    tolerance_mps: float = 3 * MPS_PER_KMH
    """Above the limit by less than this is a hint, not a caution."""
    release_mps: float = 1 * MPS_PER_KMH
    """By which the speed must fall below the threshold before a word goes."""
    braking_mps2: float = 0.9
    """Of a comfortable service braking."""
    hint_s: float = 4.0
    """A lower limit is announced so long before the braking for it must begin."""
    confirm_s: float = 0.4
    """A speed reading that jumps is no speed."""
    hold_s: float = 1.0
    """A word stands at least so long after its reason has gone."""

    def __post_init__(self) -> None:
        for name in ("tolerance_mps", "release_mps", "hint_s", "confirm_s", "hold_s"):
            if getattr(self, name) < 0:
                raise SettingError(f"{name} must not be below 0, got {getattr(self, name)}")
        if not self.braking_mps2 > 0:
            raise SettingError(f"braking_mps2 must be above 0, got {self.braking_mps2}")


@dataclass(frozen=True, slots=True)
class OverspeedState:
    """What is said about the speed; times are those of the pictures."""

    level: Overspeed = Overspeed.NONE
    limit_mps: float | None = None
    """Here; None where no limit is known."""
    next_limit_mps: float | None = None
    """A lower one that is announced."""
    next_limit_in_m: float | None = None
    wanted_since_ns: int | None = None
    """Since when more than the present level has been wanted."""
    reason_at_ns: int = 0
    """Last time that something wanted the present level."""


@dataclass(frozen=True, slots=True)
class LimitAhead:
    """A lower limit than that of here."""

    limit_mps: float
    in_m: float
    """At the earliest, by what is not known about the place."""


@dataclass(frozen=True, slots=True)
class LimitSight:
    """The limits as they are known at a place."""

    strictest_mps: float | None = None
    """Of all that may hold here."""
    loosest_mps: float | None = None
    """Likewise; None as well where there may be no limit."""
    ahead: Sequence[LimitAhead] = field(default_factory=tuple)


def limits_at(stretches: Sequence[SpeedStretch], place: LinePlace) -> LimitSight:
    """What holds at a place that is known to within twice its uncertainty."""
    least_m = place.along_m - 2 * place.sigma_m
    most_m = place.along_m + 2 * place.sigma_m
    here = [each for each in stretches if each.from_m <= most_m and each.to_m >= least_m]
    strictest = min((each.limit_mps for each in here), default=None)
    is_limited = _cover(here, least_m, most_m)
    loosest = max((each.limit_mps for each in here), default=None) if is_limited else None
    ahead = tuple(
        LimitAhead(each.limit_mps, each.from_m - most_m)
        for each in stretches
        if each.from_m > most_m and (strictest is None or each.limit_mps < strictest)
    )
    return LimitSight(strictest, loosest, ahead)


def _cover(stretches: Sequence[SpeedStretch], from_m: float, to_m: float) -> bool:
    """Whether every place from one to the other lies in some stretch."""
    for each in sorted(stretches, key=lambda one: one.from_m):
        if each.from_m > from_m:
            return False
        from_m = max(from_m, each.to_m)
    return from_m >= to_m


def next_overspeed_state(
    state: OverspeedState,
    speed_mps: float | None,
    place: LinePlace | None,
    now_ns: int,
    settings: OverspeedSettings,
) -> OverspeedState:
    """The word on the speed after one more reading; nothing is said without speed or place."""
    if speed_mps is None or place is None or not settings.stretches:
        return OverspeedState()
    sight = limits_at(settings.stretches, place)
    announced = _announced(sight, speed_mps, settings)
    wanted = _wanted(sight, announced, speed_mps, settings, 0.0)
    held = _wanted(sight, announced, speed_mps, settings, settings.release_mps)
    moved = replace(
        state,
        limit_mps=sight.strictest_mps,
        next_limit_mps=announced.limit_mps if announced else None,
        next_limit_in_m=max(announced.in_m, 0.0) if announced else None,
    )
    if wanted > state.level:
        since_ns = now_ns if state.wanted_since_ns is None else state.wanted_since_ns
        if now_ns - since_ns < settings.confirm_s * NS_PER_S:
            return replace(moved, wanted_since_ns=since_ns, reason_at_ns=now_ns)
        return replace(moved, level=wanted, wanted_since_ns=None, reason_at_ns=now_ns)
    if held >= state.level:
        return replace(moved, wanted_since_ns=None, reason_at_ns=now_ns)
    if now_ns - state.reason_at_ns < settings.hold_s * NS_PER_S:
        return replace(moved, wanted_since_ns=None)
    return replace(moved, level=held, wanted_since_ns=None, reason_at_ns=now_ns)


def _announced(
    sight: LimitSight, speed_mps: float, settings: OverspeedSettings
) -> LimitAhead | None:
    """The lower limit ahead for which braking must begin first, where that is soon."""

    def spare_m(ahead: LimitAhead) -> float:
        excess = max(speed_mps**2 - ahead.limit_mps**2, 0.0)
        return ahead.in_m - excess / (2 * settings.braking_mps2)

    slower = [each for each in sight.ahead if each.limit_mps < speed_mps]
    first = min(slower, key=spare_m, default=None)
    if first is None or spare_m(first) > settings.hint_s * speed_mps:
        return None
    return first


def _wanted(
    sight: LimitSight,
    announced: LimitAhead | None,
    speed_mps: float,
    settings: OverspeedSettings,
    slack_mps: float,
) -> Overspeed:
    """By this moment alone; doubt about the place softens a caution to a hint."""
    speed_mps = abs(speed_mps) + slack_mps
    if sight.loosest_mps is not None and speed_mps > sight.loosest_mps + settings.tolerance_mps:
        return Overspeed.CAUTION
    is_over = sight.strictest_mps is not None and speed_mps > sight.strictest_mps
    return Overspeed.HINT if is_over or announced is not None else Overspeed.NONE
