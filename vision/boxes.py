"""Axis-aligned boxes as (N, 4) arrays of left, top, right, bottom."""

import cv2
import numpy as np

from vision.arrays import FloatArray, IntArray


def box_area(xyxy: FloatArray) -> FloatArray:
    """(N,) areas in px²; an inside-out box has area 0."""
    size = np.clip(xyxy[:, 2:4] - xyxy[:, 0:2], 0, None)
    area: FloatArray = size[:, 0] * size[:, 1]
    return area


def intersection_matrix(a: FloatArray, b: FloatArray) -> FloatArray:
    """(len(a), len(b)) shared areas in px²."""
    a, b = a.T[:, :, None], b.T[:, None, :]  # axis by axis: rows of two numbers are slow
    width = np.minimum(a[2], b[2]) - np.maximum(a[0], b[0])
    height = np.minimum(a[3], b[3]) - np.maximum(a[1], b[1])
    shared: FloatArray = np.maximum(width, 0) * np.maximum(height, 0)
    return shared


def iou_matrix(a: FloatArray, b: FloatArray) -> FloatArray:
    """(len(a), len(b)) intersection over union; 0 where both boxes are empty."""
    shared = intersection_matrix(a, b)
    union = box_area(a)[:, None] + box_area(b)[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def clip_boxes(xyxy: FloatArray, width_px: int, height_px: int) -> FloatArray:
    """The boxes cut to a picture of the given size."""
    limit = np.array([width_px, height_px, width_px, height_px], xyxy.dtype)
    return np.clip(xyxy, 0, limit)


def centre_size_to_xyxy(cxcywh: FloatArray) -> FloatArray:
    """(N, 4) centre x, centre y, width, height as left, top, right, bottom."""
    half = cxcywh[:, 2:4] / 2
    return np.concatenate([cxcywh[:, 0:2] - half, cxcywh[:, 0:2] + half], axis=1)


def nms(
    xyxy: FloatArray, confidence: FloatArray, class_id: IntArray, iou_threshold: float
) -> IntArray:
    """Rows to keep, most confident first: non-maximum suppression within each class."""
    if len(xyxy) == 0:
        return np.zeros(0, np.int64)
    xywh = np.concatenate([xyxy[:, 0:2], xyxy[:, 2:4] - xyxy[:, 0:2]], axis=1)
    no_threshold = -1.0  # thresholding by confidence is the caller's
    kept = cv2.dnn.NMSBoxesBatched(  # its stubs want lists, it takes arrays
        xywh.astype(np.float64),  # type: ignore[arg-type]
        confidence.astype(np.float32),  # type: ignore[arg-type]
        class_id.astype(np.int32),  # type: ignore[arg-type]
        no_threshold,
        iou_threshold,
    )
    rows = np.asarray(kept, np.int64).reshape(-1)
    return rows[np.argsort(-confidence[rows], kind="stable")]
