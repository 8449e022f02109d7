"""Where vehicles have stood, collected from a detector's boxes over a recording."""

from dataclasses import dataclass, replace

import numpy as np

from vision.arrays import FloatArray
from vision.boxes import box_area, intersection_matrix, iou_matrix
from vision.frame import NS_PER_S

SAME_PLACE_IOU = 0.7  # of one standing vehicle from picture to picture; moving ones fall below
HELD_SHARE = 0.7  # of a box that lies within another
LEAST_PICTURES = 3  # of a vehicle that stood
SAME_SPOT_IOU = 0.5  # boxes of two vehicles that stood in one spot, one after the other


@dataclass(frozen=True, slots=True, eq=False)
class Stand:
    """One vehicle that stood."""

    xyxy: FloatArray
    """(4,) mean box in px."""
    pictures: int
    since_ns: int
    until_ns: int

    @property
    def stood_s(self) -> float:
        """From its first picture to its last."""
        return (self.until_ns - self.since_ns) / NS_PER_S


class ParkedVehicles:
    """Collects standing vehicles; time enters with the pictures."""

    def __init__(self, least_stand_s: float) -> None:
        self._least_stand_s = least_stand_s
        self._stands: list[Stand] = []

    def update(self, xyxy: FloatArray, now_ns: int) -> None:
        """Take the (N, 4) vehicle boxes of one picture."""
        boxes = np.asarray(xyxy, np.float64).reshape(-1, 4)
        before = np.array([each.xyxy for each in self._stands]).reshape(-1, 4)
        overlap = iou_matrix(boxes, before)
        for row, box in enumerate(boxes):
            best = int(overlap[row].argmax()) if overlap.shape[1] else -1
            if best >= 0 and overlap[row, best] >= SAME_PLACE_IOU:
                self._stands[best] = _longer(self._stands[best], box, now_ns)
                overlap[:, best] = 0
            else:
                self._stands.append(Stand(box, 1, now_ns, now_ns))

    def places(self) -> FloatArray:
        """(M, 4) one box per place where vehicles stood, the longest stand of each."""
        stood = [
            each
            for each in self._stands
            if each.pictures >= LEAST_PICTURES and each.stood_s >= self._least_stand_s
        ]
        kept: list[FloatArray] = []
        for each in sorted(stood, key=lambda stand: -stand.pictures):
            if not kept or iou_matrix(each.xyxy[None], np.array(kept)).max() < SAME_SPOT_IOU:
                kept.append(each.xyxy)
        return without_groups(np.array(kept).reshape(-1, 4))


def without_groups(boxes: FloatArray) -> FloatArray:
    """The (N, 4) boxes without those that hold two others: detectors take neighbours for one."""
    shared = intersection_matrix(boxes, boxes) / np.maximum(box_area(boxes)[None], 1e-9)
    np.fill_diagonal(shared, 0)
    return np.asarray(boxes[(shared > HELD_SHARE).sum(axis=1) < 2])


def _longer(stand: Stand, box: FloatArray, now_ns: int) -> Stand:
    pictures = stand.pictures + 1
    mean = stand.xyxy + (box - stand.xyxy) / pictures
    return replace(stand, xyxy=mean, pictures=pictures, until_ns=now_ns)
