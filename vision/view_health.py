"""Whether a camera's picture can be trusted: dark, overexposed, blurred, covered or frozen."""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.frame import NS_PER_S, Frame
from vision.stillness import Stillness, is_frozen_view, next_stillness

PICKED_PX = (640, 360)
THUMBNAIL_PX = (320, 180)
CELLS = (16, 9)  # flatness is judged in cells of the thumbnail
FLAT_SIGMA_GREY = 3.0  # standard deviation below which a cell shows nothing
NIGHT_GREY = 24.0  # mean below which a cell is merely dark
DAYLIGHT_GREY = 60.0  # mean of a picture by day
WHITE_GREY = 250


class ViewFault(StrEnum):
    """What is wrong with a view."""

    LOST = "lost"
    FROZEN = "frozen"
    DARK = "dark"
    OVEREXPOSED = "overexposed"
    BLURRED = "blurred"
    COVERED = "covered"
    DIRTY = "dirty"
    """Smears on the lens; found where the camera moves, see `vision.tram.lens`."""
    MOVED = "moved"
    """Told by whoever knows where a camera should look."""


SHOWN_FAULTS = (ViewFault.DARK, ViewFault.OVEREXPOSED, ViewFault.COVERED, ViewFault.BLURRED)
"""Those that a single picture shows, and that only a better one ends."""


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """When a view counts as unusable."""

    confirm_s: float = 2.0
    """A fault is reported once it has lasted this long, over two pictures or more."""
    recover_s: float = 1.0
    """And is over once good pictures have come for this long."""
    frozen_after_s: float = 6.0
    """Identical pictures for this long are no live view; cameras have noise."""
    dark_highlight: float = 45.0
    """Brightest hundredth of the picture, in grey; lamp-lit nights and tunnels have 80 or more."""
    nightfall_s: float = 60.0
    """It does not grow dark faster than this: daylight that goes sooner is covered."""
    release_factor: float = 1.25
    """A picture must be this much better than the thresholds to end a fault."""
    overexposed_share: float = 0.5
    """Share of the picture that has run to white."""
    flat_share: float = 0.72
    """Share of cells without structure in a covered view; 0.65 was the most in a good one."""
    sharpness: float = 0.09
    """Steepest hundredth of grey steps over the contrast; 0.12 was the least in a good view."""


@dataclass(frozen=True, slots=True)
class ViewStatistics:
    """One picture in a few numbers, from a small grey thumbnail."""

    mean_grey: float
    highlight_grey: float
    """Brightest hundredth."""
    white_share: float
    flat_share: float
    """Share of cells without structure."""
    sharpness: float
    """Steepest hundredth of grey steps per px, over those from the darkest to the brightest."""


@dataclass(frozen=True, slots=True)
class ViewHealth:
    """The state of a view after one picture."""

    fault: ViewFault | None
    """What is wrong, once it has lasted."""
    suspected: ViewFault | None
    """What this picture alone looks like."""
    since_ns: int
    """When the present fault, or health, began."""
    statistics: ViewStatistics | None
    """None without a picture."""


def view_statistics(image: ImageArray) -> ViewStatistics:
    """The numbers of one (H, W, 3) picture."""
    return _statistics(_thumbnail(image))


def suspected_fault(
    statistics: ViewStatistics, settings: ViewSettings, strictness: float = 1.0
) -> ViewFault | None:
    """What one picture looks like by itself; `strictness` above 1 asks for a better picture."""
    if statistics.highlight_grey < settings.dark_highlight * strictness:
        return ViewFault.DARK
    if statistics.white_share > settings.overexposed_share / strictness:
        return ViewFault.OVEREXPOSED
    if statistics.flat_share > settings.flat_share / strictness:
        return ViewFault.COVERED
    if statistics.sharpness < settings.sharpness * strictness:
        return ViewFault.BLURRED
    return None


class ViewMonitor:
    """Remembers one camera's pictures just enough to tell a passing flaw from a fault."""

    def __init__(self, settings: ViewSettings | None = None) -> None:
        self._settings = settings or ViewSettings()
        self._stillness: Stillness | None = None
        self._daylight_ns: int | None = None
        self._fault: ViewFault | None = None
        self._since_ns: int | None = None
        self._suspected: ViewFault | None = None
        self._suspected_ns = 0
        self._suspected_pictures = 0

    def update(self, frame: Frame, may_stand_still: bool = False) -> ViewHealth:
        """Take one picture; `may_stand_still` excuses identical pictures."""
        now_ns = frame.timestamp_ns
        thumbnail = _thumbnail(frame.image)
        statistics = _statistics(thumbnail)
        if may_stand_still:
            self._stillness = None
        self._stillness = next_stillness(self._stillness, thumbnail, now_ns)
        is_frozen = is_frozen_view(self._stillness, now_ns, self._settings.frozen_after_s)
        suspected = self._suspect(statistics, now_ns) or (ViewFault.FROZEN if is_frozen else None)
        self._judge(suspected, now_ns)
        return self._health(suspected, now_ns, statistics)

    def lose(self, now_ns: int) -> ViewHealth:
        """No picture comes; known at once, for the stream has waited already."""
        self._stillness = None
        if self._fault is not ViewFault.LOST:
            self._fault, self._since_ns = ViewFault.LOST, now_ns
        self._suspected, self._suspected_pictures = ViewFault.LOST, 0
        return self._health(ViewFault.LOST, now_ns, None)

    def _suspect(self, statistics: ViewStatistics, now_ns: int) -> ViewFault | None:
        suspected = suspected_fault(statistics, self._settings)
        if suspected is None and self._fault in SHOWN_FAULTS:
            remaining = suspected_fault(statistics, self._settings, self._settings.release_factor)
            suspected = self._fault if remaining is not None else None
        if statistics.mean_grey >= DAYLIGHT_GREY:
            self._daylight_ns = now_ns
        if suspected is ViewFault.DARK and self._fault is ViewFault.COVERED:
            return ViewFault.COVERED
        if suspected is ViewFault.DARK and self._daylight_ns is not None:
            is_sudden = now_ns - self._daylight_ns < self._settings.nightfall_s * NS_PER_S
            return ViewFault.COVERED if is_sudden else ViewFault.DARK
        return suspected

    def _judge(self, suspected: ViewFault | None, now_ns: int) -> None:
        if suspected is not self._suspected:
            self._suspected, self._suspected_ns = suspected, now_ns
            self._suspected_pictures = 0
        self._suspected_pictures += 1
        if suspected is self._fault:
            return
        lasts_s = (now_ns - self._suspected_ns) / NS_PER_S
        needed_s = self._settings.confirm_s if suspected else self._settings.recover_s
        if suspected is ViewFault.FROZEN:
            needed_s = 0.0  # it has lasted already
        enough = self._suspected_pictures >= 2 or suspected is ViewFault.FROZEN
        if lasts_s >= needed_s and enough:
            self._fault, self._since_ns = suspected, now_ns

    def _health(
        self, suspected: ViewFault | None, now_ns: int, statistics: ViewStatistics | None
    ) -> ViewHealth:
        if self._since_ns is None:
            self._since_ns = now_ns
        return ViewHealth(self._fault, suspected, self._since_ns, statistics)


def _thumbnail(image: ImageArray) -> ImageArray:
    """Grey and small: four picked points averaged per px, at one cost for any picture size."""
    picked = image
    if (image.shape[1], image.shape[0]) != PICKED_PX:
        picked = np.asarray(cv2.resize(image, PICKED_PX, interpolation=cv2.INTER_NEAREST))
    grey = cv2.cvtColor(picked, cv2.COLOR_BGR2GRAY)
    return np.asarray(cv2.resize(grey, THUMBNAIL_PX, interpolation=cv2.INTER_AREA), np.uint8)


def _statistics(grey: ImageArray) -> ViewStatistics:
    histogram = _histogram(grey)
    dark, bright = _percentile(histogram, 0.01), _percentile(histogram, 0.99)
    contrast = bright - dark
    steps = cv2.absdiff(grey[:, 1:], grey[:, :-1])
    return ViewStatistics(
        mean_grey=float(histogram @ np.arange(256) / grey.size),
        highlight_grey=bright,
        white_share=float(histogram[WHITE_GREY:].sum() / grey.size),
        flat_share=_flat_share(grey),
        sharpness=_percentile(_histogram(np.asarray(steps)), 0.99) / max(contrast, 1.0),
    )


def _histogram(grey: ImageArray) -> FloatArray:
    """(256,) number of pixels of each grey."""
    return np.asarray(cv2.calcHist([grey], [0], None, [256], [0, 256])).ravel()


def _percentile(histogram: FloatArray, share: float) -> float:
    """The grey that this share of the pixels does not exceed."""
    cumulated = np.cumsum(histogram)
    return float(np.searchsorted(cumulated, share * cumulated[-1]))


def _flat_share(grey: ImageArray) -> float:
    """Share of the cells that are grey without structure; black ones are night, not a cover."""
    exact = grey.astype(np.float32)
    mean = cv2.resize(exact, CELLS, interpolation=cv2.INTER_AREA)
    mean_square = cv2.resize(exact * exact, CELLS, interpolation=cv2.INTER_AREA)
    is_flat = (mean_square - mean * mean < FLAT_SIGMA_GREY**2) & (mean > NIGHT_GREY)
    return float(np.mean(is_flat))
