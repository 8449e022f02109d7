"""One training picture with its masks."""

from dataclasses import dataclass

import cv2
import numpy as np

from models.training.track.arrays import BoolArray, ImageArray

OWN, EVERY = 0, 1  # channels of the network
IGNORED = 255
TRACKLESS_IOU = 1.0  # of a picture without track in which none is found


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A picture (H, W, 3) BGR, which pixels are own track and any track, which are unknown."""

    image: ImageArray
    own: BoolArray
    every: BoolArray
    own_unknown: BoolArray | None = None
    every_unknown: BoolArray | None = None

    def masks(self) -> ImageArray:
        """(H, W, 2) with 0, 1, or 255 where nothing is known."""
        out = np.stack([self.own, self.every], axis=2).astype(np.uint8)
        for channel, unknown in ((OWN, self.own_unknown), (EVERY, self.every_unknown)):
            if unknown is not None:
                out[..., channel][unknown] = IGNORED
        return out


def shrunk(sample: Sample, most_px: int = 512) -> Sample:
    """The sample, not wider than so many pixels."""
    height, width = sample.image.shape[:2]
    if width <= most_px:
        return sample
    size = (most_px, round(height * most_px / width))

    def small(mask: np.ndarray | None) -> np.ndarray | None:
        if mask is None:
            return None
        # the plain INTER_NEAREST takes what lies up to a pixel further left and higher
        kept = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST_EXACT)
        return kept > 0

    own, every = small(sample.own), small(sample.every)
    assert own is not None
    assert every is not None
    image = cv2.resize(sample.image, size, interpolation=cv2.INTER_AREA)
    return Sample(image, own, every, small(sample.own_unknown), small(sample.every_unknown))
