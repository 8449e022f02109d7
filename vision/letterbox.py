"""Fitting a picture into a network's input, and boxes back into the picture."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray

PAD_GREY = 114  # the grey that YOLOX and Ultralytics networks were trained with
LONGEST_SIDES = 2  # most of an input's side for a narrow picture, in the budget's longest sides


class Fit(StrEnum):
    """How a picture of any shape becomes an input of one shape."""

    STRETCH = "stretch"
    LETTERBOX_CENTRED = "letterbox-centred"
    LETTERBOX_TOP_LEFT = "letterbox-top-left"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a source picture lies in a network's input: input = source · scale + pad."""

    scale_x: float
    scale_y: float
    pad_x_px: float
    pad_y_px: float

    def to_input(self, xyxy: FloatArray) -> FloatArray:
        """(N, 4) boxes of the source picture in px of the input."""
        return xyxy * self._scale() + self._pad()

    def to_source(self, xyxy: FloatArray) -> FloatArray:
        """(N, 4) boxes of the input in px of the source picture; undoes `to_input`."""
        return (xyxy - self._pad()) / self._scale()

    def _scale(self) -> FloatArray:
        return np.array([self.scale_x, self.scale_y, self.scale_x, self.scale_y], np.float32)

    def _pad(self) -> FloatArray:
        return np.array([self.pad_x_px, self.pad_y_px, self.pad_x_px, self.pad_y_px], np.float32)


@lru_cache(maxsize=64)
def input_size_like(
    picture_px: tuple[int, int], budget_px: tuple[int, int], step_px: int = 32
) -> tuple[int, int]:
    """Width and height of the input in which a picture of this size shows largest.

    Multiples of `step_px`, together no more px than those of `budget_px`; of inputs in which it
    is as large the smallest.
    """
    area, longest = budget_px[0] * budget_px[1], LONGEST_SIDES * max(budget_px)
    inputs = [
        (min(area // height_px // step_px * step_px, longest), height_px)
        for height_px in range(step_px, min(area // step_px, longest) + 1, step_px)
    ]
    scale = max(_scale_to_fit(picture_px, size) for size in inputs)
    width_px, height_px = (
        max(1, -(-round(side * scale) // step_px)) * step_px for side in picture_px
    )
    return width_px, height_px


def _scale_to_fit(picture_px: tuple[int, int], size_px: tuple[int, int]) -> float:
    return min(size_px[0] / picture_px[0], size_px[1] / picture_px[1])


def fit_image(
    image: ImageArray, width_px: int, height_px: int, fit: Fit
) -> tuple[ImageArray, Placement]:
    """The picture as (height_px, width_px, 3), and where it lies in there."""
    if fit is Fit.STRETCH:
        return _stretch(image, width_px, height_px)
    return _letterbox(image, width_px, height_px, is_centred=fit is Fit.LETTERBOX_CENTRED)


def _stretch(image: ImageArray, width_px: int, height_px: int) -> tuple[ImageArray, Placement]:
    source_height, source_width = image.shape[:2]
    placement = Placement(width_px / source_width, height_px / source_height, 0.0, 0.0)
    return _resize(image, width_px, height_px), placement


def _letterbox(
    image: ImageArray, width_px: int, height_px: int, *, is_centred: bool
) -> tuple[ImageArray, Placement]:
    source_height, source_width = image.shape[:2]
    scale = _scale_to_fit((source_width, source_height), (width_px, height_px))
    inner_width = max(1, round(source_width * scale))
    inner_height = max(1, round(source_height * scale))
    left = (width_px - inner_width) // 2 if is_centred else 0
    top = (height_px - inner_height) // 2 if is_centred else 0
    boxed = np.full((height_px, width_px, 3), PAD_GREY, np.uint8)
    inner = _resize(image, inner_width, inner_height)
    boxed[top : top + inner_height, left : left + inner_width] = inner
    # the rounded size is the true scale: with it boxes come back exactly
    placement = Placement(
        inner_width / source_width, inner_height / source_height, float(left), float(top)
    )
    return boxed, placement


def _resize(image: ImageArray, width_px: int, height_px: int) -> ImageArray:
    if image.shape[:2] == (height_px, width_px):
        return image
    resized: ImageArray = cv2.resize(image, (width_px, height_px), interpolation=cv2.INTER_LINEAR)
    return resized
