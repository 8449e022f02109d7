"""The own speed from the picture: how fast the ground between and beside the rails comes nearer.

The ground is seen from above on a small grid. What does not move with the ground, rails, shadows
of the tram and the bonnet, is what stays over many pictures: it is taken away. What remains is
shifted along the track until it fits pictures a moment ago; the shift over the time is the speed.

A car beside the rails, or somebody who steps onto them, moves otherwise than the ground and has
more contrast than it. That fills one part of the grid, and each part has one vote on every shift.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.frame import NS_PER_S, Frame
from vision.ground import GroundCamera
from vision.tram.cab_view import camera_at
from vision.tram.centre_line import STRAIGHT, CentreLine
from vision.tram.ground_view import CELL_M, COARSE_CELLS, GroundView, likeness
from vision.tram.speed_belief import (
    ACCELERATIONS_MPS2,
    MOST_BRAKING_MPS2,
    SPEEDS_MPS,
    TOP_SPEED_MPS,
    SpeedBelief,
)

LAGS_S = (0.2, 0.4)  # between two pictures: less is too small a shift, more a worse likeness
LAG_PLAY = 0.26  # of a lag, by which it may be missed
LONGEST_GAP_S = 1.0
STAYS_S = 1.2  # over which what does not move is averaged
START_MPS = 2.0  # a slower tram is only followed: what stays looks much like what creeps
CALM_TEXTURE = 0.002  # mean difference of two pictures of a camera that hangs; noise makes more
STILL_S = 0.2  # between two pictures: in a row, many a second, those of a slow tram are alike too
STILL_LIKENESS = 0.985  # of them, what stays left in; 0.982 was the most in motion
STILL_WEIGHT, STILL_MPS = 6.0, 0.2
LIKENESS_WEIGHT = 15.0  # of the square of a likeness, for two pictures that share no time
LEAST_LIKENESS, LIKENESS_S = 0.3, 0.3  # of what the belief says, over a while, for it to be told
ASTRAY_PER_S = 0.02  # of the belief: that all of it is wrong
NEAR_TOLD_MPS, NEAR_TOLD_SHARE = 0.6, 0.12  # by which a told speed may be wrong
LEAST_PICTURES = 4  # before what stays can be told from what moves
LEAST_LOOKS = 2


@dataclass(frozen=True, slots=True, eq=False)
class SpeedLook:
    """One picture's texture and its time."""

    at_ns: int
    texture: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class PictureSpeed:
    """The own speed as the pictures tell it."""

    speed_mps: float | None = None
    """None until it is sure, and when it is not any more."""
    belief: SpeedBelief = field(
        default_factory=lambda: SpeedBelief.between(START_MPS, TOP_SPEED_MPS)
    )
    likeness: float = 0.0
    """Of the ground by the speed that is believed, over the last moments."""
    looks: int = 0
    """Pictures that were compared with earlier ones."""
    recent: tuple[SpeedLook, ...] = ()
    stays: FloatArray | None = None
    """(R, C) what does not move with the ground."""
    pictures: int = 1
    """Behind `stays`."""
    told: tuple[int, float] | None = None
    """When, in ns, and which speed was told last: no tram goes at quite another one soon after."""

    @property
    def now_ns(self) -> int:
        """When the last picture was taken."""
        return self.recent[-1].at_ns


def next_picture_speed(
    speed: PictureSpeed,
    view: GroundView,
    image: ImageArray,
    now_ns: int,
    line: CentreLine = STRAIGHT,
) -> PictureSpeed:
    """The speed after one more picture of the size `view` was made for; `line` is the track's."""
    look = SpeedLook(now_ns, view.texture(image, line))
    last = speed.recent[-1] if speed.recent else None
    gap_s = 0.0 if last is None else (now_ns - last.at_ns) / NS_PER_S
    if last is None or speed.stays is None or not 0 < gap_s <= LONGEST_GAP_S:
        return PictureSpeed(recent=(look,), stays=look.texture)
    if np.abs(look.texture - last.texture).mean() < CALM_TEXTURE:
        return replace(speed, speed_mps=None)  # the camera hangs: nothing is told
    pictures = speed.pictures + 1
    gain = np.float32(max(1 / pictures, 1 - float(np.exp(-gap_s / STAYS_S))))
    span_ns = max(LAGS_S) * (1 + LAG_PLAY) * NS_PER_S
    moved = replace(
        speed,
        belief=speed.belief.moved(gap_s),
        stays=speed.stays + gain * (look.texture - speed.stays),
        pictures=pictures,
        recent=(*(each for each in speed.recent if now_ns - each.at_ns <= span_ns), look),
    )
    before = min(speed.recent, key=lambda each: abs((now_ns - each.at_ns) / NS_PER_S - STILL_S))
    if moved.belief.may_rest and likeness(before.texture, look.texture) > STILL_LIKENESS:
        stands = -min(gap_s / STILL_S, 1.0) * np.minimum(SPEEDS_MPS / STILL_MPS, STILL_WEIGHT)
        return _told(replace(moved, belief=moved.belief.weighed(stands)), gap_s)
    if pictures < LEAST_PICTURES:
        return moved
    return _told(_compared(moved, view, gap_s), gap_s)


def _compared(speed: PictureSpeed, view: GroundView, gap_s: float) -> PictureSpeed:
    """The belief after the last picture was compared with earlier ones."""
    evidence, of_shorter_lag = np.zeros_like(speed.belief.share), None
    for wanted_s in LAGS_S:
        lag_s, found = _likeness_by_speed(speed, view, wanted_s)
        if found is None:
            continue
        of_shorter_lag = found if of_shorter_lag is None else of_shorter_lag
        # what two pictures tell is the speed at the middle of the time between them
        middle = SPEEDS_MPS - ACCELERATIONS_MPS2[:, None] * lag_s / 2
        evidence += min(gap_s / lag_s, 1.0) * np.interp(middle, SPEEDS_MPS, found**2)
    if of_shorter_lag is None:
        return speed
    belief = speed.belief.weighed(LIKENESS_WEIGHT * evidence)
    gain = 1 - float(np.exp(-gap_s / LIKENESS_S))
    now = float(np.interp(belief.mean_mps, SPEEDS_MPS, of_shorter_lag))
    kept = speed.likeness + gain * (now - speed.likeness)
    return replace(speed, belief=belief, likeness=kept, looks=speed.looks + 1)


def _likeness_by_speed(
    speed: PictureSpeed, view: GroundView, wanted_s: float
) -> tuple[float, FloatArray | None]:
    """The time to an earlier picture in seconds, and (V,) how well each speed explains both.

    None where no picture was taken about then, or where too little is seen.
    """
    lags_s = [(speed.now_ns - each.at_ns) / NS_PER_S for each in speed.recent]
    lag_s, before = min(
        zip(lags_s, speed.recent, strict=True), key=lambda each: abs(each[0] - wanted_s)
    )
    if speed.stays is None or abs(lag_s - wanted_s) > LAG_PLAY * wanted_s:
        return lag_s, None
    shifts = int(TOP_SPEED_MPS * lag_s / CELL_M) + 2
    alike = view.likeness_by_shift(
        before.texture - speed.stays, speed.recent[-1].texture - speed.stays, shifts
    )
    if alike is None:
        return lag_s, None
    # dirt on the glass that has not been taken away yet fits as it is: that says nothing
    cells = np.arange(len(alike))
    stayed = alike[0] * np.exp(-0.5 * (cells / COARSE_CELLS) ** 2)
    moves = np.sqrt(np.maximum(alike**2 - stayed**2, 0))
    return lag_s, np.interp(SPEEDS_MPS * lag_s / CELL_M, cells, moves)


def _told(speed: PictureSpeed, gap_s: float) -> PictureSpeed:
    """The speed is told only while it is sure, and belief never quite without another way out."""
    low_mps, high_mps = _possible_mps(speed)
    elsewhere = SpeedBelief.between(max(low_mps, START_MPS), high_mps)
    belief = speed.belief.mixed(elsewhere, ASTRAY_PER_S * gap_s).within(low_mps, high_mps)
    speed = replace(speed, belief=belief)
    speed_mps = belief.sure_mps
    if speed_mps is None or speed.looks < LEAST_LOOKS:
        return replace(speed, speed_mps=None)
    if speed_mps > START_MPS and speed.likeness < LEAST_LIKENESS:
        return replace(speed, speed_mps=None)
    return replace(speed, speed_mps=speed_mps, told=(speed.now_ns, speed_mps))


def _possible_mps(speed: PictureSpeed) -> tuple[float, float]:
    """Between which speeds the tram is, whatever the pictures said since one was told."""
    if speed.told is None:
        return START_MPS, TOP_SPEED_MPS
    told_ns, told_mps = speed.told
    since_s = (speed.now_ns - told_ns) / NS_PER_S
    reach_mps = NEAR_TOLD_MPS + NEAR_TOLD_SHARE * told_mps + MOST_BRAKING_MPS2 * since_s
    return told_mps - reach_mps, max(told_mps + reach_mps, 2 * START_MPS)


class PictureSpeedometer:
    """Reads the own speed off one camera's pictures."""

    def __init__(self, camera: GroundCamera) -> None:
        """`camera` is calibrated in px of the first picture's size."""
        self._camera = camera
        self._first_px: tuple[int, int] | None = None
        self._view: GroundView | None = None
        self._view_px: tuple[int, int] | None = None
        self._speed = PictureSpeed()

    def update(self, frame: Frame, line: CentreLine = STRAIGHT) -> float | None:
        """The own speed in m/s after one more picture; None while it is not sure.

        `line` is the middle of the track as the picture before showed it. Nothing is told from
        pictures of another shape than the first one's.
        """
        size_px = frame.size_px
        if size_px != self._view_px:
            self._first_px = self._first_px or size_px
            camera = camera_at(size_px, self._camera, self._first_px)
            self._view = None if camera is None else GroundView(camera, size_px)
            self._view_px, self._speed = size_px, PictureSpeed()
        if self._view is None:
            return None
        self._speed = next_picture_speed(
            self._speed, self._view, frame.image, frame.timestamp_ns, line
        )
        return self._speed.speed_mps
