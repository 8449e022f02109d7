"""Taking detail out of pictures, so that cars can be told but nobody and no plate be recognised."""

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.boxes import clip_boxes

ACROSS_PX = 320
"""Detail left over a picture's width: a head is under 8 px unless it fills a sixth of the height,
and a plate's characters are under 2 px unless the car fills half of the width."""
BOX_ACROSS_PX = 40
"""Detail left over a vehicle's width: a plate's characters are under 2 px."""
MARGIN_SHARE = 0.3  # of an outline's size, by which its surroundings reach beyond it


def coarsen(image: ImageArray, across_px: int = ACROSS_PX) -> ImageArray:
    """A copy of the same size with no more detail than so many px across hold."""
    height_px, width_px = image.shape[:2]
    if width_px <= across_px or height_px == 0:
        return image.copy()
    size = (across_px, max(1, round(height_px * across_px / width_px)))
    coarse = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    fine: ImageArray = cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_LINEAR)
    return fine


def coarsen_boxes(image: ImageArray, xyxy: FloatArray) -> None:
    """Take the detail out of the (N, 4) boxes in px, in the picture itself."""
    height_px, width_px = image.shape[:2]
    boxes = clip_boxes(np.asarray(xyxy, np.float64).reshape(-1, 4), width_px, height_px)
    for left, top, right, bottom in np.round(boxes).astype(int):
        part = image[top:bottom, left:right]
        if part.size:
            part[:] = coarsen(part, BOX_ACROSS_PX)


def coarse_cutout(
    image: ImageArray, polygon: FloatArray, longest_px: int
) -> tuple[ImageArray, FloatArray]:
    """The surroundings of a (K, 2) outline, at most so many px long, and the outline in them."""
    height_px, width_px = image.shape[:2]
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    reach = MARGIN_SHARE * float((high - low).max())
    left, top = np.clip(np.floor(low - reach), 0, [width_px - 1, height_px - 1]).astype(int)
    right, bottom = np.clip(np.ceil(high + reach), 1, [width_px, height_px]).astype(int)
    part = image[top:bottom, left:right]
    factor = min(1.0, longest_px / max(part.shape[:2]))
    size = (max(1, round(part.shape[1] * factor)), max(1, round(part.shape[0] * factor)))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(image.dtype)
    return small, (polygon - np.array([left, top])) * factor
