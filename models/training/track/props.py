"""What painted scenes are put together from: photographs and things cut out of them."""

import json
from pathlib import Path

import cv2
import numpy as np

from models.training.obstacles.cutouts import Cutout, cut_out
from models.training.track.painting import Props, paint_scene
from models.training.track.pictures import (
    OWN_LEVEL,
    TRACK_LEVEL,
    read_image,
    read_photos,
)

CUTOUT_SETS = ("street_clean", "coco_train")
CUTOUT_CLASSES = ("person", "car", "bus", "truck", "motorcycle", "bicycle")
LEAST_BOX_PX = 60
MOST_CUTOUTS = 220
BACKDROP_WIDTH_PX = 480
TRACK_SHARE = 0.9  # of painted scenes; the others show how lines look that are none


def gather_props(shared: Path, seed: int) -> Props:
    """Backdrops from all photographs, and believable outlines of what stands in streets."""
    backdrops = []
    for photo in read_photos(shared):
        image = read_image(photo.path)
        share = BACKDROP_WIDTH_PX / image.shape[1]
        backdrops.append(cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA))
    cutouts: list[Cutout] = []
    rng = np.random.default_rng(seed)
    for name in CUTOUT_SETS:
        folder = shared / "data" / name
        content = json.loads((folder / "instances.json").read_text())
        wanted = {c["id"] for c in content["categories"] if c["name"] in CUTOUT_CLASSES}
        files = {image["id"]: image["file_name"] for image in content["images"]}
        boxes = [a for a in content["annotations"] if a["category_id"] in wanted]
        rng.shuffle(boxes)
        for entry in boxes:
            x, y, w, h = entry["bbox"]
            if min(w, h) < LEAST_BOX_PX or entry.get("iscrowd"):
                continue
            image = read_image(folder / "images" / files[entry["image_id"]])
            cutout = cut_out(image, np.array([x, y, x + w, y + h]), 0)
            if cutout is not None:
                cutouts.append(cutout)
            if len(cutouts) >= MOST_CUTOUTS * (1 + CUTOUT_SETS.index(name)) / len(CUTOUT_SETS):
                break
    return Props(backdrops, cutouts)


def paint_scenes(folder: Path, props: Props, n: int, seed: int, size: tuple[int, int]) -> None:
    """Write `n` painted scenes with their masks; a stopped run goes on where it was."""
    for part in ("images", "track"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for number in range(n):
        target = folder / "images" / f"{seed}_{number:05d}.jpg"
        if target.exists():
            continue
        rng = np.random.default_rng([seed, number])
        sample = paint_scene(rng, size, props, has_track=rng.random() < TRACK_SHARE)
        mask = np.where(sample.own, OWN_LEVEL, np.where(sample.every, TRACK_LEVEL, 0))
        cv2.imwrite(str(folder / "track" / f"{target.stem}.png"), mask.astype(np.uint8))
        cv2.imwrite(str(target), sample.image, [cv2.IMWRITE_JPEG_QUALITY, 95])
