"""Average precision, and recall at a wanted precision, from detections and truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.training.obstacles.agreement import Findings
from models.training.obstacles.classes import CLASSES, GROUPS
from models.training.obstacles.overlap import BoolArray, FloatArray, covered, iou
from models.training.obstacles.pictures import Picture

IGNORED_SHARE = 0.5  # a detection this far inside an ignored region is not judged


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """All judged detections of one group, best first, and how many objects there were."""

    confidence: FloatArray  # (N,)
    is_hit: BoolArray  # (N,)
    count: int

    @property
    def precision(self) -> FloatArray:
        """After each detection, (N,)."""
        return np.cumsum(self.is_hit) / np.arange(1, len(self.is_hit) + 1)

    @property
    def recall(self) -> FloatArray:
        """After each detection, (N,)."""
        return np.cumsum(self.is_hit) / max(self.count, 1)


def match(
    boxes: FloatArray, truth: FloatArray, ignored: FloatArray, limit: float
) -> tuple[BoolArray, BoolArray]:
    """For detections of one picture, best first: which hit an object, and which are judged."""
    hit = np.zeros(len(boxes), bool)
    overlap = iou(boxes, truth)
    taken = np.zeros(len(truth), bool)
    for index in range(len(boxes)):
        free = np.where(taken, -1.0, overlap[index])
        if len(free) and free.max() >= limit:
            taken[free.argmax()] = True
            hit[index] = True
    outside = (
        ~(
            (covered(boxes, ignored) > IGNORED_SHARE).any(1)
            | (iou(boxes, ignored) > IGNORED_SHARE).any(1)
        )
        if len(ignored)
        else np.ones(len(boxes), bool)
    )
    return hit, hit | outside


def curve(
    found: Sequence[Findings],
    truths: Sequence[Picture],
    names: Sequence[str],
    limit: float = 0.5,
    unjudged: Sequence[FloatArray] | None = None,
) -> Curve:
    """Detections of the named classes, taken as one kind, against the truth.

    `unjudged` adds regions (K, 4) per picture where a detection is neither right nor wrong.
    """
    wanted = [CLASSES.index(name) for name in names]
    confidences, hits, count = [], [], 0
    for index, (findings, picture) in enumerate(zip(found, truths, strict=True)):
        mine = np.flatnonzero(np.isin(findings.class_id, wanted))
        mine = mine[np.argsort(-findings.confidence[mine], kind="stable")]
        truth = picture.boxes[np.isin(picture.class_id, wanted)]
        extra = unjudged[index] if unjudged is not None else np.zeros((0, 4), np.float32)
        ignored = np.concatenate((picture.ignored, extra))
        hit, judged = match(findings.boxes[mine], truth, ignored, limit)
        confidences.append(findings.confidence[mine][judged])
        hits.append(hit[judged])
        count += len(truth)
    confidence = np.concatenate(confidences) if confidences else np.zeros(0)
    order = np.argsort(-confidence, kind="stable")
    is_hit = np.concatenate(hits)[order] if hits else np.zeros(0, bool)
    return Curve(confidence[order], is_hit, count)


def average_precision(result: Curve) -> float:
    """Area under the precision envelope at 101 recalls, as COCO does."""
    if not result.count or not len(result.is_hit):
        return 0.0
    envelope = np.maximum.accumulate(result.precision[::-1])[::-1]
    at = np.searchsorted(result.recall, np.linspace(0, 1, 101), side="left")
    return float(
        np.where(at < len(envelope), envelope[np.minimum(at, len(envelope) - 1)], 0).mean()
    )


def recall_at_precision(result: Curve, precision: float) -> tuple[float, float]:
    """The best recall with at least this precision, and the confidence that gives it."""
    good = np.flatnonzero(result.precision >= precision)
    if not len(good):
        return 0.0, 1.0
    return float(result.recall[good[-1]]), float(result.confidence[good[-1]])


def at_confidence(result: Curve, confidence: float) -> tuple[float, float]:
    """Recall and precision of the detections from this confidence on."""
    kept = int((result.confidence >= confidence).sum())
    if not kept:
        return 0.0, 1.0
    return float(result.recall[kept - 1]), float(result.precision[kept - 1])


def group_ap50(found: Sequence[Findings], truths: Sequence[Picture]) -> dict[str, float]:
    """AP50 of each group and their mean under `all`."""
    values = {
        group: average_precision(curve(found, truths, names)) for group, names in GROUPS.items()
    }
    return {**values, "all": float(np.mean(list(values.values())))}
