"""Polygons on a picture as (K, 2) arrays of x, y in px, any number of corners."""

import cv2
import numpy as np
import shapely

from vision.arrays import BoolArray, FloatArray


def polygon_area(polygon: FloatArray) -> float:
    """Area in px², whichever way round the corners run."""
    x, y = polygon[:, 0], polygon[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def polygon_fault(polygon: FloatArray) -> str | None:
    """What is wrong with the outline in a few words, or None for a proper polygon."""
    if polygon.ndim != 2 or polygon.shape[1] != 2:
        return f"must be (K, 2), got {polygon.shape}"
    if len(polygon) < 3:
        return f"needs 3 corners or more, got {len(polygon)}"
    if not np.isfinite(polygon).all():
        return "has a corner that is not a number"
    if polygon_area(polygon) == 0:
        # The two halves of an even bow cancel out; corners on one line enclose nothing.
        is_line = np.linalg.matrix_rank(polygon - polygon[0]) < 2
        return "has no area" if is_line else "crosses itself"
    if not shapely.Polygon(polygon).is_valid:
        return "crosses itself"
    return None


def is_inside_image(polygon: FloatArray, width_px: int, height_px: int) -> bool:
    """Whether every corner lies in the picture, its border included."""
    inside = (polygon >= 0) & (polygon <= np.array([width_px, height_px]))
    return bool(inside.all())


def polygon_centroid(polygon: FloatArray) -> FloatArray:
    """(2,) centre of area."""
    centre = shapely.Polygon(polygon).centroid
    return np.array([centre.x, centre.y], np.float32)


def points_in_polygon(points: FloatArray, polygon: FloatArray) -> BoolArray:
    """(N,) whether each of the (N, 2) points lies inside or on the border."""
    inside: BoolArray = shapely.intersects_xy(shapely.Polygon(polygon), points[:, 0], points[:, 1])
    return inside


def polygon_mask(polygon: FloatArray, width_px: int, height_px: int) -> BoolArray:
    """(height_px, width_px) True where the polygon covers the picture."""
    mask = np.zeros((height_px, width_px), np.uint8)
    cv2.fillPoly(mask, [np.round(polygon).astype(np.int32)], 1)
    return mask.astype(np.bool_)
