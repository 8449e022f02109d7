"""What painted scenes are put together from: photographs and things cut out of them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from models.training.obstacles.cutouts import Cutout, cut_out
from models.training.picture_file import read_image, write_image
from models.training.track.arrays import ImageArray
from models.training.track.painting import Props, paint_scene
from models.training.track.pictures import (
    OWN_LEVEL,
    TRACK_LEVEL,
    Trackless,
    photos_to_train,
)

CUTOUT_SETS = ("street_clean", "coco_train")
CUTOUT_CLASSES = ("person", "car", "bus", "truck", "motorcycle", "bicycle")
LEAST_BOX_PX = 60
MOST_CUTOUTS = 220
BACKDROP_WIDTH_PX = 480
TRACK_SHARE = 0.9  # of painted scenes; the others show how lines look that are none


def gather_props(shared: Path, seed: int, at_most: int | None = None) -> Props:
    """Backdrops from the photographs that train, and believable outlines of what stands in streets.

    `at_most` so many of either.
    """
    most_cutouts = min(MOST_CUTOUTS, at_most or MOST_CUTOUTS)
    cutouts: list[Cutout] = []
    rng = np.random.default_rng(seed)
    for name in CUTOUT_SETS:
        folder = shared / "data" / name
        content = json.loads((folder / "instances.json").read_text())
        wanted = {c["id"] for c in content["categories"] if c["name"] in CUTOUT_CLASSES}
        files = {image["id"]: image["file_name"] for image in content["images"]}
        boxes = [a for a in content["annotations"] if a["category_id"] in wanted]
        rng.shuffle(boxes)
        for entry in tqdm(boxes, desc=f"cutting out of {name}"):
            x, y, w, h = entry["bbox"]
            if min(w, h) < LEAST_BOX_PX or entry.get("iscrowd"):
                continue
            image = read_image(folder / "images" / files[entry["image_id"]])
            cutout = cut_out(image, np.array([x, y, x + w, y + h]), 0)
            if cutout is not None:
                cutouts.append(cutout)
            if len(cutouts) >= most_cutouts * (1 + CUTOUT_SETS.index(name)) / len(CUTOUT_SETS):
                break
    return Props(gather_backdrops(photos_to_train(shared)[:at_most]), cutouts)


def gather_backdrops(photos: Sequence[Trackless]) -> list[ImageArray]:
    """The photographs, BACKDROP_WIDTH_PX wide."""
    backdrops = []
    for photo in tqdm(photos, desc="backdrops"):
        image = read_image(photo.path)
        share = BACKDROP_WIDTH_PX / image.shape[1]
        shown = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        backdrops.append(np.asarray(shown, np.uint8))
    return backdrops


def paint_scenes(
    folder: Path, gather: Callable[[], Props], n: int, seed: int, size: tuple[int, int]
) -> None:
    """Write `n` painted scenes with their masks; a stopped run goes on where it was.

    What they are painted from is gathered only where some are missing.
    """
    for part in ("images", "track"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    targets = {number: folder / "images" / f"{seed}_{number:05d}.jpg" for number in range(n)}
    missing = {number: target for number, target in targets.items() if not target.exists()}
    if not missing:
        return
    props = gather()
    for number, target in tqdm(missing.items(), desc="painting"):
        rng = np.random.default_rng([seed, number])
        sample = paint_scene(rng, size, props, has_track=rng.random() < TRACK_SHARE)
        mask = np.where(sample.own, OWN_LEVEL, np.where(sample.every, TRACK_LEVEL, 0))
        write_image(folder / "track" / f"{target.stem}.png", mask.astype(np.uint8))
        write_image(target, sample.image)
