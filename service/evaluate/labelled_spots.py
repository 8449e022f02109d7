"""Reading pictures whose spots are labelled free or occupied (`set.json`)."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, Field

from service.evaluate.errors import LabelledSetError
from service.evaluate.labelled_obstacles import read_picture
from service.evaluate.set_file import read_set_file
from vision.arrays import BoolArray, FloatArray, ImageArray
from vision.polygons import polygon_area

Corner = tuple[float, float]
Outline = Annotated[list[Corner], Field(min_length=3)]


class FrameEntry(BaseModel):
    """One picture's entry; what else it holds is passed over."""

    id: str
    file: str
    camera: str
    captured_at: datetime | None = None
    conditions: str | None = None
    occupied: dict[str, Annotated[int, Field(ge=0, le=1)]]


class SpotSetEntry(BaseModel):
    """The whole `set.json`."""

    name: str
    spots: dict[str, dict[str, Outline]]
    frames: list[FrameEntry]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFrame:
    """One picture and its spots; row i of `polygons` and `is_occupied` is spot_ids[i]."""

    frame_id: str
    path: Path
    camera_id: str
    captured_at: datetime | None
    conditions: str | None
    spot_ids: tuple[str, ...]
    polygons: tuple[FloatArray, ...]
    """(K, 2) px each."""
    is_occupied: BoolArray
    """(N,)"""

    def read(self) -> ImageArray:
        """The picture itself, (H, W, 3) BGR; raises LabelledSetError if it cannot be read."""
        return read_picture(self.path)


@dataclass(frozen=True, slots=True)
class SpotSet:
    """A labelled parking set."""

    name: str
    frames: tuple[LabelledFrame, ...]


def read_spot_set(folder: Path) -> SpotSet:
    """The labelled parking set in `folder`; raises LabelledSetError naming file and fault."""
    path = folder / "set.json"
    if not path.is_file():
        raise LabelledSetError(f"{folder} is no labelled parking set: it has no set.json")
    content = read_set_file(path, SpotSetEntry)
    if not any(frame.occupied for frame in content.frames):
        raise LabelledSetError(f"{path}: no frame has a labelled spot: there is nothing to judge")
    outlines = {
        camera: {
            spot_id: _outline(path, camera, spot_id, corners) for spot_id, corners in of.items()
        }
        for camera, of in content.spots.items()
    }
    return SpotSet(content.name, tuple(_frame(path, frame, outlines) for frame in content.frames))


def _outline(path: Path, camera: str, spot_id: str, corners: list[Corner]) -> FloatArray:
    outline = np.array(corners, np.float64)
    if not np.isfinite(outline).all() or polygon_area(outline) == 0:
        raise LabelledSetError(f"{path}: spot {spot_id} of camera {camera} has no area")
    return outline


def _frame(
    path: Path, frame: FrameEntry, outlines: dict[str, dict[str, FloatArray]]
) -> LabelledFrame:
    known = outlines.get(frame.camera, {})
    unknown = [spot_id for spot_id in frame.occupied if spot_id not in known]
    if unknown:
        raise LabelledSetError(
            f"{path}: frame {frame.id} labels spot {unknown[0]}, "
            f"which camera {frame.camera} has no outline of"
        )
    return LabelledFrame(
        frame_id=frame.id,
        path=path.parent / frame.file,
        camera_id=frame.camera,
        captured_at=frame.captured_at,
        conditions=frame.conditions,
        spot_ids=tuple(frame.occupied),
        polygons=tuple(known[spot_id] for spot_id in frame.occupied),
        is_occupied=np.array([bool(state) for state in frame.occupied.values()], np.bool_),
    )
