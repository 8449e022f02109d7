"""Whether a camera's picture can be trusted: dark, overexposed, blurred, covered or frozen."""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.frame import Frame

THUMBNAIL_PX = (320, 180)
CELL_PX = 20  # flatness is judged in cells of the thumbnail
FLAT_SPREAD_GREY = 3.0  # standard deviation below which a cell shows nothing
WHITE_GREY = 250
NS_PER_S = 1_000_000_000


class ViewFault(StrEnum):
    """What is wrong with a view."""

    LOST = "lost"
    FROZEN = "frozen"
    DARK = "dark"
    OVEREXPOSED = "overexposed"
    BLURRED = "blurred"
    COVERED = "covered"


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """When a view counts as unusable."""

    confirm_s: float = 2.0
    """A fault is reported once it has lasted this long, over two pictures or more."""
    recover_s: float = 1.0
    """And is over once good pictures have come for this long."""
    frozen_after_s: float = 10.0
    """Identical pictures for this long are no live view; cameras have noise."""
    frozen_difference: float = 0.02
    """Mean grey difference up to which two thumbnails are identical."""
    dark_highlight: float = 30.0
    """Brightest hundredth of the picture, in grey levels: a lamp-lit night has lamps."""
    overexposed_share: float = 0.6
    """Share of the picture that has run to white."""
    flat_share: float = 0.92
    """Share of cells without any structure in a covered view."""
    sharpness: float = 0.02
    """Steepest hundredth of grey steps per px over the contrast of the picture."""


@dataclass(frozen=True, slots=True)
class ViewStatistics:
    """One picture in a few numbers, from a small grey thumbnail."""

    mean_grey: float
    highlight_grey: float
    """Brightest hundredth."""
    contrast_grey: float
    """From the darkest to the brightest hundredth."""
    white_share: float
    flat_share: float
    """Share of cells without structure."""
    sharpness: float
    """Steepest hundredth of grey steps per px, over the contrast."""


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

    @property
    def is_healthy(self) -> bool:
        """Whether the view can be trusted."""
        return self.fault is None


def view_statistics(image: ImageArray) -> ViewStatistics:
    """The numbers of one (H, W, 3) picture."""
    return _statistics(_thumbnail(image))


def suspected_fault(statistics: ViewStatistics, settings: ViewSettings) -> ViewFault | None:
    """What one picture looks like by itself."""
    if statistics.highlight_grey < settings.dark_highlight:
        return ViewFault.DARK
    if statistics.white_share > settings.overexposed_share:
        return ViewFault.OVEREXPOSED
    if statistics.flat_share > settings.flat_share:
        return ViewFault.COVERED
    if statistics.sharpness < settings.sharpness:
        return ViewFault.BLURRED
    return None


class ViewMonitor:
    """Remembers one camera's pictures just enough to tell a passing flaw from a fault."""

    def __init__(self, settings: ViewSettings | None = None) -> None:
        self._settings = settings or ViewSettings()
        self._thumbnail: ImageArray | None = None
        self._changed_ns = 0  # when the picture last differed from the one before
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
        suspected = suspected_fault(statistics, self._settings)
        if self._is_frozen(thumbnail, now_ns, may_stand_still):
            suspected = ViewFault.FROZEN
        self._judge(suspected, now_ns)
        return self._health(suspected, now_ns, statistics)

    def lose(self, now_ns: int) -> ViewHealth:
        """No picture comes; known at once, for the stream has waited already."""
        self._thumbnail = None
        if self._fault is not ViewFault.LOST:
            self._fault, self._since_ns = ViewFault.LOST, now_ns
        self._suspected, self._suspected_pictures = ViewFault.LOST, 0
        return self._health(ViewFault.LOST, now_ns, None)

    def _is_frozen(self, thumbnail: ImageArray, now_ns: int, may_stand_still: bool) -> bool:
        before, self._thumbnail = self._thumbnail, thumbnail
        if (
            before is None
            or may_stand_still
            or _difference(before, thumbnail) > (self._settings.frozen_difference)
        ):
            self._changed_ns = now_ns
        return now_ns - self._changed_ns >= self._settings.frozen_after_s * NS_PER_S

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
    small = cv2.resize(image, THUMBNAIL_PX, interpolation=cv2.INTER_AREA)
    grey: ImageArray = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)
    return grey


def _statistics(grey: ImageArray) -> ViewStatistics:
    histogram = np.bincount(grey.ravel(), minlength=256)
    cumulated = np.cumsum(histogram) / grey.size
    dark, bright = np.searchsorted(cumulated, [0.01, 0.99])
    contrast = float(bright - dark)
    return ViewStatistics(
        mean_grey=float(grey.mean()),
        highlight_grey=float(bright),
        contrast_grey=contrast,
        white_share=float(histogram[WHITE_GREY:].sum() / grey.size),
        flat_share=float(np.mean(_cell_spread(grey) < FLAT_SPREAD_GREY)),
        sharpness=_steepest(grey) / max(contrast, 1.0),
    )


def _cell_spread(grey: ImageArray) -> FloatArray:
    """Standard deviation of grey within each cell."""
    height, width = grey.shape
    cells = grey.reshape(height // CELL_PX, CELL_PX, width // CELL_PX, CELL_PX)
    spread: FloatArray = cells.std(axis=(1, 3), dtype=np.float32)
    return spread


def _steepest(grey: ImageArray) -> float:
    """Steepest hundredth of the grey steps between neighbours."""
    steps = cv2.absdiff(grey[:, 1:], grey[:, :-1])
    cumulated = np.cumsum(np.bincount(steps.ravel(), minlength=256)) / steps.size
    return float(np.searchsorted(cumulated, 0.99))


def _difference(before: ImageArray, after: ImageArray) -> float:
    return float(cv2.absdiff(before, after).mean())
