"""What several teachers agree on becomes a label; what one of them suspects is ignored."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.training.obstacles.classes import CLASSES, GROUP_OF_CLASS
from models.training.obstacles.overlap import FloatArray, IntArray, covered, iou

SAME_OBJECT_IOU = 0.5
SUSPECT_CONFIDENCE = 0.3  # below this a teacher's finding is noise
CERTAIN_CONFIDENCE = 0.38  # a teacher's vote counts from here
LEAST_VOTES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """What one teacher saw in one picture; row i of every array is one object."""

    boxes: FloatArray  # (N, 4) px
    confidence: FloatArray  # (N,)
    class_id: IntArray  # (N,)


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Objects that teachers agree on, and regions where something may be."""

    boxes: FloatArray  # (N, 4) px
    class_id: IntArray  # (N,)
    suspected: FloatArray  # (K, 4) px
    suspected_class: IntArray  # (K,)


def group_ids(class_id: IntArray) -> IntArray:
    """The same number for classes that a viewer may take for one another (car, van, bus)."""
    groups = [GROUP_OF_CLASS.get(index, name) for index, name in enumerate(CLASSES)]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(groups))}
    table = np.array([numbers[name] for name in groups])
    return table[np.asarray(class_id, dtype=int)]


def agree(teachers: Sequence[Findings]) -> Agreement:
    """Cluster all findings of all teachers and count the votes of each cluster."""
    boxes = np.concatenate([t.boxes for t in teachers]).astype(np.float32).reshape(-1, 4)
    confidence = np.concatenate([t.confidence for t in teachers])
    class_id = np.concatenate([t.class_id for t in teachers]).astype(int)
    voter = np.concatenate([np.full(len(t.boxes), i) for i, t in enumerate(teachers)]).astype(int)
    free = confidence >= SUSPECT_CONFIDENCE
    overlap = iou(boxes, boxes) * (group_ids(class_id)[:, None] == group_ids(class_id)[None, :])
    agreed, agreed_class, suspected, suspected_class = [], [], [], []
    for index in np.argsort(-confidence, kind="stable"):
        if not free[index]:
            continue
        members = np.flatnonzero(free & (overlap[index] >= SAME_OBJECT_IOU))
        free[members] = False
        weight = confidence[members]
        box = (boxes[members] * weight[:, None]).sum(0) / weight.sum()
        kind = int(np.argmax(np.bincount(class_id[members], weight)))
        if len(set(voter[members[weight >= CERTAIN_CONFIDENCE]].tolist())) >= LEAST_VOTES:
            agreed.append(box)
            agreed_class.append(kind)
        else:
            suspected.append(box)
            suspected_class.append(kind)
    return Agreement(
        np.array(agreed, np.float32).reshape(-1, 4), np.array(agreed_class, dtype=int),
        np.array(suspected, np.float32).reshape(-1, 4), np.array(suspected_class, dtype=int),
    )  # fmt: skip


def complete(
    boxes: FloatArray, class_id: IntArray, found: Agreement
) -> tuple[FloatArray, IntArray, FloatArray]:
    """Given labels, plus agreed objects they lack; and suspected regions neither explains.

    An agreed object that a given box explains (same object, or mostly inside it) is dropped:
    the given box is trusted more.
    """
    extra = ~explained(found.boxes, found.class_id, boxes, class_id)
    all_boxes = np.concatenate((boxes, found.boxes[extra])).reshape(-1, 4)
    all_classes = np.concatenate((class_id, found.class_id[extra])).astype(int)
    left = ~explained(found.suspected, found.suspected_class, all_boxes, all_classes)
    return all_boxes, all_classes, found.suspected[left]


def explained(
    boxes: FloatArray, class_id: IntArray, by: FloatArray, by_class: IntArray
) -> np.ndarray:
    """Whether each box is another view of one of the boxes in `by`: same group and place."""
    if not len(boxes) or not len(by):
        return np.zeros(len(boxes), bool)
    same = group_ids(class_id)[:, None] == group_ids(by_class)[None, :]
    return ((iou(boxes, by) > SAME_OBJECT_IOU - 0.1) & same).any(1) | (
        (covered(boxes, by) > 0.8) & same
    ).any(1)
