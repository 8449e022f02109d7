"""What the occupancy network sees of a spot: a square around its outline, and the outline itself.

The square is upright, 1.3 times the spot's longer side, and a little higher than the outline,
because vehicles stand above the ground. `models.training.parking.spot_view` trains on the same
view; a test holds the two together.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import shapely

from vision.arrays import FloatArray, ImageArray
from vision.errors import LayoutError
from vision.polygons import polygon_area

VIEW_SIDES = 1.3  # side of the view in lengths of the spot's longer side
VIEW_RISE = 0.05  # how far the view is moved up, in the same unit
OUTSIDE_GREY = 114  # what stands where the picture has ended
SUBPIXEL_BITS = 3


def cut_views(image: ImageArray, polygons: Sequence[FloatArray], size_px: int) -> ImageArray:
    """(N, size_px, size_px, 4) uint8: BGR of each (K, 2) outline's view, and its mask (255).

    A view may reach beyond the picture, and so may an outline: what lies there is grey. Raises
    LayoutError naming the outline that is not (K, 2) with K ≥ 3, not finite, without area, or
    wholly outside the picture.
    """
    views = np.empty((len(polygons), size_px, size_px, 4), np.uint8)
    for index, polygon in enumerate(polygons):
        corners = np.asarray(polygon, np.float64)
        _check_outline(index, corners, image)
        _cut_view(image, corners, views[index])
    return views


def _check_outline(index: int, polygon: FloatArray, image: ImageArray) -> None:
    if polygon.ndim != 2 or polygon.shape[1] != 2 or len(polygon) < 3:
        raise LayoutError(f"polygon {index} must be (K, 2) with K ≥ 3, got {polygon.shape}")
    if not np.isfinite(polygon).all():
        raise LayoutError(f"polygon {index} has a corner that is not a number")
    area = polygon_area(polygon)
    if area <= 0:
        raise LayoutError(f"polygon {index} must have an area, got {area:g} px²")
    height_px, width_px = image.shape[:2]
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    if (low >= 0).all() and high[0] <= width_px and high[1] <= height_px:
        return
    # a self-crossing outline is judged by its hull: enough to tell whether it is in the picture
    seen = shapely.MultiPoint(polygon).convex_hull.intersection(
        shapely.box(0, 0, width_px, height_px)
    )
    if seen.area <= 0:
        raise LayoutError(
            f"polygon {index} lies outside the picture of {width_px}×{height_px} px: "
            f"x {low[0]:g}–{high[0]:g}, y {low[1]:g}–{high[1]:g}"
        )


def _cut_view(image: ImageArray, polygon: FloatArray, view: ImageArray) -> None:
    """Fill one (S, S, 4) view."""
    size_px = view.shape[0]
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    longer = float((high - low).max())
    side = max(1, round(VIEW_SIDES * longer))
    left, top = np.floor((low + high) / 2 - [side / 2, side / 2 + VIEW_RISE * longer] + 0.5)
    view[..., :3] = OUTSIDE_GREY
    _copy_seen(image, int(left), int(top), side, view)
    corners = (polygon - [left, top]) * (size_px / side) - 0.5  # cv2 counts from pixel centres
    # far corners are cut where cv2's integers end
    limit = float(1 << 20)
    fixed = np.round(np.clip(corners, -limit, limit) * (1 << SUBPIXEL_BITS)).astype(np.int32)
    mask = np.zeros((size_px, size_px), np.uint8)
    view[..., 3] = cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, SUBPIXEL_BITS)


def _copy_seen(image: ImageArray, left: int, top: int, side: int, view: ImageArray) -> None:
    """Resize what the picture has of the square into the view's colours."""
    height_px, width_px = image.shape[:2]
    x0, x1 = max(0, left), min(width_px, left + side)
    y0, y1 = max(0, top), min(height_px, top + side)
    size_px = view.shape[0]
    scale = size_px / side
    u0, u1 = _span(x0 - left, x1 - left, scale, size_px)
    v0, v1 = _span(y0 - top, y1 - top, scale, size_px)
    view[v0:v1, u0:u1, :3] = cv2.resize(
        image[y0:y1, x0:x1],
        (u1 - u0, v1 - v0),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )


def _span(start: int, end: int, scale: float, size_px: int) -> tuple[int, int]:
    """Where [start, end) of the source lies in the view: one px at least."""
    low = min(round(start * scale), size_px - 1)
    return low, min(size_px, max(low + 1, round(end * scale)))
