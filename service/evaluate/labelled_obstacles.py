"""Reading pictures with labelled obstacles: COCO `instances.json`, or `labels/*.txt`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from service.evaluate.errors import LabelledSetError
from vision.arrays import BoolArray, FloatArray, ImageArray

PICTURE_ENDINGS = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPicture:
    """One picture and what is in it; row i of every array is one labelled object."""

    path: Path
    width_px: int
    height_px: int
    xyxy: FloatArray
    """(N, 4) px."""
    names: tuple[str, ...]
    is_crowd: BoolArray
    """(N,) regions that are neither object nor background: ignored."""

    def read(self) -> ImageArray:
        """The picture itself, (H, W, 3) BGR; raises LabelledSetError if it cannot be read."""
        return read_picture(self.path)


@dataclass(frozen=True, slots=True)
class ObstacleSet:
    """Labelled pictures and every class name that the set's labels know."""

    pictures: tuple[LabelledPicture, ...]
    class_names: tuple[str, ...]


def read_picture(path: Path) -> ImageArray:
    """One picture file as (H, W, 3) BGR; raises LabelledSetError naming it if it is damaged."""
    image: ImageArray | None = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise LabelledSetError(f"{path} is missing or no picture")
    return image


def read_obstacle_set(folder: Path) -> ObstacleSet:
    """The set in `folder`, whichever of the two forms it has."""
    if (folder / "instances.json").is_file():
        return _read_coco(folder)
    if (folder / "set.json").is_file() and (folder / "labels").is_dir():
        return _read_yolo(folder)
    raise LabelledSetError(
        f"{folder} is no labelled obstacle set: wanted instances.json, or set.json with labels/"
    )


def _json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise LabelledSetError(f"{path} is no JSON: {error}") from None
    return content


def _read_coco(folder: Path) -> ObstacleSet:
    content = _json(folder / "instances.json")
    try:
        names = {entry["id"]: entry["name"] for entry in content["categories"]}
        by_image: dict[int, list[dict[str, Any]]] = {}
        for annotation in content["annotations"]:
            by_image.setdefault(annotation["image_id"], []).append(annotation)
        pictures = [
            _coco_picture(folder, image, by_image.get(image["id"], []), names)
            for image in content["images"]
        ]
    except KeyError as error:
        raise LabelledSetError(f"{folder / 'instances.json'} lacks {error}") from None
    return ObstacleSet(tuple(pictures), tuple(names.values()))


def _coco_picture(
    folder: Path,
    image: dict[str, Any],
    annotations: list[dict[str, Any]],
    names: dict[int, str],
) -> LabelledPicture:
    xywh = np.array([entry["bbox"] for entry in annotations], np.float32).reshape(-1, 4)
    return LabelledPicture(
        path=folder / "images" / image["file_name"],
        width_px=image["width"],
        height_px=image["height"],
        xyxy=np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1),
        names=tuple(names[entry["category_id"]] for entry in annotations),
        is_crowd=np.array([bool(entry.get("iscrowd", 0)) for entry in annotations], np.bool_),
    )


def _read_yolo(folder: Path) -> ObstacleSet:
    content = _json(folder / "set.json")
    if "classes" not in content:
        raise LabelledSetError(f"{folder / 'set.json'} lacks 'classes'")
    classes = tuple(str(name) for name in content["classes"])
    pictures = [
        _yolo_picture(path, folder / "labels" / f"{path.stem}.txt", classes)
        for path in sorted((folder / "images").iterdir())
        if path.suffix.lower() in PICTURE_ENDINGS
        and (folder / "labels" / f"{path.stem}.txt").is_file()
    ]
    return ObstacleSet(tuple(pictures), classes)


def _yolo_picture(path: Path, labels: Path, classes: tuple[str, ...]) -> LabelledPicture:
    height_px, width_px = read_picture(path).shape[:2]
    try:
        rows = np.array(
            [[float(cell) for cell in line.split()] for line in labels.read_text().splitlines()],
            np.float32,
        ).reshape(-1, 5)
        names = tuple(classes[int(row[0])] for row in rows)
    except (ValueError, IndexError):
        raise LabelledSetError(
            f"{labels}: wanted lines of class cx cy w h with class below {len(classes)}"
        ) from None
    size = np.array([width_px, height_px], np.float32)
    centre, half = rows[:, 1:3] * size, rows[:, 3:5] * size / 2
    return LabelledPicture(
        path=path,
        width_px=width_px,
        height_px=height_px,
        xyxy=np.concatenate([centre - half, centre + half], axis=1),
        names=names,
        is_crowd=np.zeros(len(rows), np.bool_),
    )
