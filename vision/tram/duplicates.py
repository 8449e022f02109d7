"""One object, one box: what a detector names twice is kept once."""

from dataclasses import replace

import numpy as np

from vision.arrays import BoolArray, FloatArray, IntArray
from vision.boxes import box_area, intersection_matrix, iou_matrix
from vision.detections import Detections

NAMED_TWICE_IOU = 0.6  # of boxes of several kinds: one small thing under several names
SAME_IOU = 0.7  # two boxes of a kind that agree like this are one object under two classes
INSIDE_SHARE = 0.9  # of a smaller box that lies within a larger one
SAME_FOOT_SHARE = 0.12  # of the larger box's height: by so much their lower edges may differ


def with_surer_animals(
    detections: Detections, kind_id: IntArray, animal_id: int, is_small: BoolArray
) -> Detections:
    """The detections, each animal as sure as that one of the small kinds is where it is.

    A dog far off is half a dog, half a bicycle and a bit of a child to a detector, none of them
    for sure; that something is there is surer than each. `kind_id` (N,) as below, `animal_id` that
    of animals, `is_small` (N,).
    """
    animals = np.flatnonzero(kind_id == animal_id)
    if len(animals) == 0 or is_small.sum() < 2:
        return detections
    boxes = detections.xyxy.astype(np.float64)
    is_same = (iou_matrix(boxes[animals], boxes) >= NAMED_TWICE_IOU) & is_small
    confidence = detections.confidence.copy()
    for row, same in zip(animals, is_same, strict=True):
        here, kinds_here = detections.confidence[same], kind_id[same]
        if detections.confidence[row] == here.max():
            of_each = [here[kinds_here == kind].max() for kind in np.unique(kinds_here)]
            confidence[row] = 1 - np.prod(1 - np.array(of_each))
    return replace(detections, confidence=confidence)


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
