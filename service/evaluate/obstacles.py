"""How well a detector finds obstacles in labelled pictures."""

import contextlib
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from service.evaluate.errors import LabelledSetError
from service.evaluate.labelled_obstacles import LabelledPicture, ObstacleSet
from vision.arrays import BoolArray, FloatArray
from vision.boxes import box_area, intersection_matrix, iou_matrix
from vision.detections import Detections
from vision.detector import Detector

GROUPS: dict[str, frozenset[str]] = {
    "person": frozenset({"person"}),
    "vehicle": frozenset({"car", "bus", "truck", "train", "tram", "heavy_vehicle", "rail_vehicle"}),
    "two_wheeler": frozenset({"bicycle", "motorcycle", "two_wheeler"}),
}
"""What is judged together: a bus called a truck is still a vehicle seen."""

COARSE_NAME = {
    "bicycle": "two_wheeler",
    "motorcycle": "two_wheeler",
    "bus": "heavy_vehicle",
    "truck": "heavy_vehicle",
    "train": "rail_vehicle",
    "tram": "rail_vehicle",
    "bird": "animal",
    "cat": "animal",
    "dog": "animal",
    "horse": "animal",
    "sheep": "animal",
    "cow": "animal",
    "elephant": "animal",
    "bear": "animal",
    "zebra": "animal",
    "giraffe": "animal",
}
"""The class under which a network with few classes knows a finer one."""

LOW_CONFIDENCE = 0.01  # average precision wants the whole curve
MATCH_IOU = 0.5


@dataclass(frozen=True, slots=True)
class GroupScore:
    """One group's figures; recall and precision at the model's own threshold, IoU 0.5."""

    recall: float
    precision: float
    ap50: float
    n: int


@dataclass(frozen=True, slots=True)
class ObstacleReport:
    """What `wayside evaluate obstacles` prints; fractions between 0 and 1."""

    ap: float
    ap50: float
    person: GroupScore
    vehicle: GroupScore
    two_wheeler: GroupScore

    def to_json(self) -> dict[str, Any]:
        """The report as plain values, rounded to four places."""
        content: dict[str, Any] = _rounded(asdict(self))
        return content


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One picture's labels beside what the detector said of it, all confidences kept."""

    picture: LabelledPicture
    found: Detections
    found_names: tuple[str, ...]


def evaluate_obstacles(
    labelled: ObstacleSet,
    detector: Detector,
    *,
    on_picture: Callable[[], None] = lambda: None,
) -> ObstacleReport:
    """Judge the detector on every picture; `on_picture` is called after each.

    Raises LabelledSetError where the detector knows nothing of what is labelled.
    """
    shared = _shared_class(labelled, detector.class_names)
    names = {name for picture in labelled.pictures for name in picture.names}
    if not any(shared(name) or _group_of(name) for name in names):
        raise LabelledSetError(
            f"{detector.spec.name} finds none of what is labelled ({', '.join(sorted(names))}):"
            " nothing to judge"
        )
    threshold = detector.confidence
    low = Detector(detector.network, detector.spec, confidence=LOW_CONFIDENCE, max_detections=300)
    judged = []
    for picture in labelled.pictures:
        found = low(picture.read())
        found_names = tuple(detector.class_names[index] for index in found.class_id)
        judged.append(Judged(picture, found, found_names))
        on_picture()
    precision = _average_precision(judged, shared)
    groups = {name: _score_group(judged, name, threshold) for name in GROUPS}
    return ObstacleReport(ap=precision[0], ap50=precision[1], **groups)


def _shared_class(labelled: ObstacleSet, model_names: Sequence[str]) -> Callable[[str], str | None]:
    """Maps a label's or a model's name to the class both know it by, or None."""
    of_model = set(model_names)
    of_set = {_known_as(name, of_model) for name in labelled.class_names}

    def shared(name: str) -> str | None:
        known = _known_as(name, of_model)
        return known if known in of_set else None

    return shared


def _known_as(name: str, of_model: set[str]) -> str | None:
    coarse = COARSE_NAME.get(name)
    if name in of_model:
        return name
    return coarse if coarse in of_model else None


def _group_of(name: str) -> str | None:
    return next((group for group, members in GROUPS.items() if name in members), None)


def _average_precision(
    judged: Sequence[Judged], class_of: Callable[[str], str | None]
) -> tuple[float, float]:
    """COCO's AP over IoU 0.5–0.95, and AP at 0.5, over the classes `class_of` gives."""
    known = (class_of(name) for item in judged for name in item.picture.names)
    classes = sorted({name for name in known if name is not None})
    if not classes:
        return 0.0, 0.0
    category = {name: index + 1 for index, name in enumerate(classes)}
    truth: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for image_id, item in enumerate(judged, start=1):
        picture = item.picture
        for xyxy, name, is_crowd in zip(picture.xyxy, picture.names, picture.is_crowd, strict=True):
            if (shared := class_of(name)) is not None:
                entry = _coco_entry(image_id, category[shared], xyxy)
                truth.append(entry | {"id": len(truth) + 1, "iscrowd": int(is_crowd)})
        for xyxy, confidence, name in zip(
            item.found.xyxy, item.found.confidence, item.found_names, strict=True
        ):
            if (shared := class_of(name)) in category:
                entry = _coco_entry(image_id, category[str(shared)], xyxy)
                results.append(entry | {"score": float(confidence)})
    return _coco_precision(len(judged), category, truth, results)


def _coco_entry(image_id: int, category_id: int, xyxy: FloatArray) -> dict[str, Any]:
    left, top, right, bottom = (float(value) for value in xyxy)
    size = [right - left, bottom - top]
    return {
        "image_id": image_id,
        "category_id": category_id,
        "bbox": [left, top, *size],
        "area": size[0] * size[1],
    }


def _coco_precision(
    pictures: int,
    category: dict[str, int],
    truth: list[dict[str, Any]],
    results: list[dict[str, Any]],
) -> tuple[float, float]:
    if not results:
        return 0.0, 0.0
    with contextlib.redirect_stdout(io.StringIO()):  # pycocotools prints as it goes
        labels = COCO()
        labels.dataset = {
            "info": {},
            "images": [{"id": index + 1} for index in range(pictures)],
            "annotations": truth,
            "categories": [{"id": index, "name": name} for name, index in category.items()],
        }
        labels.createIndex()
        scoring = COCOeval(labels, labels.loadRes(results), "bbox")
        scoring.evaluate()
        scoring.accumulate()
        scoring.summarize()
    return max(0.0, float(scoring.stats[0])), max(0.0, float(scoring.stats[1]))


def _score_group(judged: Sequence[Judged], group: str, threshold: float) -> GroupScore:
    hits = found = labels = 0
    for item in judged:
        ours = np.array([name in GROUPS[group] for name in item.found_names], np.bool_)
        ours &= item.found.confidence >= threshold
        theirs = np.array([name in GROUPS[group] for name in item.picture.names], np.bool_)
        counted = theirs & ~item.picture.is_crowd
        matched = _match(item.found[ours], item.picture.xyxy[counted])
        excused = _excused(item.found[ours], item.picture.xyxy[theirs & item.picture.is_crowd])
        hits += int(matched.sum())
        found += int((matched | ~excused).sum())
        labels += int(counted.sum())
    ap50 = _average_precision(judged, lambda name: group if _group_of(name) == group else None)[1]
    return GroupScore(
        recall=hits / labels if labels else 0.0,
        precision=hits / found if found else 0.0,
        ap50=ap50,
        n=labels,
    )


def _match(found: Detections, labels: FloatArray) -> BoolArray:
    """(N,) which detections hit a label of their own, most confident first."""
    iou = iou_matrix(found.xyxy, labels)
    hit = np.zeros(len(found), np.bool_)
    for row in np.argsort(-found.confidence, kind="stable"):
        if labels.size and iou[row].max() >= MATCH_IOU:
            hit[row] = True
            iou[:, iou[row].argmax()] = 0.0
    return hit


def _excused(found: Detections, crowds: FloatArray) -> BoolArray:
    """(N,) which detections lie mostly in a region that is to be ignored."""
    if len(crowds) == 0:
        return np.zeros(len(found), np.bool_)
    share = intersection_matrix(found.xyxy, crowds).max(axis=1) / np.maximum(
        box_area(found.xyxy), 1e-6
    )
    return np.asarray(share >= MATCH_IOU)


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    return round(value, 4) if isinstance(value, float) else value
