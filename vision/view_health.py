"""Whether a camera's picture can be trusted: dark, overexposed, blurred, covered or frozen."""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.frame import Frame

THUMBNAIL_PX = (320, 180)
CELL_PX = 20  # flatness is judged in cells of the thumbnail
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
