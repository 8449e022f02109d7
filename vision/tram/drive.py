"""How the tram itself runs: speed, place on the line, and what is said about the speed."""

from dataclasses import dataclass, field

from vision.frame import NS_PER_S
from vision.tram.ego_motion import mean_speed_mps
from vision.tram.line_course import PLACED_SIGMA_M, LinePlace, next_line_place
from vision.tram.overspeed import OverspeedSettings, OverspeedState, next_overspeed_state

LONGEST_STEP_S = 1.5  # pictures a second apart are one ride; in more a tram stops or starts


@dataclass(frozen=True, slots=True)
class Drive:
    """The own run at one picture."""

    at_ns: int
    speed_mps: float | None = None
    """None when it is not known."""
    speed_age_s: float = 0.0
    """Since its source told it; it has been carried on since then."""
    is_estimated: bool = False
    """Told by the picture, not by the vehicle or satellites."""
    place: LinePlace | None = None
    """On the line, where its limits are known."""
    overspeed: OverspeedState = field(default_factory=OverspeedState)
    driven_m: float = 0.0
    """Since the first picture, but for times without pictures."""
    driven_s: float = 0.0
    """Of it, the time with a known speed."""


def next_drive(
    drive: Drive | None,
    speed_mps: float | None,
    now_ns: int,
    settings: OverspeedSettings,
    *,
    is_estimated: bool = False,
    speed_age_s: float = 0.0,
    position_deg: tuple[float, float] | None = None,
    position_age_s: float = 0.0,
) -> Drive:
    """The run after one more picture; it was at `position_deg` so long before, if that is known.

    What the tram did in a time without pictures is not known: only a position gives the place back.
    """
    measured_m = None
    if settings.course is not None and position_deg is not None:
        measured_m = settings.course.along_m(*position_deg)
    if measured_m is not None:
        measured_m += (speed_mps or 0.0) * position_age_s
    if drive is None:
        place = _first_place(settings, measured_m)
        return Drive(now_ns, speed_mps, speed_age_s, is_estimated, place)
    elapsed_s = max(now_ns - drive.at_ns, 0) / NS_PER_S
    mean_mps = mean_speed_mps(drive.speed_mps, speed_mps)
    step_mps = mean_mps if elapsed_s <= LONGEST_STEP_S else None
    place = next_line_place(drive.place, step_mps, elapsed_s, measured_m)
    return Drive(
        at_ns=now_ns,
        speed_mps=speed_mps,
        speed_age_s=speed_age_s,
        is_estimated=is_estimated and speed_mps is not None,
        place=place,
        overspeed=next_overspeed_state(drive.overspeed, speed_mps, place, now_ns, settings),
        driven_m=drive.driven_m + abs(step_mps or 0.0) * elapsed_s,
        driven_s=drive.driven_s + elapsed_s * (step_mps is not None),
    )


def _first_place(settings: OverspeedSettings, measured_m: float | None) -> LinePlace | None:
    if not settings.stretches:
        return None
    if measured_m is not None:
        return LinePlace(measured_m, PLACED_SIGMA_M)
    return None if settings.start_m is None else LinePlace(settings.start_m, 0.0)
