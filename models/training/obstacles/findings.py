"""What the teachers found, kept on disk so that agreement can be judged again in a second."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models.training.obstacles.agreement import Findings
from models.training.obstacles.pictures import Picture
from models.training.obstacles.teachers import load_teachers, look

CLOSE_FROM_PX = 500  # wider pictures are looked at in tiles too


def gather(pictures: Sequence[Picture], weights: Path, cache: Path) -> dict[str, list[Findings]]:
    """Findings of every teacher for every picture; those already in the cache are read."""
    cache.mkdir(parents=True, exist_ok=True)
    teachers = None
    found = {}
    for picture in tqdm(pictures, desc="teachers look"):
        file = cache / f"{picture.name.replace('/', '-')}.json"
        if not file.is_file():
            teachers = teachers or load_teachers(weights)
            image = picture.read()
            close = picture.width >= CLOSE_FROM_PX
            write(file, [look(network, image, close=close) for network in teachers.values()])
        found[picture.name] = read(file)
    return found


def write(file: Path, findings: Sequence[Findings]) -> None:
    """One picture's findings as JSON, whole or not at all."""
    rows = [
        {
            "boxes": np.round(f.boxes, 1).tolist(),
            "confidence": np.round(f.confidence, 3).tolist(),
            "class_id": f.class_id.tolist(),
        }
        for f in findings
    ]
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(rows))
    fresh.replace(file)


def read(file: Path) -> list[Findings]:
    """One picture's findings, one entry per teacher."""
    return [
        Findings(
            np.array(row["boxes"], np.float32).reshape(-1, 4),
            np.array(row["confidence"], np.float32),
            np.array(row["class_id"], dtype=int),
        )
        for row in json.loads(file.read_text())
    ]
