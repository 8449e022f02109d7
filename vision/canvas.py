"""A copy of a picture to draw on, with marks and labels that scale with its size."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray, IntArray

Draw = Callable[[ImageArray, IntArray], Any]
"""Draws a (K, 2) outline on a picture."""

Colour = tuple[int, int, int]
"""Blue, green, red."""

DARK: Colour = (28, 24, 20)
LIGHT: Colour = (250, 250, 250)
FONT = cv2.FONT_HERSHEY_DUPLEX
REFERENCE_HEIGHT_PX = 540  # sizes below are for a picture of this height
MARGIN_SHARE = 0.45  # of the text height, around a label's text
HATCH_OPACITY = 0.75


class Canvas:
    """Draws on its own copy; sizes are given for a picture 540 px high."""

    def __init__(self, image: ImageArray) -> None:
        self.image: ImageArray = image.copy()
        self.scale: float = min(max(image.shape[0] / REFERENCE_HEIGHT_PX, 0.6), 3.0)

    @property
    def width_px(self) -> int:
        """Width of the picture."""
        return int(self.image.shape[1])

    @property
    def height_px(self) -> int:
        """Height of the picture."""
        return int(self.image.shape[0])

    def px(self, size: float) -> int:
        """A size in this picture's px, 1 or more."""
        return max(round(size * self.scale), 1)

    def fill(self, polygon: FloatArray, colour: Colour, opacity: float) -> None:
        """Tint the inside of a (K, 2) outline."""
        self._blend(polygon, lambda area, corners: cv2.fillPoly(area, [corners], colour), opacity)

    def hatch(self, polygon: FloatArray, colour: Colour) -> None:
        """Slanted lines across the inside of a (K, 2) outline."""

        def draw(area: ImageArray, corners: IntArray) -> None:
            mask = np.zeros(area.shape[:2], np.uint8)
            cv2.fillPoly(mask, [corners.astype(np.int32)], 255)
            lines = np.zeros_like(area)
            height, width = area.shape[:2]
            for start in range(-height, width, self.px(9)):
                cv2.line(lines, (start, height), (start + height, 0), (1, 1, 1), self.px(1.5))
            area[(mask > 0) & (lines[..., 0] > 0)] = colour

        self._blend(polygon, draw, HATCH_OPACITY)

    def outline(self, polygon: FloatArray, colour: Colour, width: float = 2.0) -> None:
        """The border of a (K, 2) outline, with a dark edge that stands out on any ground."""
        corners = [_whole(polygon)]
        cv2.polylines(self.image, corners, True, DARK, self.px(width + 2), cv2.LINE_AA)
        cv2.polylines(self.image, corners, True, colour, self.px(width), cv2.LINE_AA)

    def line(
        self, start: tuple[float, float], end: tuple[float, float], colour: Colour, width: float
    ) -> None:
        """A line with a dark edge."""
        points = _whole(np.array([start, end]))
        a, b = (int(points[0, 0]), int(points[0, 1])), (int(points[1, 0]), int(points[1, 1]))
        cv2.line(self.image, a, b, DARK, self.px(width + 2), cv2.LINE_AA)
        cv2.line(self.image, a, b, colour, self.px(width), cv2.LINE_AA)

    def ring(self, centre: tuple[float, float], radius_px: float, colour: Colour) -> None:
        """A circle with a dark edge."""
        middle, radius = (round(centre[0]), round(centre[1])), max(round(radius_px), 2)
        cv2.circle(self.image, middle, radius, DARK, self.px(4), cv2.LINE_AA)
        cv2.circle(self.image, middle, radius, colour, self.px(2), cv2.LINE_AA)

    def cross(self, centre: tuple[float, float], radius_px: float, colour: Colour) -> None:
        """A slanted cross with a dark edge."""
        x, y, reach = centre[0], centre[1], radius_px * 0.8
        strokes = (
            ((x - reach, y - reach), (x + reach, y + reach)),
            ((x - reach, y + reach), (x + reach, y - reach)),
        )
        for width, ink in ((4.0, DARK), (2.0, colour)):
            for start, end in strokes:
                points = _whole(np.array([start, end]))
                cv2.polylines(self.image, [points], False, ink, self.px(width), cv2.LINE_AA)

    def text_size(self, text: str, height: float) -> tuple[int, int]:
        """Width and height in px of a label with this text."""
        size = self._text(text, height)[0]
        margin = round(MARGIN_SHARE * self.px(height))
        return size[0] + 2 * margin, self.px(height) + 2 * margin

    def label(
        self,
        text: str,
        left_px: float,
        top_px: float,
        height: float = 12.0,
        *,
        ink: Colour = LIGHT,
        paper: Colour = DARK,
    ) -> None:
        """ASCII text on a plate whose corner is at this place, moved into the picture."""
        width_px, height_px = self.text_size(text, height)
        left = int(min(max(left_px, 0), max(self.width_px - width_px, 0)))
        top = int(min(max(top_px, 0), max(self.height_px - height_px, 0)))
        corner = (left + width_px - 1, top + height_px - 1)
        cv2.rectangle(self.image, (left, top), corner, paper, cv2.FILLED)
        _, font_scale, thickness = self._text(text, height)
        margin = round(MARGIN_SHARE * self.px(height))
        foot = (left + margin, top + margin + self.px(height))
        cv2.putText(self.image, text, foot, FONT, font_scale, ink, thickness, cv2.LINE_AA)

    def _text(self, text: str, height: float) -> tuple[tuple[int, int], float, int]:
        wanted_px = self.px(height)
        thickness = max(round(wanted_px / 12), 1)
        font_scale = cv2.getFontScaleFromHeight(FONT, wanted_px, thickness)
        (width_px, height_px), _ = cv2.getTextSize(text, FONT, font_scale, thickness)
        return (width_px, height_px), font_scale, thickness

    def _blend(self, polygon: FloatArray, draw: Draw, opacity: float) -> None:
        """Draw on the part of the picture around the outline and mix it in."""
        corners = _whole(polygon)
        left, top = np.clip(corners.min(axis=0), 0, [self.width_px, self.height_px])
        right, bottom = np.clip(corners.max(axis=0) + 1, 0, [self.width_px, self.height_px])
        if right <= left or bottom <= top:
            return
        part = self.image[top:bottom, left:right]
        drawn = part.copy()
        draw(drawn, corners - np.array([left, top], np.int32))
        self.image[top:bottom, left:right] = cv2.addWeighted(drawn, opacity, part, 1 - opacity, 0)


def _whole(points: FloatArray) -> IntArray:
    """Points as the whole px that OpenCV draws, far ones held within its range."""
    return np.round(np.clip(points, -30000, 30000)).astype(np.int32)
