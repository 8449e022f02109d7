"""Where a cab camera hangs and looks, read from the rails of a straight run.

The camera is fixed to the vehicle, so on straight track the own rails keep their place in every
picture, while everything else runs through it: the mean of many pictures shows hardly more than
them. Two straight lines that meet far ahead give the pitch and the yaw by their meeting point,
and the height by the gauge between them.
"""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray, IntArray
from vision.ground import GroundCamera
from vision.tram.rail_fit import RAIL_HEAD_M

Found = TypeVar("Found")

WIDTH_PX = 640  # pictures are brought to this width
RIDGE_M = 0.1  # from the middle of a rail head to the ground beside it
USUAL_HEIGHT_M = 2.4
HEIGHTS_M = (1.5, 4.5)
MOST_ASIDE_M = 0.7  # of the lens from the middle of the track
HEIGHT_RANGE = 1.5  # most factor between the true height and a guessed one
FAR_M, NEAR_M = 30.0, 3.0  # of the rails that are looked at: beyond, they hardly show
CLEAREST_SHARE = 0.99  # of a row's places: two rails a few px wide
LEAST_CLEAR = 0.15  # of the mean of ridges that may reach 2; less is noise
MOST_CLEAR = 1.5
SLOPES: FloatArray = np.arange(-2.2, 2.2001, 0.02)
FINE_SLOPES: FloatArray = np.arange(-0.03, 0.0301, 0.002)
LEAST_SCORE = 0.45  # mean of the weaker rail
GROOVE_M = 0.04  # wide
HEIGHT_SIGMA_SHARE = 0.03  # head or groove, new or worn gauge
FITS, FIT_REACH_M, LEAST_ROWS = 4, 0.12, 12
SEARCH_SHARES = (0.22, 0.3)  # of the picture's width and height, to either side of the guess
NEAR_SHARES = (0.02, 0.08)  # likewise about a stated pose: 1° of yaw and 2.5° of pitch
SPARE_ROWS = 20  # above the farthest ground that is searched: blur, and the search's finer steps


@dataclass(frozen=True, slots=True)
class RailCalibration:
    """The pose that explains the rails, and how far it may be off."""

    camera: GroundCamera
    """In px of the source picture."""
    pitch_sigma_deg: float
    yaw_sigma_deg: float
    height_sigma_m: float
    lateral_sigma_m: float
    score: float
    """How clearly the fainter rail stands out, about 1 at the best."""
    parts: int
    """Stretches of the clip that agree on it."""


@dataclass(frozen=True, slots=True)
class LocatedRails:
    """The pose that one mean of pictures tells, in px of the source picture."""

    camera: GroundCamera
    score: float


class RailMean:
    """The mean of the ridges of many pictures of one camera."""

    def __init__(
        self,
        guess: GroundCamera,
        size_px: tuple[int, int],
        shares: tuple[float, float] = SEARCH_SHARES,
    ) -> None:
        """For a search so far about the guess; what lies above its ground stays empty."""
        self.scale = WIDTH_PX / size_px[0]
        self.size_px = (WIDTH_PX, round(size_px[1] * self.scale))
        self.source_px = size_px
        self.guess = guess.scaled(self.scale)
        highest = self.guess.horizon_px - shares[1] * self.size_px[1]
        first = min(_far_row(highest, self.guess), self.size_px[1]) - SPARE_ROWS
        self._first_row = int(max(first, 0))
        rows = np.arange(self._first_row, self.size_px[1])
        below = np.maximum(rows - self.guess.horizon_px, 1.0)
        reach_px = np.clip(RIDGE_M * below / self.guess.height_m, 1.5, 24)
        across, down = np.meshgrid(np.arange(WIDTH_PX), np.arange(len(rows)))
        self._sides = [
            ((across + side * reach_px[:, None]).astype(np.float32), down.astype(np.float32))
            for side in (-1, 1)
        ]
        self._sum = np.zeros((len(rows), WIDTH_PX), np.float32)
        self.count = 0

    def add(self, image: ImageArray) -> None:
        """Take one more (H, W, 3) picture."""
        small = cv2.resize(image, self.size_px, interpolation=cv2.INTER_AREA)[self._first_row :]
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
        grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), 0.8))
        left, right = (
            cv2.remap(grey, *side, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for side in self._sides
        )
        # brighter than both sides, or darker than both; in place, for large arrays are dear
        above_left = np.subtract(grey, left, out=left)
        above_right = np.subtract(grey, right, out=right)
        bright = np.minimum(above_left, above_right, out=grey)
        dark = np.maximum(above_left, above_right, out=left)
        ridge = np.maximum(bright, 0, out=grey)
        ridge += np.minimum(dark, 0, out=left)
        usual = 1.5 * np.mean(np.abs(ridge, out=left), axis=1, keepdims=True) + 1.0
        ridge /= usual
        self._sum += np.clip(ridge, -2, 2, out=ridge)
        self.count += 1

    def take(self, other: "RailMean") -> None:
        """Take the pictures of another mean of the same camera."""
        self._sum += other._sum
        self.count += other.count

    def ridges(self) -> FloatArray:
        """(H, W) how far each place stands out of its row in the mean picture.

        1 is the clearest of a row, negative where it is darker than its sides.
        """
        signed = self._sum / max(self.count, 1)
        mean = np.asarray(cv2.blur(np.abs(signed), (1, 5)))
        ordered = np.sort(mean, axis=1)  # several times faster than a median and a percentile
        middle, clearest = (
            ordered[:, round(share * (WIDTH_PX - 1)), None] for share in (0.5, CLEAREST_SHARE)
        )
        out = (mean - middle) / np.maximum(clearest - middle, LEAST_CLEAR)
        ridges = np.zeros(self.size_px[::-1])
        np.copysign(np.clip(out, 0, MOST_CLEAR), signed, out=ridges[self._first_row :])
        return ridges


@dataclass(frozen=True, slots=True)
class _Rails:
    """Two straight lines x = vanishing_x + slope · (y - vanishing_y)."""

    vanishing_px: tuple[float, float]
    slopes: tuple[float, float]
    score: float
    is_dark: bool = False
    """Whether both are darker than what lies beside them."""


def calibrated(
    means: list[RailMean], gauge_m: float, *, is_guess_measured: bool
) -> RailCalibration | None:
    """The pose that all these means of one camera's pictures tell; None where no rails show.

    `is_guess_measured` says that the guess comes from a site file and its height is about right.
    """
    whole = _sum_of(means).ridges()
    guess, scale = means[0].guess, means[0].scale
    wide = _search(whole, guess, gauge_m, SEARCH_SHARES, 4.0, is_guess_measured)
    if wide is None or wide.score < LEAST_SCORE:
        return None
    best = _refined(whole, guess, gauge_m, wide, is_guess_measured)
    parts = [_refined(mean.ridges(), guess, gauge_m, best, is_guess_measured) for mean in means]
    poses = [_camera(part, guess, gauge_m) for part in parts if part.score >= LEAST_SCORE]
    camera = _camera(best, guess, gauge_m)
    if len(poses) < 2:
        poses = [camera, camera]
    return _calibration(camera.scaled(1 / scale), poses, best.score)


def rails_near(mean: RailMean, gauge_m: float) -> Generator[None, None, LocatedRails | None]:
    """Looks for the rails about where the mean's own camera has them; None where none show.

    A step takes a few milliseconds; whoever has little time does one now and then.
    """
    ridges, guess = mean.ridges(), mean.guess
    yield
    found = yield from _searching(ridges, guess, gauge_m, NEAR_SHARES, 4.0, is_measured=True)
    if found is None or found.score < LEAST_SCORE:
        return None
    found = yield from _refining(ridges, guess, gauge_m, found, is_measured=True)
    return LocatedRails(_camera(found, guess, gauge_m).scaled(1 / mean.scale), found.score)


def mean_pose(looks: Sequence[LocatedRails]) -> RailCalibration:
    """What one or more looks say together; a look that went wrong hardly counts."""
    poses, first = [look.camera for look in looks], looks[0].camera
    camera = GroundCamera(
        height_m=float(np.median([pose.height_m for pose in poses])),
        pitch_deg=float(np.median([pose.pitch_deg for pose in poses])),
        focal_px=first.focal_px,
        principal_px=first.principal_px,
        lateral_offset_m=float(np.median([pose.lateral_offset_m for pose in poses])),
        yaw_deg=float(np.median([pose.yaw_deg for pose in poses])),
    )
    return _calibration(camera, poses, float(np.median([look.score for look in looks])))


def _calibration(
    camera: GroundCamera, poses: Sequence[GroundCamera], score: float
) -> RailCalibration:
    """`camera` with the uncertainty that these poses of it leave."""
    return RailCalibration(
        camera=camera,
        pitch_sigma_deg=_sigma([pose.pitch_deg for pose in poses], 0.05),
        yaw_sigma_deg=_sigma([pose.yaw_deg for pose in poses], 0.05),
        height_sigma_m=_sigma(
            [pose.height_m for pose in poses], HEIGHT_SIGMA_SHARE * camera.height_m
        ),
        lateral_sigma_m=_sigma([pose.lateral_offset_m for pose in poses], 0.02),
        score=score,
        parts=len(poses),
    )


def _sum_of(means: list[RailMean]) -> RailMean:
    first = means[0]
    whole = RailMean(first.guess.scaled(1 / first.scale), first.source_px)
    for mean in means:
        whole.take(mean)
    return whole


def disagreements(found: RailCalibration, stated: GroundCamera) -> tuple[str, ...]:
    """What a site file says otherwise than the rails, one sentence each; the same is silent."""
    pairs = (
        ("pitch_deg", found.camera.pitch_deg, stated.pitch_deg, found.pitch_sigma_deg, 0.3, "°"),
        ("yaw_deg", found.camera.yaw_deg, stated.yaw_deg, found.yaw_sigma_deg, 0.5, "°"),
        ("height_m", found.camera.height_m, stated.height_m, found.height_sigma_m, 0.1, " m"),
        (
            "lateral_offset_m",
            found.camera.lateral_offset_m,
            stated.lateral_offset_m,
            found.lateral_sigma_m,
            0.15,
            " m",
        ),
    )
    return tuple(
        f"{name} is {said:g}{unit} in the site file, the rails say {seen:.2f} ± {sigma:.2f}{unit}"
        for name, seen, said, sigma, least, unit in pairs
        if abs(seen - said) > max(least, 3 * sigma)
    )


def _sigma(values: list[float], least: float) -> float:
    """Of their mean, with what is wrong for all of them alike."""
    spread = 1.4826 * float(np.median(np.abs(np.array(values) - np.median(values))))
    return math.hypot(spread / math.sqrt(len(values)), least)


def _refined(
    ridges: FloatArray, guess: GroundCamera, gauge_m: float, near: _Rails, is_measured: bool
) -> _Rails:
    """The best lines about these: on a finer grid, then by where the ridges really are."""
    return _finished(_refining(ridges, guess, gauge_m, near, is_measured=is_measured))


def _refining(
    ridges: FloatArray, guess: GroundCamera, gauge_m: float, near: _Rails, *, is_measured: bool
) -> Generator[None, None, _Rails]:
    """`_refined` in steps."""
    best = near
    for step_px in (2.0, 1.0):
        shares = (4 * step_px / ridges.shape[1], 4 * step_px / ridges.shape[0])
        slopes = np.concatenate([slope + FINE_SLOPES for slope in best.slopes])
        found = yield from _searching(
            ridges,
            guess,
            gauge_m,
            shares,
            step_px,
            is_measured=is_measured,
            about=best.vanishing_px,
            slopes=slopes,
        )
        best = found or best
    for _ in range(FITS):
        best = _fitted(ridges, guess, gauge_m, best) or best
    return best


def _fitted(ridges: FloatArray, guess: GroundCamera, gauge_m: float, near: _Rails) -> _Rails | None:
    """Each line moved to the middle of the ridges along it; None where they do not meet."""
    x, y = near.vanishing_px
    rows = _rows(y, guess, ridges.shape[0])
    px_per_m = (near.slopes[1] - near.slopes[0]) * (rows - y) / (gauge_m + RAIL_HEAD_M)
    reach = np.clip(FIT_REACH_M * px_per_m, 2.0, 30.0)
    lines = [_line(ridges, rows, x + slope * (rows - y), reach) for slope in near.slopes]
    if lines[0] is None or lines[1] is None:
        return None
    (left_at, left_slope, left_sign), (right_at, right_slope, right_sign) = lines[0], lines[1]
    if right_slope - left_slope < 0.1:
        return None
    meet_y = (left_at - right_at) / (right_slope - left_slope)
    slopes = (left_slope, right_slope)
    is_dark = left_sign < 0 and right_sign < 0
    return _Rails((left_at + left_slope * meet_y, meet_y), slopes, near.score, is_dark)


def _line(
    ridges: FloatArray, rows: FloatArray, columns: FloatArray, reach: FloatArray
) -> tuple[float, float, float] | None:
    """Place at row 0, slope and sign of the line through the ridges near these places."""
    offset = np.linspace(-1, 1, 21)
    places = columns[:, None] + reach[:, None] * offset
    inside = ((places >= 1) & (places < ridges.shape[1] - 2)).all(axis=1)
    taken = np.asarray(
        cv2.remap(
            ridges.astype(np.float32),
            places.astype(np.float32),
            np.repeat(rows[:, None], len(offset), axis=1).astype(np.float32),
            cv2.INTER_LINEAR,
        )
    )
    # a rail is bright or dark all along; beside it lies a groove or a shadow of the other kind
    polarity = 1.0 if taken[inside].sum() >= 0 else -1.0
    weight = np.clip(polarity * taken - 0.3, 0, None) ** 2
    total = weight.sum(axis=1)
    shows = inside & (total > 0.05)
    if shows.sum() < LEAST_ROWS:
        return None
    seen_rows = rows[shows]
    seen = (weight * places).sum(axis=1)[shows] / total[shows]
    keep = np.ones(len(seen), np.bool_)
    sharpness = np.sqrt(np.minimum(total[shows], 5.0)) / reach[shows]
    for _ in range(3):
        slope, at = np.polyfit(seen_rows[keep], seen[keep], 1, w=sharpness[keep])
        miss = np.abs(at + slope * seen_rows - seen) / reach[shows]
        keep = miss <= max(2.5 * float(np.median(miss)), 0.1)
        if keep.sum() < LEAST_ROWS:
            return None
    return float(at), float(slope), polarity


def _search(
    ridges: FloatArray,
    guess: GroundCamera,
    gauge_m: float,
    shares: tuple[float, float],
    step_px: float,
    is_measured: bool,
) -> _Rails | None:
    """The best pair of lines whose meeting point lies about the guessed one."""
    return _finished(_searching(ridges, guess, gauge_m, shares, step_px, is_measured=is_measured))


def _finished(steps: Generator[None, None, Found]) -> Found:
    """What a search finds that does all its steps at once."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Found = end.value
            return found


def _searching(
    ridges: FloatArray,
    guess: GroundCamera,
    gauge_m: float,
    shares: tuple[float, float],
    step_px: float,
    *,
    is_measured: bool,
    about: tuple[float, float] | None = None,
    slopes: FloatArray = SLOPES,
) -> Generator[None, None, _Rails | None]:
    """The best pair of lines of these slopes that meet about the given point; a step per row."""
    height_px, width_px = ridges.shape
    if about is None:
        yaw = math.tan(math.radians(guess.yaw_deg))
        about = (guess.principal_px[0] - guess.focal_px * yaw, guess.horizon_px)
    best: _Rails | None = None
    for y in _around(about[1], shares[1] * height_px, step_px):
        rows = _rows(float(y), guess, height_px)
        if len(rows) < 0.2 * height_px:
            continue
        pitch = math.atan((guess.principal_px[1] - y) / guess.focal_px)
        left, right = _pairs(slopes, pitch, guess, gauge_m, is_measured)
        if len(left) == 0:
            continue
        columns = _around(about[0], shares[0] * width_px, step_px)
        profiles = _profiles(ridges, columns, float(y), rows, slopes)
        both = np.minimum(profiles[:, left], profiles[:, right])
        at, pair = np.unravel_index(int(both.argmax()), both.shape)
        if best is None or both[at, pair] > best.score:
            lines = (float(slopes[left[pair]]), float(slopes[right[pair]]))
            best = _Rails((float(columns[at]), float(y)), lines, float(both[at, pair]))
        yield
    return best


def _around(middle: float, reach: float, step: float) -> FloatArray:
    return np.arange(middle - reach, middle + reach + step / 10, step)


def _rows(vanishing_y: float, guess: GroundCamera, height_px: int) -> FloatArray:
    """Rows of the picture in which the ground lies between FAR_M and NEAR_M."""
    near = vanishing_y + guess.focal_px * guess.height_m / NEAR_M
    return np.arange(_far_row(vanishing_y, guess), min(near, height_px - 2), 2.0)


def _far_row(vanishing_y: float, guess: GroundCamera) -> float:
    """The row in which the ground lies at FAR_M."""
    return vanishing_y + guess.focal_px * guess.height_m / FAR_M


def _profiles(
    ridges: FloatArray, x: FloatArray, y: float, rows: FloatArray, slopes: FloatArray
) -> FloatArray:
    """(X, S) mean of the ridges along the line of each slope (S,) through each of (X,) x and y."""
    columns = x[:, None, None] + slopes[:, None] * (rows - y)
    inside = (columns >= 1) & (columns < ridges.shape[1] - 2)
    places = np.rint(columns, out=columns)
    np.clip(places, 0, ridges.shape[1] - 1, out=places)
    places += rows.astype(int) * ridges.shape[1]
    taken = np.abs(ridges.ravel()).take(places.astype(np.intp))
    taken *= inside
    count = inside.sum(axis=2)
    mean: FloatArray = taken.sum(axis=2) / np.maximum(count, 1)
    return np.where(count >= 0.3 * len(rows), mean, 0.0)


def _pairs(
    slopes: FloatArray, pitch: float, guess: GroundCamera, gauge_m: float, is_measured: bool
) -> tuple[IntArray, IntArray]:
    """Rows of the slopes, (P,) left and (P,) right, that can be the two rails of a track."""
    left, right = np.triu_indices(len(slopes), 1)
    apart = slopes[right] - slopes[left]
    left, right, apart = left[apart > 0.1], right[apart > 0.1], apart[apart > 0.1]
    height_m = (gauge_m + RAIL_HEAD_M) * math.cos(pitch) / apart
    aside_m = (slopes[right] + slopes[left]) / 2 * height_m
    low, high = HEIGHTS_M
    if is_measured:
        low, high = guess.height_m / HEIGHT_RANGE, guess.height_m * HEIGHT_RANGE
    fits = (height_m > low) & (height_m < high) & (np.abs(aside_m) < MOST_ASIDE_M)
    return left[fits], right[fits]


def _camera(rails: _Rails, guess: GroundCamera, gauge_m: float) -> GroundCamera:
    """The pose that explains the lines, in px of the mean picture."""
    x, y = rails.vanishing_px
    pitch = math.atan((guess.principal_px[1] - y) / guess.focal_px)
    yaw = math.atan((guess.principal_px[0] - x) / guess.focal_px * math.cos(pitch))
    left, right = rails.slopes
    # in paving, what is dark is the groove inside of each rail head
    apart_m = gauge_m - GROOVE_M if rails.is_dark else gauge_m + RAIL_HEAD_M
    height_m = apart_m * math.cos(pitch) / (right - left)
    aside_m = (left + right) / 2 * height_m / math.cos(pitch)
    return GroundCamera(
        height_m=height_m,
        pitch_deg=math.degrees(pitch),
        focal_px=guess.focal_px,
        principal_px=guess.principal_px,
        lateral_offset_m=-aside_m,
        yaw_deg=math.degrees(yaw),
    )
