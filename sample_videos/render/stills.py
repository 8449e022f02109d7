"""Labelled training pictures of random scenes, in the formats that `wayside evaluate` reads."""

import json
import logging
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sample_videos.render.film import Film
from sample_videos.render.outline import seen_bodies
from sample_videos.render.own_way import own_way
from sample_videos.render.random_scene import (
    MANY_ANIMALS,
    MOSTLY_PEOPLE,
    StillKind,
    random_lot,
    random_street,
    without_overlaps,
)
from sample_videos.render.raw_picture import RawPicture
from sample_videos.render.scene import Scene, scene_from
from sample_videos.render.stage import Stage
from sample_videos.render.track_mask import ground_masks, is_ground_seen
from sample_videos.render.truth import is_spot_occupied, spot_polygon

log = logging.getLogger(__name__)

# COCO's names for what is seen; a tram is a train to it.
CATEGORIES = {
    "person": 1, "bicycle": 2, "car": 3, "motorcycle": 4, "bus": 6, "train": 7, "truck": 8,
    "dog": 18,
}  # fmt: skip
COCO_NAME = {"tram": "train"}
SMALLEST_VISIBLE = 0.15
SMALLEST_PX = 40


def render_stills(out: Path, n: int, seed: int, kind: StillKind, threads: int) -> None:
    """Write `n` labelled pictures; a stopped run goes on where it was.

    Lots: `set.json` (labelled parking set). Streets: `instances.json` (COCO), `ego_track/` and
    `track/` masks. Both have `images/`. Every picture is a scene of its own, drawn from
    (seed, number).
    """
    (out / "images").mkdir(parents=True, exist_ok=True)
    (out / "labels").mkdir(exist_ok=True)
    for number in range(n):
        label = out / "labels" / f"{seed}_{number:05d}.json"
        if not label.exists():
            rng = np.random.default_rng([seed, number])
            if kind is StillKind.PARKING:
                lot_still(out, label, rng, threads)
            else:
                shares = MANY_ANIMALS if kind is StillKind.ANIMALS else MOSTLY_PEOPLE
                tram_still(out, label, random_street(rng, shares), threads)
            log.info("%d/%d", number + 1, n)
    labels = [json.loads(path.read_text()) for path in sorted((out / "labels").glob("*.json"))]
    (out / "instances.json").write_text(json.dumps(_as_coco(labels)))
    if kind is StillKind.PARKING:
        (out / "set.json").write_text(json.dumps(_as_parking_set(out.name, labels)))


def lot_still(out: Path, label: Path, rng: np.random.Generator, threads: int) -> None:
    """Render one lot and write its picture and label."""
    scene = without_overlaps(scene_from(label.stem, random_lot(rng)))
    picture, bodies, _ = _take(scene, threads)
    _write(out, label, scene, picture, bodies)
    kept = json.loads(label.read_text())
    kept["conditions"] = scene.raw["conditions"]
    kept["spots"], kept["occupied"] = {}, {}
    for spot in scene.shown_spots:
        kept["spots"][spot.spot_id] = spot_polygon(scene, spot.outline_m, 0.0)
        kept["occupied"][spot.spot_id] = int(is_spot_occupied(scene, spot, 0.0))
    label.write_text(json.dumps(kept))


def tram_still(out: Path, label: Path, street: dict[str, Any], threads: int) -> None:
    """Render one view from a cab and write its picture, label and masks.

    `ego_track/` is the own track's ground, whatever stands on it; `track/` all track in the
    picture's depth that nothing hides, 255 where it is the own one, 128 where it is another. The
    label tells the own way as well.
    """
    scene = without_overlaps(scene_from(label.stem, street))
    picture, bodies, raw = _take(scene, threads)
    own, every = ground_masks(scene)
    open_ground = is_ground_seen(scene, raw)
    for folder, mask in (
        ("ego_track", np.where(own, 255, 0)),
        ("track", np.where(open_ground & own, 255, np.where(open_ground & every, 128, 0))),
    ):
        (out / folder).mkdir(exist_ok=True)
        cv2.imwrite(str(out / folder / f"{label.stem}.png"), mask.astype(np.uint8))
    _write(out, label, scene, picture, bodies)
    kept = json.loads(label.read_text()) | {"own_way": own_way(scene)}
    label.write_text(json.dumps(kept))


def _take(scene: Scene, threads: int) -> tuple[NDArray[np.uint8], list[dict[str, Any]], RawPicture]:
    stage = Stage(scene, "all", threads)
    view = stage.put(0.0)
    stage.sharpen(4 if scene.raw["light"].get("lamps") else 3)
    raw: RawPicture = stage.take()
    bodies = seen_bodies(stage.bodies, raw.index, view, 0.0)
    return Film(scene, still=raw).frame(0), bodies, raw


def _write(
    out: Path, label: Path, scene: Scene, picture: NDArray[np.uint8], bodies: list[dict[str, Any]]
) -> None:
    name = f"{label.stem}.jpg"
    cv2.imwrite(str(out / "images" / name), picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
    boxes = [
        {
            "class": COCO_NAME.get(b["class"], b["class"]),
            "xyxy": b["xyxy"],
            "visibility": b["visibility"],
        }
        for b in bodies
        if b["visibility"] >= SMALLEST_VISIBLE and b["visible_px"] >= SMALLEST_PX
    ]
    label.write_text(
        json.dumps(
            {"id": label.stem, "file": f"images/{name}", "size_px": scene.size, "boxes": boxes}
        )
    )


def _as_parking_set(name: str, labels: list[dict[str, Any]]) -> dict[str, Any]:
    """The labelled parking set of all pictures; each is a camera of its own."""
    return {
        "name": name,
        "spots": {item["id"]: item["spots"] for item in labels},
        "frames": [
            {"id": item["id"], "file": item["file"], "camera": item["id"],
             "conditions": item["conditions"], "occupied": item["occupied"]}
            for item in labels
        ],
    }  # fmt: skip


def _as_coco(labels: list[dict[str, Any]]) -> dict[str, Any]:
    images, annotations = [], []
    for number, item in enumerate(labels):
        width, height = item["size_px"]
        images.append(
            {"id": number, "file_name": Path(item["file"]).name, "width": width, "height": height}
        )
        for box in item["boxes"]:
            x0, y0, x1, y1 = box["xyxy"]
            annotations.append({
                "id": len(annotations) + 1, "image_id": number,
                "category_id": CATEGORIES[box["class"]],
                "bbox": [x0, y0, x1 - x0, y1 - y0], "area": (x1 - x0) * (y1 - y0), "iscrowd": 0,
            })  # fmt: skip
    categories = [{"id": i, "name": name} for name, i in CATEGORIES.items()]
    return {"images": images, "annotations": annotations, "categories": categories}
