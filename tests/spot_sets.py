"""Labelled parking sets that tests make up and write to a folder."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

CELL_PX = 20


def cell_outline(column: int) -> list[list[float]]:
    """The outline of the spot in that column of a row of square cells."""
    left = float(column * CELL_PX)
    return [[left, 0], [left + CELL_PX, 0], [left + CELL_PX, CELL_PX], [left, CELL_PX]]


def write_spot_set(folder: Path, frames: Sequence[Mapping[str, Any]], spots: int = 4) -> Path:
    """A set of cameras with a row of cells as spots "0", "1", …

    Each frame gives `occupied` (what the labels say of each cell), `white` (which cells are white
    in the picture), and what else its entry is to hold; camera "c" unless it says so.
    """
    (folder / "frames").mkdir(parents=True)
    entries = []
    for index, frame in enumerate(frames):
        picture = np.zeros((CELL_PX, CELL_PX * spots, 3), np.uint8)
        for column in frame["white"]:
            picture[:, column * CELL_PX : (column + 1) * CELL_PX] = 255
        name = f"frames/{index}.png"
        cv2.imwrite(str(folder / name), picture)
        extra = {key: value for key, value in frame.items() if key not in ("occupied", "white")}
        occupied = {str(column): state for column, state in enumerate(frame["occupied"])}
        entries.append(
            {"id": str(index), "file": name, "camera": "c", "occupied": occupied} | extra
        )
    cameras = {entry["camera"] for entry in entries}
    outlines = {str(column): cell_outline(column) for column in range(spots)}
    content = {"name": "made up", "spots": dict.fromkeys(cameras, outlines), "frames": entries}
    (folder / "set.json").write_text(json.dumps(content))
    return folder
