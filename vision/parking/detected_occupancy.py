"""Occupancy of spots from the vehicles that a detector finds."""

from collections.abc import Sequence

from vision.arrays import FloatArray, ImageArray
from vision.detector import ObjectDetector


class DetectedOccupancy:
    """A spot classifier made of an object detector."""

    def __init__(self, detector: ObjectDetector) -> None:
        self._detector = detector

    def __call__(self, image: ImageArray, polygons: Sequence[FloatArray]) -> FloatArray:
        """(N,) probability of a car on each of the N (K, 2) outlines."""
        raise NotImplementedError
