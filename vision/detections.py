"""Many detected objects, one array per field."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from vision.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """N detected objects; row i of every array describes object i."""

    xyxy: FloatArray
    """(N, 4) left, top, right, bottom in px of the source picture."""
    confidence: FloatArray
    """(N,) between 0 and 1."""
    class_id: IntArray
    """(N,) index into the detector's class names."""

    def __post_init__(self) -> None:
        count = len(self.xyxy)
        for name, shape in (("xyxy", (count, 4)), ("confidence", (count,)), ("class_id", (count,))):
            got = getattr(self, name).shape
            if got != shape:
                wanted = "(N, 4)" if name == "xyxy" else f"({count},)"
                raise ValueError(f"{name} must be {wanted}, got {got}")

    @classmethod
    def empty(cls) -> Self:
        """No objects."""
        return cls(
            xyxy=np.zeros((0, 4), np.float32),
            confidence=np.zeros(0, np.float32),
            class_id=np.zeros(0, np.int64),
        )

    @classmethod
    def concatenate(cls, parts: Sequence["Detections"]) -> Self:
        """The objects of all `parts`, in their order."""
        if not parts:
            return cls.empty()
        return cls(
            xyxy=np.concatenate([part.xyxy for part in parts]),
            confidence=np.concatenate([part.confidence for part in parts]),
            class_id=np.concatenate([part.class_id for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.xyxy)

    def __getitem__(self, rows: BoolArray | IntArray | slice) -> "Detections":
        """The chosen rows, by mask, indices or slice."""
        return Detections(self.xyxy[rows], self.confidence[rows], self.class_id[rows])
