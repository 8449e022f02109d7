"""One training picture with its masks."""

from dataclasses import dataclass

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
