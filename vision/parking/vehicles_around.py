"""What the vehicles around one spot say of it: its own, one that fits another spot better, none.

A network that judges a spot by itself takes the upper half of the next row's vehicle for a parked
one. A detector sees whole vehicles, and a vehicle stands on one spot only.
"""

from collections.abc import Sequence

import numpy as np

from vision.arrays import BoolArray, FloatArray, ImageArray
from vision.classes import KIND_OF, Kind
from vision.detections import Detections
from vision.detector import Detector
from vision.parking.detected_occupancy import place_overlap
from vision.parking.spot_view import ViewShape, ViewSquare, view_square

WINDOW = ViewShape(320, sides=4.0, rise=0.1)
"""What the detector sees around a spot: a vehicle comes out at the size detectors know."""
FAINTEST = 0.05  # confidence from which a detection says something
NEAR_SIDES = 2.5  # of the spot's longer side: spots farther away do not claim the window's vehicles
# What each counts in log-odds: chosen by `python -m benchmarks.choose_vehicle_weights` on training
# places that the judging network had never seen.
OWN_WEIGHT, OTHERS_WEIGHT, BIAS = 9.12, -3.59, -1.62


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
        windows = [view_square(polygon, WINDOW) for polygon in polygons]
        found = self._detector.detect_batch(
            [window.cut(image, WINDOW.size_px) for window in windows]
        )
        evidence = np.zeros((len(polygons), 2))
        middles = middles_of(among)
        for row, (window, detections) in enumerate(zip(windows, found, strict=True)):
            vehicles = detections[self._is_vehicle[detections.class_id]]
            own, others = outlines_in(window, polygons[row], among, middles)
            evidence[row] = evidence_of(vehicles, own, others)
        return evidence


def middles_of(outlines: Sequence[FloatArray]) -> FloatArray:
    """(N, 2) mean corner of each of N outlines."""
    return np.array([each.mean(axis=0) for each in outlines]).reshape(-1, 2)


def outlines_in(
    window: ViewSquare, own: FloatArray, among: Sequence[FloatArray], middles: FloatArray
) -> tuple[FloatArray, list[FloatArray]]:
    """The spot's own outline, and those of `among` near it, in px of its window.

    `middles` (N, 2) are those of `among`.
    """
    reach = NEAR_SIDES / WINDOW.sides * window.side
    is_near = (abs(middles - own.mean(axis=0)) < reach).all(axis=1)
    near = [among[row] for row in np.flatnonzero(is_near).tolist()]
    others = [each for each in near if not np.array_equal(each, own)]
    size_px = WINDOW.size_px
    return window.points(own, size_px), [window.points(other, size_px) for other in others]


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
