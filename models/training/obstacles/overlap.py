"""Overlap of boxes and the removal of doubles, in numpy."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.integer]
BoolArray = NDArray[np.bool_]


def areas(boxes: FloatArray) -> FloatArray:
    """Areas (N,) in px² of boxes (N, 4); an inverted box has none."""
    sides = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    return sides[:, 0] * sides[:, 1]


def intersections(a: FloatArray, b: FloatArray) -> FloatArray:
    """Shared areas (N, M) in px² of boxes (N, 4) and (M, 4)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    sides = np.clip(high - low, 0, None)
    return sides[..., 0] * sides[..., 1]


def iou(a: FloatArray, b: FloatArray) -> FloatArray:
    """Intersection over union (N, M)."""
    shared = intersections(a, b)
    union = areas(a)[:, None] + areas(b)[None, :] - shared
    return shared / np.maximum(union, 1e-9)


def covered(a: FloatArray, b: FloatArray) -> FloatArray:
    """Share (N, M) of each box of a that lies inside each box of b."""
    return intersections(a, b) / np.maximum(areas(a)[:, None], 1e-9)


def suppress(
    boxes: FloatArray, confidence: FloatArray, kind: IntArray, limit: float = 0.6
) -> IntArray:
    """Indices that survive non-maximum suppression among boxes of one kind, best first."""
    order = np.argsort(-confidence, kind="stable")
    overlap = iou(boxes, boxes) * (kind[:, None] == kind[None, :])
    alive = np.ones(len(boxes), bool)
    kept = []
    for index in order:
        if alive[index]:
            kept.append(index)
            alive &= overlap[index] <= limit
    return np.array(kept, dtype=int)
