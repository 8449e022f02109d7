"""What an occupancy network sees of a spot: a square around its outline, and the outline itself.

The square is upright, a little larger than the spot's longer side, or much larger where a network
also looks at what stands around, and a little higher than the outline, because vehicles stand above
the ground. `models.training.parking.spot_view` trains on the same view; a test holds the two
together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import shapely

from vision.arrays import FloatArray, ImageArray
from vision.errors import LayoutError
from vision.polygons import polygon_area

OUTSIDE_GREY = 114  # what stands where the picture has ended
SUBPIXEL_BITS = 3
FAR_PX = float(1 << 20)  # corners farther out are cut here: cv2 counts in integers
SMOOTH_SCALE = 0.5  # below it a linear resize would skip pixels
KEPT_VIEWS = 4096  # outlines whose view is remembered: they stay while the camera stays


@dataclass(frozen=True, slots=True)
class ViewShape:
    """How much of a picture a network sees around a spot."""

    size_px: int
    """Side of the square that the network sees."""
    sides: float = 1.3
    """The same side in lengths of the spot's longer side."""
    rise: float = 0.05
    """How far the view is moved up, in the same unit."""


@dataclass(frozen=True, slots=True)
class ViewSquare:
    """The part of a picture that a view shows, in px; it may reach beyond the picture."""

    left: int
    top: int
    side: int

    def cut(self, image: ImageArray, size_px: int) -> ImageArray:
        """(size_px, size_px, 3) of the (H, W, 3) picture; grey where that has ended."""
        height_px, width_px = image.shape[:2]
        rows, view_rows = _span(self.top, self.side, height_px, size_px)
        columns, view_columns = _span(self.left, self.side, width_px, size_px)
        size = (view_columns.stop - view_columns.start, view_rows.stop - view_rows.start)
        shrinks = size_px < SMOOTH_SCALE * self.side
        seen = cv2.resize(
            image[rows, columns],
            size,
            interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
        )
        if size == (size_px, size_px):
            return np.asarray(seen)
        view = np.full((size_px, size_px, 3), OUTSIDE_GREY, np.uint8)
        view[view_rows, view_columns] = seen
        return view

    def points(self, polygon: FloatArray, size_px: int) -> FloatArray:
        """(K, 2) points of the picture in px of the view."""
        return np.asarray((polygon - [self.left, self.top]) * (size_px / self.side))


@dataclass(frozen=True, slots=True, eq=False)
class SpotView:
    """Where one view lies in pictures of one size, and its mask."""

    square: ViewSquare
    mask: ImageArray
    """(S, S) 255 inside the outline."""


def view_square(polygon: FloatArray, shape: ViewShape) -> ViewSquare:
    """What a view of the (K, 2) outline shows."""
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    longer = float((high - low).max())
    side = max(1, round(shape.sides * longer))
    left, top = np.floor((low + high) / 2 - [side / 2, side / 2 + shape.rise * longer] + 0.5)
    return ViewSquare(int(left), int(top), side)


def cut_views(image: ImageArray, polygons: Sequence[FloatArray], shape: ViewShape) -> ImageArray:
    """(N, S, S, 4) uint8: BGR of each (K, 2) outline's view, and its mask (255); S is size_px.

    A view may reach beyond the picture, and so may an outline: what lies there is grey. Raises
    LayoutError naming the outline that is not (K, 2) with K ≥ 3, not finite, without area, or
    wholly outside the picture.
    """
    height_px, width_px = image.shape[:2]
    views = np.empty((len(polygons), shape.size_px, shape.size_px, 4), np.uint8)
    for index, polygon in enumerate(polygons):
        corners = np.ascontiguousarray(polygon, np.float64)
        try:
            spot = _place_view(corners.tobytes(), corners.shape, width_px, height_px, shape)
        except LayoutError as error:
            raise LayoutError(f"polygon {index} {error}") from None
        seen = spot.square.cut(image, shape.size_px)
        cv2.cvtColor(seen, cv2.COLOR_BGR2BGRA, dst=views[index])
        cv2.insertChannel(spot.mask, views[index], 3)
    return views


@lru_cache(maxsize=KEPT_VIEWS)
def _place_view(
    corners: bytes, dimensions: tuple[int, ...], width_px: int, height_px: int, shape: ViewShape
) -> SpotView:
    """The view of one float64 outline; raises LayoutError for one that cannot be seen."""
    polygon = np.frombuffer(corners).reshape(dimensions)
    _check_outline(polygon, width_px, height_px)
    square = view_square(polygon, shape)
    centred = square.points(polygon, shape.size_px) - 0.5  # cv2 counts from pixel centres
    fixed = np.round(np.clip(centred, -FAR_PX, FAR_PX) * (1 << SUBPIXEL_BITS)).astype(np.int32)
    mask = np.zeros((shape.size_px, shape.size_px), np.uint8)
    cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, SUBPIXEL_BITS)
    return SpotView(square, mask)


def _check_outline(polygon: FloatArray, width_px: int, height_px: int) -> None:
    if polygon.ndim != 2 or polygon.shape[1] != 2 or len(polygon) < 3:
        raise LayoutError(f"must be (K, 2) with K ≥ 3, got {polygon.shape}")
    if not np.isfinite(polygon).all():
        raise LayoutError("has a corner that is not a number")
    area = polygon_area(polygon)
    if area <= 0:
        raise LayoutError(f"must have an area, got {area:g} px²")
    # a self-crossing outline is judged by its hull: enough to tell whether it is in the picture
    hull = shapely.MultiPoint(polygon).convex_hull
    if hull.intersection(shapely.box(0, 0, width_px, height_px)).area <= 0:
        low, high = polygon.min(axis=0), polygon.max(axis=0)
        raise LayoutError(
            f"lies outside the picture of {width_px}×{height_px} px: "
            f"x {low[0]:g} to {high[0]:g}, y {low[1]:g} to {high[1]:g}"
        )


def _span(start: int, side: int, picture_px: int, size_px: int) -> tuple[slice, slice]:
    """Along one axis: what the picture has of [start, start + side), and where the view has it."""
    seen_start, seen_end = max(0, start), min(picture_px, start + side)
    scale = size_px / side
    low = min(round((seen_start - start) * scale), size_px - 1)
    high = min(size_px, max(low + 1, round((seen_end - start) * scale)))
    return slice(seen_start, seen_end), slice(low, high)
