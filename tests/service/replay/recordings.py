"""What networks said of a clip's pictures: written down once, then said again without them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tests.builders import ScriptedClassifier, ScriptedDetector, make_detections
from vision.arrays import FloatArray, ImageArray
from vision.detections import Detections
from vision.detector import ObjectDetector
from vision.parking.watch import SpotClassifier


class RecordingDetector:
    """A detector that remembers all it found, to a tenth of a pixel."""

    def __init__(self, detector: ObjectDetector) -> None:
        self.class_names = detector.class_names
        self.pictures: list[list[list[float]]] = []
        self._detector = detector

    def __call__(self, image: ImageArray) -> Detections:
        found = self._detector(image)
        self.pictures.append(
            [
                [*(round(float(value), 1) for value in box), round(float(confidence), 3), int(kind)]
                for box, confidence, kind in zip(
                    found.xyxy, found.confidence, found.class_id, strict=True
                )
            ]
        )
        return found

    def recording(self, model: str) -> dict[str, Any]:
        return {"model": model, "class_names": self.class_names, "pictures": self.pictures}


class RecordingClassifier:
    """A classifier that remembers all probabilities."""

    def __init__(self, classifier: SpotClassifier) -> None:
        self.pictures: list[list[float]] = []
        self._classifier = classifier

    def __call__(
        self,
        image: ImageArray,
        polygons: Sequence[FloatArray],
        among: Sequence[FloatArray] = (),
    ) -> FloatArray:
        found = self._classifier(image, polygons, among)
        self.pictures.append([round(float(value), 4) for value in found])
        return found

    def recording(self, model: str) -> dict[str, Any]:
        return {"model": model, "pictures": self.pictures}


def recorded_detector(recording: dict[str, Any]) -> ScriptedDetector:
    """Says again what was found, picture after picture."""
    rows = [np.array(each, np.float64).reshape(-1, 6) for each in recording["pictures"]]
    script = [
        make_detections(each[:, :4].tolist(), each[:, 4].tolist(), each[:, 5].astype(int).tolist())
        for each in rows
    ]
    return ScriptedDetector(script, recording["class_names"])


def recorded_classifier(recording: dict[str, Any]) -> ScriptedClassifier:
    """Says again how likely each spot was occupied, picture after picture."""
    return ScriptedClassifier(recording["pictures"])
