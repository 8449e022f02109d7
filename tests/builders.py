"""Small things in one call: detections, pictures, frames, and parts that follow a script."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.detections import Detections
from vision.frame import NS_PER_S, Frame


def make_detections(
    xyxy: Sequence[Sequence[float]],
    confidence: float | Sequence[float] = 0.9,
    class_id: int | Sequence[int] = 0,
) -> Detections:
    """Objects with these boxes; one confidence or class stands for all."""
    count = len(xyxy)
    return Detections(
        xyxy=np.array(xyxy, np.float32).reshape(count, 4),
        confidence=np.broadcast_to(np.array(confidence, np.float32), count).copy(),
        class_id=np.broadcast_to(np.array(class_id, np.int64), count).copy(),
    )


@cache
def _street(width_px: int, height_px: int) -> FloatArray:
    """Blocks of several greys with sharp edges."""
    random = np.random.default_rng(1)
    street = np.full((height_px, width_px, 3), 110, np.float32)
    for _ in range(150):
        left, top = random.integers(0, width_px), random.integers(0, height_px)
        width, height = random.integers(8, 80, 2)
        street[top : top + height, left : left + width] += random.normal(0, 45, 3)
    return street


def make_picture(width_px: int = 640, height_px: int = 360, seed: int = 0) -> ImageArray:
    """A street-like picture with camera noise of its own."""
    street = _street(width_px, height_px)
    noise = np.random.default_rng(seed).standard_normal(street.shape, np.float32) * 2
    return np.clip(street + noise, 0, 255).astype(np.uint8)


def make_frame(at_s: float, image: ImageArray | None = None, camera_id: str = "north") -> Frame:
    """The picture of one moment, with its own noise unless it is given."""
    number = round(at_s * 25)
    return Frame(
        camera_id=camera_id,
        frame_id=number,
        timestamp_ns=round(at_s * NS_PER_S),
        image=make_picture(seed=number) if image is None else image,
    )


class ScriptedDetector:
    """Finds what it is told to find, picture after picture; the last one repeats."""

    def __init__(
        self, script: Sequence[Detections], class_names: Sequence[str] = ("person", "car")
    ) -> None:
        self.class_names = tuple(class_names)
        self.seen = 0
        self._script = list(script)

    def __call__(self, image: ImageArray) -> Detections:  # noqa: ARG002
        found = self._script[min(self.seen, len(self._script) - 1)]
        self.seen += 1
        return found


class ScriptedClassifier:
    """Gives each spot the probability it is told, picture after picture; the last repeats."""

    def __init__(self, script: Sequence[Sequence[float]]) -> None:
        self.polygons: list[Sequence[FloatArray]] = []
        self._script = list(script)

    def __call__(
        self,
        image: ImageArray,  # noqa: ARG002
        polygons: Sequence[FloatArray],
        among: Sequence[FloatArray] = (),  # noqa: ARG002
    ) -> FloatArray:
        row = self._script[min(len(self.polygons), len(self._script) - 1)]
        self.polygons.append(polygons)
        return np.array(row)
