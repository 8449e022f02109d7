"""Reading pictures with labelled obstacles: COCO `instances.json`, or `labels/*.txt`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, BaseModel, Field

from service.evaluate.errors import LabelledSetError
from service.evaluate.set_file import read_set_file
from streams import picture_file
from vision.arrays import BoolArray, FloatArray, ImageArray

PICTURE_ENDINGS = (".jpg", ".jpeg", ".png")
SLACK = 0.05
"""How far a label's share of the picture may lie beyond 0 and 1, as tools round."""


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


Finite = Annotated[float, Field(allow_inf_nan=False)]
Box = tuple[Finite, Finite, Finite, Finite]
Key = int | str


def _of_some_size(box: Box) -> Box:
    if min(box[2:]) < 0:
        raise ValueError("width and height must not be negative")
    return box


class CategoryEntry(BaseModel):
    """One class of a COCO file."""

    id: Key
    name: str


class ImageEntry(BaseModel):
    """One picture of a COCO file."""

    id: Key
    file_name: str
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]


class AnnotationEntry(BaseModel):
    """One labelled object of a COCO file."""

    image_id: Key
    category_id: Key
    bbox: Annotated[Box, AfterValidator(_of_some_size)]
    """Left, top, width, height in px."""
    iscrowd: bool = False


class InstancesEntry(BaseModel):
    """The whole `instances.json`."""

    categories: list[CategoryEntry]
    images: list[ImageEntry]
    annotations: list[AnnotationEntry]


class LabelSetEntry(BaseModel):
    """The whole `set.json` beside labels/*.txt."""

    classes: list[str]


def read_picture(path: Path) -> ImageArray:
    """One picture file as (H, W, 3) BGR; raises LabelledSetError naming it if it is damaged."""
    image = picture_file.read_picture(path)
    if image is None:
        raise LabelledSetError(f"{path} is missing or no whole picture")
    return image


def read_obstacle_set(folder: Path) -> ObstacleSet:
    """The set in `folder`, whichever of the two forms it has.

    Raises LabelledSetError naming file and fault, also where nothing is labelled.
    """
    if (folder / "instances.json").is_file():
        found = _read_coco(folder)
    elif (folder / "set.json").is_file() and _has_folders(folder):
        found = _read_yolo(folder)
    else:
        raise LabelledSetError(
            f"{folder} is no labelled obstacle set: wanted instances.json, or set.json with"
            " images/ and labels/"
        )
    if all(picture.is_crowd.all() for picture in found.pictures):
        raise LabelledSetError(f"{folder}: no picture has a labelled obstacle: nothing to judge")
    return found


def _has_folders(folder: Path) -> bool:
    return (folder / "images").is_dir() and (folder / "labels").is_dir()


def _read_coco(folder: Path) -> ObstacleSet:
    path = folder / "instances.json"
    content = read_set_file(path, InstancesEntry)
    names = {entry.id: entry.name for entry in content.categories}
    by_image: dict[Key, list[AnnotationEntry]] = {}
    for number, annotation in enumerate(content.annotations):
        if annotation.category_id not in names:
            raise LabelledSetError(
                f"{path}: annotations.{number}: wanted a category_id of the categories,"
                f" got {annotation.category_id!r}"
            )
        by_image.setdefault(annotation.image_id, []).append(annotation)
    pictures = [
        _coco_picture(folder, image, by_image.get(image.id, []), names) for image in content.images
    ]
    return ObstacleSet(tuple(pictures), tuple(names.values()))


def _coco_picture(
    folder: Path,
    image: ImageEntry,
    annotations: Sequence[AnnotationEntry],
    names: dict[Key, str],
) -> LabelledPicture:
    xywh = np.array([entry.bbox for entry in annotations], np.float32).reshape(-1, 4)
    return LabelledPicture(
        path=folder / "images" / image.file_name,
        width_px=image.width,
        height_px=image.height,
        xyxy=np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1),
        names=tuple(names[entry.category_id] for entry in annotations),
        is_crowd=np.array([entry.iscrowd for entry in annotations], np.bool_),
    )


def _read_yolo(folder: Path) -> ObstacleSet:
    classes = tuple(read_set_file(folder / "set.json", LabelSetEntry).classes)
    pictures = [
        _yolo_picture(path, folder / "labels" / f"{path.stem}.txt", classes)
        for path in sorted((folder / "images").iterdir())
        if path.suffix.lower() in PICTURE_ENDINGS
        and (folder / "labels" / f"{path.stem}.txt").is_file()
    ]
    return ObstacleSet(tuple(pictures), classes)


def _yolo_picture(path: Path, labels: Path, classes: tuple[str, ...]) -> LabelledPicture:
    height_px, width_px = read_picture(path).shape[:2]
    rows = _yolo_rows(labels, len(classes))
    size = np.array([width_px, height_px], np.float32)
    centre, half = rows[:, 1:3] * size, rows[:, 3:5] * size / 2
    return LabelledPicture(
        path=path,
        width_px=width_px,
        height_px=height_px,
        xyxy=np.concatenate([centre - half, centre + half], axis=1),
        names=tuple(classes[int(row[0])] for row in rows),
        is_crowd=np.zeros(len(rows), np.bool_),
    )


def _yolo_rows(labels: Path, classes: int) -> FloatArray:
    """(N, 5) class and four shares of the picture; empty lines are passed over."""
    try:
        lines = labels.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise LabelledSetError(f"{labels} is no text") from None
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _numbers(line)
        if not _is_label(row, classes):
            raise LabelledSetError(
                f"{labels}:{number}: wanted lines of class cx cy w h with class below {classes}"
                f" and the others from 0 to 1, got {line!r:.60}"
            )
        rows.append(row)
    return np.array(rows, np.float32).reshape(-1, 5)


def _numbers(line: str) -> list[float]:
    try:
        return [float(cell) for cell in line.split()]
    except ValueError:
        return []


def _is_label(row: Sequence[float], classes: int) -> bool:
    if len(row) != 5 or row[0] not in range(classes):
        return False
    is_near = all(-SLACK <= share <= 1 + SLACK for share in row[1:])
    return is_near and min(row[3:]) >= 0
