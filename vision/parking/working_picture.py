"""One picture of a lot in the sizes in which it is looked at, made small once for all who look."""

from functools import cached_property

import cv2
import numpy as np

from vision.arrays import ImageArray

WIDTH_PX = 640  # pictures are looked at in this width
COARSENESS = 2  # what has changed shows in this part of it as well, and at a quarter of the cost


class WorkingPicture:
    """A (H, W, 3) picture made `WIDTH_PX` wide, in colour and in grey."""

    def __init__(self, image: ImageArray) -> None:
        self.source_width_px = int(image.shape[1])
        self.source_height_px = int(image.shape[0])
        """Both of the picture as it came."""
        self.scale = WIDTH_PX / self.source_width_px
        """From px of the picture as it came to px of this one."""
        self.coarse_scale = self.scale / COARSENESS
        """Likewise to px of the coarse one."""
        self._image = image

    @cached_property
    def colour(self) -> ImageArray:
        """(h, WIDTH_PX, 3)"""
        if self.scale == 1:
            return self._image
        size = (WIDTH_PX, round(self._image.shape[0] * self.scale))
        kind = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(self._image, size, interpolation=kind), np.uint8)

    @cached_property
    def grey(self) -> ImageArray:
        """(h, WIDTH_PX)"""
        return np.asarray(cv2.cvtColor(self.colour, cv2.COLOR_BGR2GRAY), np.uint8)

    @cached_property
    def coarse(self) -> ImageArray:
        """(h / COARSENESS, WIDTH_PX / COARSENESS, 3)"""
        size = (WIDTH_PX // COARSENESS, round(self.colour.shape[0] / COARSENESS))
        return np.asarray(cv2.resize(self.colour, size, interpolation=cv2.INTER_AREA), np.uint8)
