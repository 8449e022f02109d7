"""Labelled pictures, and readers for the two formats they come in.

A folder holds either `labels/*.txt` (class cx cy w h, normalised) with `set.json`, or COCO
`instances.json`; both keep their pictures in `images/`.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.training.obstacles.classes import class_of
from models.training.obstacles.overlap import FloatArray, IntArray
from models.training.picture_file import read_image

LEAST_SIDE_PX = 1.0  # thinner boxes are slips of a mouse


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture's truth; row i of boxes and of class_id describes object i.

    Of what lies in `ignored` nobody knows what it is; in `empty`, (E, 4), a detector may see an
    object where there is none.
    """

    path: Path
    source: str  # name of the data set
    width: int
    height: int
    boxes: FloatArray  # (N, 4) x0 y0 x1 y1 in px
    class_id: IntArray  # (N,)
    ignored: FloatArray = field(default_factory=lambda: np.zeros((0, 4), np.float32))  # (K, 4)
    empty: FloatArray = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    is_exhaustive: bool = True  # False: what is not labelled may still be an object
    is_stretched: bool = False  # True: its aspect was lost, so jitter it more
    is_night: bool = False

    @property
    def name(self) -> str:
        """Unique among all sets."""
        return f"{self.source}/{self.path.stem}"

    def read(self) -> np.ndarray:
        """The pixels, (H, W, 3) uint8 BGR.

        Raises:
            FileNotFoundError: there is no readable picture at the path.
        """
        return read_image(self.path)


def read_folder(folder: Path, *, is_exhaustive: bool = True) -> list[Picture]:
    """All pictures of a labelled folder, in the order of their names.

    Raises:
        FileNotFoundError: the folder has neither `instances.json` nor `set.json`.
    """
    if (folder / "instances.json").is_file():
        return read_coco(folder, is_exhaustive=is_exhaustive)
    if (folder / "set.json").is_file():
        return read_text_labels(folder, is_exhaustive=is_exhaustive)
    raise FileNotFoundError(f"{folder} has neither instances.json nor set.json")


def read_text_labels(folder: Path, *, is_exhaustive: bool = True) -> list[Picture]:
    """A folder of `images/` and `labels/*.txt`, classes named in `set.json`."""
    names = json.loads((folder / "set.json").read_text())["classes"]
    pictures = []
    for path in sorted((folder / "images").iterdir()):
        height, width = read_image(path).shape[:2]
        label_file = folder / "labels" / f"{path.stem}.txt"
        text = label_file.read_text() if label_file.is_file() else ""
        boxes, class_id = parse_text_labels(text, names, width, height)
        pictures.append(
            Picture(
                path, folder.name, width, height, boxes, class_id,
                is_exhaustive=is_exhaustive, is_night=path.stem.startswith("night"),
            )
        )  # fmt: skip
    return pictures


def parse_text_labels(
    text: str, names: list[str], width: int, height: int
) -> tuple[FloatArray, IntArray]:
    """Boxes (N, 4) in px and classes (N,) from lines of `class cx cy w h`, normalised.

    Raises:
        ValueError: a line has not five fields.
    """
    boxes, class_id = [], []
    for line in text.splitlines():
        fields = line.split()
        if not fields:
            continue
        if len(fields) != 5:
            raise ValueError(f"a label line has 5 fields, got {len(fields)}: {line!r}")
        ours = class_of(names[int(fields[0])])
        if ours is None:
            continue
        cx, cy, w, h = (float(value) for value in fields[1:])
        corners = (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)
        boxes.append(np.array(corners) * (width, height, width, height))
        class_id.append(ours)
    return stack(boxes), np.array(class_id, dtype=int)


def read_coco(folder: Path, *, is_exhaustive: bool = True) -> list[Picture]:
    """A folder of `images/` and COCO `instances.json`; crowds become ignored regions."""
    content = json.loads((folder / "instances.json").read_text())
    ours = {item["id"]: class_of(item["name"]) for item in content["categories"]}
    found: dict[int, list[dict[str, Any]]] = {item["id"]: [] for item in content["images"]}
    for annotation in content["annotations"]:
        found[annotation["image_id"]].append(annotation)
    pictures = []
    for item in sorted(content["images"], key=lambda entry: str(entry["file_name"])):
        boxes, class_id, ignored = sort_annotations(found[item["id"]], ours)
        pictures.append(
            Picture(
                folder / "images" / item["file_name"], folder.name, item["width"], item["height"],
                boxes, class_id, ignored, is_exhaustive=is_exhaustive,
                is_stretched=bool(item.get("stretched")), is_night=bool(item.get("night")),
            )
        )  # fmt: skip
    return pictures


def sort_annotations(
    annotations: list[dict[str, Any]], ours: dict[int, int | None]
) -> tuple[FloatArray, IntArray, FloatArray]:
    """COCO annotations of one picture as boxes, classes and ignored regions."""
    boxes, class_id, ignored = [], [], []
    for annotation in annotations:
        kind = ours[annotation["category_id"]]
        x, y, w, h = annotation["bbox"]
        if kind is None or min(w, h) < LEAST_SIDE_PX:
            continue
        corners = np.array((x, y, x + w, y + h))
        if annotation.get("iscrowd"):
            ignored.append(corners)
        else:
            boxes.append(corners)
            class_id.append(kind)
    return stack(boxes), np.array(class_id, dtype=int), stack(ignored)


def stack(boxes: list[np.ndarray]) -> FloatArray:
    """A list of boxes as (N, 4) float32, also when it is empty."""
    return np.array(boxes, np.float32).reshape(-1, 4)
