"""One object, one box: what a detector names twice is kept once."""

import numpy as np

from vision.arrays import BoolArray, FloatArray, IntArray
from vision.boxes import box_area, intersection_matrix
from vision.detections import Detections

SAME_IOU = 0.7  # two boxes of a kind that agree like this are one object under two classes
INSIDE_SHARE = 0.9  # of a smaller box that lies within a larger one
SAME_FOOT_SHARE = 0.12  # of the larger box's height: by so much their lower edges may differ


def without_duplicates(detections: Detections, kind_id: IntArray) -> Detections:
    """The detections without second boxes of objects already found with more confidence.

    `kind_id` (N,) is a number per kind of road user: a car may be found as a lorry as well. A
    part of an object stands on the same ground as the whole; what is hidden behind stands
    further up the picture and is kept.
    """
    if len(detections) < 2:
        return detections
    order = np.argsort(-detections.confidence, kind="stable")
    is_second = _is_second(detections.xyxy[order].astype(np.float64), kind_id[order])
    is_kept = np.ones(len(order), np.bool_)
    for row in np.flatnonzero(np.tril(is_second, -1).any(axis=1)):
        is_kept[row] = not (is_second[row, :row] & is_kept[:row]).any()
    return detections[np.sort(order[is_kept])]


def _is_second(xyxy: FloatArray, kind_id: IntArray) -> BoolArray:
    """(N, N) whether box i is a second one of the object in box j."""
    area = box_area(xyxy)
    shared = intersection_matrix(xyxy, xyxy)
    union = np.maximum(area[:, None] + area[None, :] - shared, 1e-6)
    share = shared / np.maximum(area[:, None], 1e-6)
    tall = xyxy[:, 3] - xyxy[:, 1]
    same_foot = np.abs(xyxy[:, None, 3] - xyxy[None, :, 3]) <= SAME_FOOT_SHARE * tall[None, :]
    is_part = (share >= INSIDE_SHARE) & (area[:, None] < area[None, :]) & same_foot
    is_same = shared / union >= SAME_IOU
    return np.asarray((is_same | is_part) & (kind_id[:, None] == kind_id[None, :]), np.bool_)
