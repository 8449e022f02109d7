"""Whether a cab camera still hangs and looks as its site file says, read from the rails meanwhile.

A camera that was pushed, or a site file that was copied from another tram, makes every distance
wrong without a word. Over straight runs the rails tell the pose (`rail_calibration`); a few
pictures a second are enough, and the search is done in small steps, some with each picture.
"""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from vision.frame import NS_PER_S, Frame
from vision.ground import GroundCamera
from vision.tram.ego_motion import EgoMotion
from vision.tram.rail_calibration import (
    HEIGHT_SIGMA_SHARE,
    NEAR_SHARES,
    LocatedRails,
    RailCalibration,
    RailMean,
    mean_pose,
    rails_near,
)

TAKEN_EVERY_S, SELDOM_EVERY_S = 0.15, 2.0  # pictures: until the first verdict, and from then on
PER_LOOK = 10  # pictures of one mean: over 2 s all but the rails has run through
STEP_S = 0.04  # one step of the search each: few pictures a second have more time
MOST_STEPS = 8
LEAST_SPEED_MPS = 2.0  # slower, the street does not run through
MOST_ACCELERATION_MPS2 = 0.6  # beyond, the vehicle noses down or up
KEPT_LOOKS, LEAST_LOOKS = 12, 3
ALIKE_DEG = 0.35  # looks apart by more than that disagree: a bend, braking, a wrong line
ALIKE_SHARE = 0.6  # of the looks, which must agree
TOLD_PITCH_DEG = 0.5  # 14 % of a distance of 40 m; rendered clips with right values: up to 0.25
TOLD_HEIGHT_SHARE = 0.1  # of every distance
WRONG_PITCH_DEG = 1.0  # 29 % at 40 m, a second of way in city traffic: no figure to show a driver
WRONG_HEIGHT_SHARE = 0.2
SIGMAS = 3.0  # by which a difference must stand out
BACK_SHARE = 0.8  # of each limit, below which a word is taken back


class CalibrationVerdict(IntEnum):
    """What the rails say of a calibration, in order of how bad it is."""

    UNKNOWN = 0
    """No straight run yet, or looks that disagree with each other."""
    AGREES = 1
    DIFFERS = 2
    """Distances are doubtful; somebody should calibrate anew."""
    WRONG = 3
    """Distances are void."""


@dataclass(frozen=True, slots=True)
class CalibrationCheck:
    """A calibration beside what the rails say."""

    verdict: CalibrationVerdict = CalibrationVerdict.UNKNOWN
    stated: GroundCamera | None = None
    """In px of the source picture; None before the first look."""
    found: RailCalibration | None = None
    """Likewise; None while nothing can be said."""

    @property
    def pitch_off_deg(self) -> float:
        """By how much the stated pitch is too large; 0 while nothing is known."""
        if self.stated is None or self.found is None:
            return 0.0
        return self.stated.pitch_deg - self.found.camera.pitch_deg

    @property
    def height_off_share(self) -> float:
        """Likewise of the height, as a share of the one found."""
        if self.stated is None or self.found is None:
            return 0.0
        return self.stated.height_m / self.found.camera.height_m - 1

    @property
    def is_doubtful(self) -> bool:
        """Whether somebody must look after the calibration."""
        return self.verdict >= CalibrationVerdict.DIFFERS


def next_calibration_check(
    check: CalibrationCheck, looks: Sequence[LocatedRails], stated: GroundCamera
) -> CalibrationCheck:
    """The check after the newest of these looks; poses in px of the source picture."""
    poses = [look.camera for look in looks]
    pitches = np.array([pose.pitch_deg for pose in poses])
    alike = np.abs(pitches - np.median(pitches)) <= ALIKE_DEG if len(poses) else np.zeros(0)
    if len(poses) < LEAST_LOOKS or alike.mean() < ALIKE_SHARE:
        # what was told stands until other looks agree on something else
        is_told = check.verdict >= CalibrationVerdict.DIFFERS
        return check if is_told else CalibrationCheck(stated=stated)
    found = mean_pose(looks)
    seen = CalibrationCheck(check.verdict, stated, found)
    return CalibrationCheck(_verdict(seen, check.verdict), stated, found)


def _verdict(seen: CalibrationCheck, before: CalibrationVerdict) -> CalibrationVerdict:
    for verdict, pitch_deg, height_share in (
        (CalibrationVerdict.WRONG, WRONG_PITCH_DEG, WRONG_HEIGHT_SHARE),
        (CalibrationVerdict.DIFFERS, TOLD_PITCH_DEG, TOLD_HEIGHT_SHARE),
    ):
        share = BACK_SHARE if before >= verdict else 1.0
        if _is_beyond(seen, pitch_deg * share, height_share * share):
            return verdict
    return CalibrationVerdict.AGREES


def _is_beyond(seen: CalibrationCheck, pitch_deg: float, height_share: float) -> bool:
    assert seen.found is not None  # noqa: S101 - asked only with a pose
    least_deg = max(pitch_deg, SIGMAS * seen.found.pitch_sigma_deg)
    least_share = max(height_share, SIGMAS * HEIGHT_SIGMA_SHARE)
    return abs(seen.pitch_off_deg) > least_deg or abs(seen.height_off_share) > least_share


class CalibrationWatch:
    """Looks at one camera's rails now and then; time enters only with pictures."""

    def __init__(self, gauge_m: float) -> None:
        self._gauge_m = gauge_m
        self._stated: GroundCamera | None = None
        self._mean: RailMean | None = None
        self._search: Generator[None, None, LocatedRails | None] | None = None
        self._looks: list[LocatedRails] = []
        self._taken_ns: int | None = None
        self._seen_ns: int | None = None
        self.check = CalibrationCheck()

    def update(
        self, frame: Frame, camera: GroundCamera, ego: EgoMotion, *, is_covered: bool = False
    ) -> None:
        """Take one healthy picture of `camera`, which is in px of this picture.

        `is_covered` says that something stands or runs on the rails ahead.
        """
        now_ns = frame.timestamp_ns
        elapsed_s = 0.0 if self._seen_ns is None else max(now_ns - self._seen_ns, 0) / NS_PER_S
        self._seen_ns = now_ns
        if self._stated != camera:
            self._begin(camera)
        self._go_on_searching(elapsed_s)
        is_steady = abs(ego.acceleration_mps2) <= MOST_ACCELERATION_MPS2
        if (ego.speed_mps or 0.0) < LEAST_SPEED_MPS:
            self._mean = None  # before and after a stop are two runs
        elif is_steady and not is_covered and self._is_due(now_ns):
            self._take(frame, camera)

    def _begin(self, camera: GroundCamera) -> None:
        """Of another picture size all begins anew; what was told of the camera stands."""
        self._stated, self._mean, self._search, self._looks = camera, None, None, []

    def _is_due(self, now_ns: int) -> bool:
        is_settled = len(self._looks) >= LEAST_LOOKS
        every_s = SELDOM_EVERY_S if is_settled and self._mean is None else TAKEN_EVERY_S
        if self._taken_ns is None or now_ns < self._taken_ns:
            return True
        return now_ns - self._taken_ns >= every_s * NS_PER_S * 0.99

    def _take(self, frame: Frame, camera: GroundCamera) -> None:
        self._taken_ns = frame.timestamp_ns
        self._mean = self._mean or RailMean(camera, frame.size_px, NEAR_SHARES)
        self._mean.add(frame.image)
        if self._mean.count >= PER_LOOK and self._search is None:
            self._search = rails_near(self._mean, self._gauge_m)
            self._mean = None

    def _go_on_searching(self, elapsed_s: float) -> None:
        for _ in range(min(max(round(elapsed_s / STEP_S), 1), MOST_STEPS)):
            if self._search is None or self._stated is None:
                return
            try:
                next(self._search)
            except StopIteration as end:
                self._search = None
                if end.value is not None:
                    self._looks = [*self._looks[1 - KEPT_LOOKS :], end.value]
                    self.check = next_calibration_check(self.check, self._looks, self._stated)


def pitch_doubt_deg(check: CalibrationCheck, usual_deg: float) -> float:
    """One standard deviation of the pitch: the usual one, and all of a difference that is told."""
    return math.hypot(usual_deg, check.pitch_off_deg) if check.is_doubtful else usual_deg


def height_doubt_share(check: CalibrationCheck, usual_share: float) -> float:
    """Likewise of the height."""
    return math.hypot(usual_share, check.height_off_share) if check.is_doubtful else usual_share
