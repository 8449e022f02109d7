"""Made-up spots on street pictures: where a vehicle's box stands, and where none does.

They show the network ground, people and things that no parking lot of the training sets has.
"""

import json
from pathlib import Path

import numpy as np

from models.training.parking.settings import SetNames
from models.training.parking.spot_patches import PatchRow, cut_patch
from models.training.picture_file import read_image

PARKED = ("car", "truck")
VEHICLES = (*PARKED, "bus", "train", "motorcycle")
SMALLEST_PX = 28  # a vehicle's box; smaller ones show little
FREE_PER_PICTURE = 4
TRIES = 12
FREE_OVERLAP = 0.04  # of a made-up free spot's box with vehicles' boxes


def street_rows(folder: Path, sets: SetNames) -> list[PatchRow]:
    """Rows of the street sets, which lie under `folder`; the same ones every time."""
    rng = np.random.default_rng(7)
    rows: list[PatchRow] = []
    for name in sets.streets:
        content = json.loads((folder / name / "instances.json").read_text())
        names = {entry["id"]: entry["name"] for entry in content["categories"]}
        boxes: dict[int, list[dict]] = {}
        for annotation in content["annotations"]:
            annotation["name"] = names[annotation["category_id"]]
            boxes.setdefault(annotation["image_id"], []).append(annotation)
        for image in content["images"]:
            picture = read_image(folder / name / "images" / image["file_name"])
            rows += _rows_of_picture(picture, boxes.get(image["id"], []), name, rng)
    return rows


def _rows_of_picture(
    picture: np.ndarray, annotations: list[dict], source: str, rng: np.random.Generator
) -> list[PatchRow]:
    vehicles = np.array(
        [entry["bbox"] for entry in annotations if entry["name"] in VEHICLES], np.float64
    ).reshape(-1, 4)
    outlines = []
    for entry in annotations:
        x, y, width, height = entry["bbox"]
        is_whole = x > 2 and y > 2 and x + width < picture.shape[1] - 2
        if entry["name"] not in PARKED or entry["iscrowd"] or not is_whole:
            continue
        if min(width, height) >= SMALLEST_PX and 0.4 < width / height < 3.5:
            outlines.append((_outline_under(entry["bbox"], rng), 1))
    for _ in range(FREE_PER_PICTURE):
        outline = _free_outline(picture, vehicles, rng)
        if outline is not None:
            outlines.append((outline, 0))
    return [
        PatchRow(*cut_patch(picture, outline), occupied, source, source, False)
        for outline, occupied in outlines
    ]


def _outline_under(box: list[float], rng: np.random.Generator) -> np.ndarray:
    """The ground that the vehicle in the box may stand on, as a slanted outline."""
    x, y, width, height = box
    top = y + height * rng.uniform(0.15, 0.5)
    bottom = y + height * rng.uniform(0.95, 1.08)
    lean = width * rng.uniform(-0.2, 0.2)
    inset = width * rng.uniform(-0.05, 0.12)
    left, right = x + inset, x + width - inset
    return np.array(
        [[left + lean, top], [right + lean, top], [right - lean, bottom], [left - lean, bottom]]
    )


def _free_outline(
    picture: np.ndarray, vehicles: np.ndarray, rng: np.random.Generator
) -> np.ndarray | None:
    """A slanted outline anywhere in the lower part of the picture that meets no vehicle."""
    height, width = picture.shape[:2]
    for _ in range(TRIES):
        long, short = rng.uniform(0.1, 0.4) * width, rng.uniform(0.06, 0.25) * width
        angle = rng.uniform(0, np.pi)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [long / 2, short / 2]
        flat = np.array([1, rng.uniform(0.35, 1)])  # seen at an angle
        centre = np.array([rng.uniform(0.1, 0.9) * width, rng.uniform(0.45, 0.95) * height])
        outline = corners @ turn * flat + centre
        if _share_on_vehicles(outline, vehicles) <= FREE_OVERLAP:
            return outline
    return None


def _share_on_vehicles(outline: np.ndarray, vehicles: np.ndarray) -> float:
    """Largest share of the outline's box that one vehicle's box covers."""
    low, high = outline.min(0), outline.max(0)
    inner = np.minimum(high, vehicles[:, :2] + vehicles[:, 2:]) - np.maximum(low, vehicles[:, :2])
    shares = np.clip(inner, 0, None).prod(1) / (high - low).prod()
    return float(shares.max(initial=0.0))
