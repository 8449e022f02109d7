"""Spots of rendered lots, whose every label is known."""

import json
from pathlib import Path

import cv2
import numpy as np

from models.training.parking.spot_patches import PatchRow, cut_patch

VEHICLES = ("car", "bus", "truck")
HIDDEN_SHARE = 0.85  # of a free spot's outline under vehicles' boxes: nobody could tell its state


def rendered_rows(folder: Path) -> list[PatchRow]:
    """Every spot of the stills under `folder` that can be judged; its site is the weather."""
    rows = []
    for path in sorted((folder / "labels").glob("*.json")):
        label = json.loads(path.read_text())
        picture = cv2.imread(str(folder / label["file"]))
        for spot_id, corners in label["spots"].items():
            outline, occupied = np.array(corners, np.float64), label["occupied"][spot_id]
            if not occupied and _covered(outline, label["boxes"], picture.shape) > HIDDEN_SHARE:
                continue
            site = f"rendered_{label['conditions']}"
            rows.append(PatchRow(*cut_patch(picture, outline), occupied, "rendered", site))
    return rows


def _covered(outline: np.ndarray, boxes: list[dict], shape: tuple[int, ...]) -> float:
    """Share of an outline (K, 2) px that lies under the boxes of vehicles."""
    spot, under = np.zeros((2, *shape[:2]), np.uint8)
    cv2.fillPoly(spot, [np.round(outline).astype(np.int32)], 1)
    for box in boxes:
        if box["class"] in VEHICLES:
            x0, y0, x1, y1 = box["xyxy"]
            under[y0:y1, x0:x1] = 1
    return float((spot & under).sum() / max(1, spot.sum()))
