"""The own speed from the picture: how fast the ground between and beside the rails comes nearer.

The ground is seen from above on a small grid. What does not move with the ground, rails, shadows
of the tram and the bonnet, is what stays over many pictures: it is taken away. What remains is
shifted along the track until it fits a picture a moment ago; the shift over the time is the speed.

A car beside the rails, or somebody who steps onto them, moves otherwise than the ground and has
more contrast than it. That fills one part of the grid, and each part has one vote on every shift.
"""

from dataclasses import dataclass, field, replace
from itertools import pairwise

import cv2
import numpy as np

from vision.arrays import BoolArray, FloatArray, ImageArray
from vision.frame import NS_PER_S, Frame
from vision.ground import GroundCamera, ground_to_image

NEAR_M, FAR_M, HALF_WIDTH_M = 4.0, 18.0, 2.4  # beyond, a metre is too few rows of the picture
PART_SIDES_M = (-HALF_WIDTH_M, -0.8, 0.8, HALF_WIDTH_M)  # between the rails, and on either side
LEAST_PARTS, LEAST_PART_CELLS = 2, 100  # that are seen, and of one of them
CELL_M = 0.08
FINE_CELLS, COARSE_CELLS = 1.0, 6.0  # what is between these sizes is looked at
EVEN_CELLS, LEAST_GREY = 8.0, 2.0  # contrast is made even over this, down to a sensor's noise
LAG_S = 0.2  # between the two pictures: less is too small a shift, more a worse likeness
LONGEST_GAP_S = 1.0
STAYS_S = 1.2  # over which what does not move is averaged
TOP_SPEED_MPS = 22.0
START_MPS = 2.0  # a slower tram is only followed: what stays looks much like what creeps
LEAST_LIKENESS = 0.35
RIVAL_CELLS, LEAST_LEAD = 4, 0.08  # another shift that fits nearly as well makes both void
LEAST_CELLS = 400
CALM_TEXTURE = 0.002  # mean difference of two pictures of a camera that hangs; noise makes more
STILL_LIKENESS = 0.985  # of two pictures in a row, what stays left in; 0.982 was the most in motion
JERK = 1.0  # m/s² per square root of a second: by which a tram's acceleration wanders
FIRST_ACCELERATION_MPS2 = 1.5
LOOK_SIGMA_MPS, LOOK_SIGMA_SHARE = 0.2, 0.06  # of one look; rendered clips: 4 to 8 %
GATE_SIGMAS = 4.0
SURE_SIGMA_SHARE, SURE_SIGMA_MPS = 0.12, 0.6
MOST_CHANGE_MPS2 = 3.0  # of the speed of a tram that brakes as hard as it can
LEAST_PICTURES = 4  # before what stays can be told from what moves
LEAST_LOOKS, MOST_LOOKS = 2, 4  # in a row that fit: before a speed is told; that are counted


class GroundView:
    """The ground right ahead of one camera, seen from above."""

    def __init__(self, camera: GroundCamera, size_px: tuple[int, int]) -> None:
        forward_m = np.arange(NEAR_M, FAR_M, CELL_M)
        lateral_m = np.arange(-HALF_WIDTH_M, HALF_WIDTH_M, CELL_M)
        grid = np.stack(np.meshgrid(forward_m, lateral_m, indexing="ij"), axis=-1)
        places = ground_to_image(camera, grid.reshape(-1, 2)).reshape(*grid.shape)
        inside = (places >= 1) & (places <= np.array(size_px) - 2)
        self.is_seen: BoolArray = np.asarray(inside.all(axis=2))
        self.parts = _parts_of(self.is_seen)
        places = np.where(self.is_seen[..., None], places, -1e4).astype(np.float32)
        self._maps = cv2.convertMaps(places[..., 0], places[..., 1], cv2.CV_16SC2)

    def texture(self, image: ImageArray) -> FloatArray:
        """(R, C) of one picture: what is neither noise nor light, of even contrast."""
        grey = cv2.cvtColor(cv2.remap(image, *self._maps, cv2.INTER_LINEAR), cv2.COLOR_BGR2GRAY)
        fine = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), FINE_CELLS)
        fine -= cv2.GaussianBlur(fine, (0, 0), COARSE_CELLS)
        contrast = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), EVEN_CELLS)) + LEAST_GREY
        texture: FloatArray = fine / contrast
        return texture


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
    mean: FloatArray = field(default_factory=lambda: np.zeros(2))
    """(2,) speed in m/s and acceleration in m/s²."""
    covariance: FloatArray = field(
        default_factory=lambda: np.diag([TOP_SPEED_MPS**2, FIRST_ACCELERATION_MPS2**2])
    )
    """(2, 2) of the mean."""
    looks: int = 0
    """In a row that fitted."""
    since_ns: int = 0
    """When the first of them was taken."""
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

    @property
    def is_followed(self) -> bool:
        """Whether looks that share no picture fit each other."""
        is_apart = self.now_ns - self.since_ns >= 0.99 * LAG_S * NS_PER_S
        return self.looks >= LEAST_LOOKS and is_apart


def next_picture_speed(
    speed: PictureSpeed, view: GroundView, image: ImageArray, now_ns: int
) -> PictureSpeed:
    """The speed after one more picture of the size `view` was made for."""
    texture = view.texture(image)
    last = speed.recent[-1] if speed.recent else None
    gap_s = 0.0 if last is None else (now_ns - last.at_ns) / NS_PER_S
    if last is None or speed.stays is None or not 0 < gap_s <= LONGEST_GAP_S:
        return PictureSpeed(recent=(SpeedLook(now_ns, texture),), stays=texture)
    if np.abs(texture - last.texture).mean() < CALM_TEXTURE:
        return replace(speed, speed_mps=None, looks=0)  # the camera hangs: nothing is told
    pictures = speed.pictures + 1
    gain = max(1 / pictures, 1 - float(np.exp(-gap_s / STAYS_S)))
    stays = speed.stays + gain * (texture - speed.stays)
    recent = (*(e for e in speed.recent if now_ns - e.at_ns <= LAG_S * NS_PER_S * 2), last)
    before = min(recent, key=lambda e: abs(now_ns - e.at_ns - LAG_S * NS_PER_S))
    step = np.array([[1.0, gap_s], [0.0, 1.0]])
    jerk = JERK**2 * np.array([[gap_s**3 / 3, gap_s**2 / 2], [gap_s**2 / 2, gap_s]])
    moved = replace(
        speed,
        mean=step @ speed.mean,
        covariance=step @ speed.covariance @ step.T + jerk,
        stays=stays,
        pictures=pictures,
        recent=(*_distinct(recent), SpeedLook(now_ns, texture)),
    )
    if _likeness(last.texture, texture, view.is_seen) > STILL_LIKENESS:
        return _taken(moved, 0.0, 0.0)
    if pictures < LEAST_PICTURES:
        return moved
    lag_s = (now_ns - before.at_ns) / NS_PER_S
    return _taken(moved, _measured_mps(moved, view, before.texture, texture, lag_s), lag_s)


def _distinct(looks: tuple[SpeedLook, ...]) -> tuple[SpeedLook, ...]:
    return tuple({each.at_ns: each for each in looks}.values())


def _measured_mps(
    speed: PictureSpeed, view: GroundView, before: FloatArray, after: FloatArray, lag_s: float
) -> float | None:
    """The speed by two pictures; None where they do not fit."""
    assert speed.stays is not None  # noqa: S101  there since the first picture
    before, after = before - speed.stays, after - speed.stays
    low_mps, high_mps = _possible_mps(speed)
    first = max(int(low_mps * lag_s / CELL_M) - 1, 0)
    last = min(int(high_mps * lag_s / CELL_M) + 2, len(before) - 1)
    likeness = _likeness_by_shift(view, before, after, first, last)
    best = int(np.argmax(likeness))
    is_inside = 0 < best < len(likeness) - 1
    rivals = np.delete(likeness, slice(max(best - RIVAL_CELLS, 0), best + RIVAL_CELLS + 1))
    if likeness[best] < max(LEAST_LIKENESS, rivals.max(initial=-1.0) + LEAST_LEAD):
        return None
    if not is_inside:
        return None
    left, middle, right = likeness[best - 1 : best + 2]
    bend = left - 2 * middle + right
    part = 0.5 * (left - right) / bend if bend < 0 else 0.0
    return float((first + best + part) * CELL_M / lag_s)


def _possible_mps(speed: PictureSpeed) -> tuple[float, float]:
    """The least and the greatest speed that the next look may tell."""
    if speed.is_followed:
        reach_mps = GATE_SIGMAS * float(np.sqrt(speed.covariance[0, 0])) + LOOK_SIGMA_MPS
        mean_mps = float(speed.mean[0])
        return max(mean_mps - reach_mps, 0.0), min(mean_mps + reach_mps, TOP_SPEED_MPS)
    if speed.told is None:
        return START_MPS, TOP_SPEED_MPS
    # sleepers look alike: a shift by one more of them must not make another speed of the last one
    told_ns, told_mps = speed.told
    since_s = (speed.now_ns - told_ns) / NS_PER_S
    reach_mps = SURE_SIGMA_MPS + SURE_SIGMA_SHARE * told_mps + MOST_CHANGE_MPS2 * since_s
    most_mps = max(told_mps + reach_mps, 2 * START_MPS)
    return max(told_mps - reach_mps, START_MPS), min(most_mps, TOP_SPEED_MPS)


def _parts_of(is_seen: BoolArray) -> tuple[tuple[slice, slice], ...]:
    """Rows and columns of the parts of a grid: near and far ones, as high in the picture."""
    parts = []
    for sides_m in pairwise(PART_SIDES_M):
        columns = slice(*(round((side_m + HALF_WIDTH_M) / CELL_M) for side_m in sides_m))
        rows = np.flatnonzero(is_seen[:, columns].all(axis=1))
        if len(rows):
            first, last = int(rows[0]), int(rows[-1]) + 1
            from_m, to_m = (NEAR_M + row * CELL_M for row in (first, last))
            middle = first + round((2 / (1 / from_m + 1 / to_m) - from_m) / CELL_M)
            parts += [(slice(first, middle), columns), (slice(middle, last), columns)]
    return tuple(parts)


def _likeness_by_shift(
    view: GroundView, before: FloatArray, after: FloatArray, first: int, last: int
) -> FloatArray:
    """(K,) for shifts of `first` to `last` cells: how alike the parts are, in the mean.

    -1 where too few are seen. A part that is unlike says nothing against a shift: something else
    moves there.
    """
    votes = []
    for rows, columns in view.parts:
        to_row = min(rows.stop, len(after) - last)
        now = np.ascontiguousarray(after[rows.start : to_row, columns])
        if now.size >= LEAST_PART_CELLS:
            then = np.ascontiguousarray(before[rows.start + first : to_row + last, columns])
            votes.append(cv2.matchTemplate(then, now, cv2.TM_CCOEFF_NORMED)[:, 0])
    if len(votes) < LEAST_PARTS:
        return np.full(last - first + 1, -1.0)
    mean: FloatArray = np.maximum(votes, 0).mean(axis=0)
    return mean


def _likeness(first: FloatArray, second: FloatArray, seen: BoolArray) -> float:
    """Correlation of two textures where both are seen, -1 where that is too little."""
    if np.count_nonzero(seen) < LEAST_CELLS:
        return -1.0
    one, other = first[seen], second[seen]
    one, other = one - one.mean(), other - other.mean()
    return float(one @ other / np.sqrt((one @ one) * (other @ other) + 1e-9))


def _taken(speed: PictureSpeed, measured_mps: float | None, lag_s: float) -> PictureSpeed:
    """The filter's step; the speed that was measured is that of the middle of the lag."""
    if measured_mps is None:
        return _told(replace(speed, looks=max(speed.looks - 1, 0)))
    row = np.array([1.0, -lag_s / 2])
    look_variance = (LOOK_SIGMA_MPS + LOOK_SIGMA_SHARE * measured_mps) ** 2
    off_mps = measured_mps - float(row @ speed.mean)
    variance = float(row @ speed.covariance @ row) + look_variance
    is_off = off_mps**2 > GATE_SIGMAS**2 * variance
    if measured_mps == 0 and (is_off or not speed.looks):
        # dirt on the lens stands still as well: only a tram that has come to rest stands
        return _told(replace(speed, looks=max(speed.looks - 1, 0)))
    if speed.looks and is_off:
        if speed.looks > 1:
            return _told(replace(speed, looks=speed.looks - 1))
        return replace(
            speed,
            speed_mps=None,
            mean=np.array([measured_mps, 0.0]),
            covariance=np.diag([look_variance, FIRST_ACCELERATION_MPS2**2]),
            looks=1,
            since_ns=speed.now_ns,
        )
    gain = speed.covariance @ row / variance
    return _told(
        replace(
            speed,
            mean=speed.mean + gain * off_mps,
            covariance=speed.covariance - np.outer(gain, row @ speed.covariance),
            looks=min(speed.looks + 1, MOST_LOOKS),
            since_ns=speed.since_ns if speed.looks else speed.now_ns,
        )
    )


def _told(speed: PictureSpeed) -> PictureSpeed:
    """The speed is told only while it is sure."""
    sigma_mps, mean_mps = float(np.sqrt(speed.covariance[0, 0])), float(speed.mean[0])
    is_sure = speed.is_followed and sigma_mps <= max(SURE_SIGMA_MPS, SURE_SIGMA_SHARE * mean_mps)
    if not is_sure:
        return replace(speed, speed_mps=None)
    now_mps = max(mean_mps, 0.0)
    return replace(speed, speed_mps=now_mps, told=(speed.now_ns, now_mps))


class PictureSpeedometer:
    """Reads the own speed off one camera's pictures."""

    def __init__(self, camera: GroundCamera) -> None:
        """`camera` is calibrated in px of the first picture's size."""
        self._camera = camera
        self._first_px: tuple[int, int] | None = None
        self._view: GroundView | None = None
        self._view_px: tuple[int, int] | None = None
        self._speed = PictureSpeed()

    def update(self, frame: Frame) -> float | None:
        """The own speed in m/s after one more picture; None while it is not sure."""
        size_px = (frame.width_px, frame.height_px)
        self._first_px = self._first_px or size_px
        if self._view is None or size_px != self._view_px:
            scale = size_px[0] / self._first_px[0]
            camera = self._camera if scale == 1 else self._camera.scaled(scale)
            self._view, self._view_px = GroundView(camera, size_px), size_px
            self._speed = PictureSpeed()
        self._speed = next_picture_speed(self._speed, self._view, frame.image, frame.timestamp_ns)
        return self._speed.speed_mps
