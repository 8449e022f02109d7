"""Objects followed from picture to picture, one array per field."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from vision.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """N followed objects; row i of every array describes object i."""

    track_id: IntArray
    """(N,) unique within one tracker, never used again."""
    xyxy: FloatArray
    """(N, 4) filtered left, top, right, bottom in px of the source picture."""
    velocity_px_s: FloatArray
    """(N, 4) speed of centre x, centre y, width and height in px per second."""
    confidence: FloatArray
    """(N,) the best of late, fading: one faint picture does not undo a sure one."""
    class_id: IntArray
    """(N,) index into the detector's class names."""
    age_frames: IntArray
    """(N,) frames in which the object was matched so far."""
    is_seen: BoolArray
    """(N,) whether this picture shows it; else its box is where it should be by now."""
    is_confirmed: BoolArray
    """(N,) whether it is real; else it was found too seldom yet to say so."""

    def __post_init__(self) -> None:
        count = len(self.track_id)
        for name in ("xyxy", "velocity_px_s"):
            got = getattr(self, name).shape
            if got != (count, 4):
                raise ValueError(f"{name} must be ({count}, 4), got {got}")
        for name in ("confidence", "class_id", "age_frames", "is_seen", "is_confirmed"):
            got = getattr(self, name).shape
            if got != (count,):
                raise ValueError(f"{name} must be ({count},), got {got}")

    @classmethod
    def empty(cls) -> Self:
        """No objects."""
        return cls(
            track_id=np.zeros(0, np.int64),
            xyxy=np.zeros((0, 4), np.float32),
            velocity_px_s=np.zeros((0, 4), np.float32),
            confidence=np.zeros(0, np.float32),
            class_id=np.zeros(0, np.int64),
            age_frames=np.zeros(0, np.int64),
            is_seen=np.zeros(0, np.bool_),
            is_confirmed=np.zeros(0, np.bool_),
        )

    def __len__(self) -> int:
        return len(self.track_id)

    def __getitem__(self, rows: BoolArray | IntArray | slice) -> "Tracks":
        """The chosen rows, by mask, indices or slice."""
        return Tracks(
            self.track_id[rows],
            self.xyxy[rows],
            self.velocity_px_s[rows],
            self.confidence[rows],
            self.class_id[rows],
            self.age_frames[rows],
            self.is_seen[rows],
            self.is_confirmed[rows],
        )
