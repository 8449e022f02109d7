"""What the vehicles around one spot say of it: its own, one that fits another spot better, none.

A network that judges a spot by itself takes the upper half of the next row's vehicle for a parked
one. A detector sees whole vehicles, and a vehicle stands on one spot only.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from vision.arrays import BoolArray, FloatArray, ImageArray
from vision.classes import KIND_OF, Kind
from vision.detections import Detections
from vision.detector import Detector
from vision.parking.detected_occupancy import place_overlap
from vision.parking.spot_view import OUTSIDE_GREY

WINDOW_PX = 320
WINDOW_SIDES = 4.0  # of the spot's longer side: a vehicle comes out at the size detectors know
RISE_SIDES = 0.1  # how far the window is moved up: vehicles stand above the ground
FAINTEST = 0.05  # confidence from which a detection says something
NEAR_SIDES = 2.5  # spots farther away, in the same unit, do not claim the window's vehicles
# What each counts in log-odds: chosen by `python -m benchmarks.choose_vehicle_weights` on training
# places that the judging network had never seen.
OWN_WEIGHT, OTHERS_WEIGHT, BIAS = 7.84, -3.29, -1.2


class VehiclesAround:
    """A detector of small windows as evidence about spots."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._is_vehicle: BoolArray = np.array(
            [KIND_OF.get(name) is Kind.VEHICLE for name in detector.class_names], np.bool_
        )

    def __call__(
        self, image: ImageArray, polygons: Sequence[FloatArray], among: Sequence[FloatArray]
    ) -> FloatArray:
        """(N, 2) evidence about each (K, 2) outline, as `evidence_of` has it.

        `among` are the outlines of every spot in the picture, these included.
        """
        windows = [Window(polygon) for polygon in polygons]
        found = self._detector.detect_batch([window.cut(image) for window in windows])
        evidence = np.zeros((len(polygons), 2))
        for row, (window, detections) in enumerate(zip(windows, found, strict=True)):
            vehicles = detections[self._is_vehicle[detections.class_id]]
            evidence[row] = evidence_of(vehicles, *window.outlines(among))
        return evidence


class Window:
    """A square part of the picture around one spot."""

    def __init__(self, polygon: FloatArray) -> None:
        self._polygon = polygon
        low, high = polygon.min(axis=0), polygon.max(axis=0)
        self._longer = float((high - low).max())
        self._side = max(2, round(WINDOW_SIDES * self._longer))
        centre = (low + high) / 2 - [0, RISE_SIDES * self._longer]
        self._left, self._top = np.floor(centre - self._side / 2).astype(int).tolist()

    def cut(self, image: ImageArray) -> ImageArray:
        """(WINDOW_PX, WINDOW_PX, 3) of the picture; grey where that has ended."""
        height_px, width_px = image.shape[:2]
        left, top, side = self._left, self._top, self._side
        inside = image[
            max(0, top) : max(0, min(height_px, top + side)),
            max(0, left) : max(0, min(width_px, left + side)),
        ]
        padded = cv2.copyMakeBorder(
            inside,
            max(0, -top),
            max(0, top + side - height_px),
            max(0, -left),
            max(0, left + side - width_px),
            cv2.BORDER_CONSTANT,
            value=(OUTSIDE_GREY,) * 3,
        )
        smooth = cv2.INTER_AREA if side > WINDOW_PX else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(padded, (WINDOW_PX, WINDOW_PX), interpolation=smooth))

    def outlines(self, among: Sequence[FloatArray]) -> tuple[FloatArray, list[FloatArray]]:
        """The spot's outline, and those of the spots near it, in px of the window."""
        own = self._polygon
        centre = own.mean(axis=0)
        reach = NEAR_SIDES * self._longer
        near = [
            other
            for other in among
            if not np.array_equal(other, own) and (abs(other.mean(axis=0) - centre) < reach).all()
        ]
        scale = WINDOW_PX / self._side
        corner = np.array([self._left, self._top])
        return (own - corner) * scale, [(other - corner) * scale for other in near]


def evidence_of(vehicles: Detections, own: FloatArray, others: Sequence[FloatArray]) -> FloatArray:
    """(2,) what vehicles say of an outline beside others, all in the same px; 0 to 1.

    How well a vehicle that fits no other spot better fits this one, and how well one that shows
    here fits another: confidence times `place_overlap`, of the best, as square root.
    """
    if len(vehicles) == 0:
        return np.zeros(2)
    overlap = place_overlap(vehicles.xyxy, [own, *others])
    here, elsewhere = overlap[:, 0], overlap[:, 1:].max(axis=1, initial=0.0)
    is_own = here >= elsewhere
    fits = np.stack([here * is_own, elsewhere * (~is_own & (here > 0))])
    return np.asarray(np.sqrt((vehicles.confidence * fits).max(axis=1)))


def with_vehicles(log_odds: FloatArray, evidence: FloatArray, sure: float) -> FloatArray:
    """(N,) log-odds from (N,) of looks at the spots themselves and (N, 2) evidence.

    Vehicles count in full at even odds and less and less up to log-odds of `sure` either way, so
    that an answer never jumps where asking about vehicles begins.
    """
    doubt = np.clip(1 - np.abs(log_odds) / sure, 0, 1)
    told = evidence @ np.array([OWN_WEIGHT, OTHERS_WEIGHT]) + BIAS
    return np.asarray(log_odds + doubt * told)
