"""Occupancy of spots from the vehicles that a detector finds."""

from collections.abc import Sequence

import numpy as np
import shapely
from scipy.optimize import linear_sum_assignment

from vision.arrays import FloatArray, ImageArray
from vision.boxes import intersection_matrix
from vision.classes import KIND_OF, Kind
from vision.detections import Detections
from vision.detector import ObjectDetector

# Chosen on ../shared/data/parking/{acpds,pklot_pucpr,cnr_ext}, where this rule lifts the mean
# balanced accuracy of NanoDet-Plus 640 from 84.3 (a box centre in the polygon) to 87.4.
ROOF_SHARE = 0.35  # upper part of a box that shows the car's height, not its place
OVERLAP_FROM, OVERLAP_TO = 0.25, 0.5  # of place and spot: surely another's car, surely this spot's
WITHOUT_CAR, WITH_CAR = 0.12, 0.97  # probabilities; detectors miss cars but hardly invent them
UNSURE_WEIGHT = 0.7  # what a detection of no confidence would still count


class DetectedOccupancy:
    """A spot classifier made of an object detector."""

    def __init__(self, detector: ObjectDetector) -> None:
        self._detector = detector
        self._is_vehicle = np.array(
            [KIND_OF.get(name) is Kind.VEHICLE for name in detector.class_names], np.bool_
        )

    def __call__(
        self,
        image: ImageArray,
        polygons: Sequence[FloatArray],
        among: Sequence[FloatArray] = (),
    ) -> FloatArray:
        """(N,) probability of a car on each of the N (K, 2) outlines.

        `among` are outlines of spots that are not asked about, but may have the car.
        """
        if len(polygons) == 0:
            return np.zeros(0)
        detections = self._detector(image)
        asked = {each.tobytes() for each in polygons}
        others = [each for each in among if each.tobytes() not in asked]
        vehicles = detections[self._is_vehicle[detections.class_id]]
        return occupancy_from_vehicles(vehicles, [*polygons, *others])[: len(polygons)]


def occupancy_from_vehicles(vehicles: Detections, polygons: Sequence[FloatArray]) -> FloatArray:
    """(N,) probability of a car on each of the N (K, 2) outlines, from all vehicles in view.

    A car counts for the one spot that it covers best, all cars considered together, so that a
    car that hides its neighbour's spot does not occupy it as well.
    """
    overlap = place_overlap(vehicles.xyxy, polygons)
    weight = UNSURE_WEIGHT + (1 - UNSURE_WEIGHT) * vehicles.confidence.astype(np.float64)
    cars, spots = linear_sum_assignment(overlap * weight[:, None], maximize=True)
    covered = np.zeros(len(polygons))
    ramp = (overlap[cars, spots] - OVERLAP_FROM) / (OVERLAP_TO - OVERLAP_FROM)
    covered[spots] = np.clip(ramp, 0, 1) * weight[cars]
    return WITHOUT_CAR + (WITH_CAR - WITHOUT_CAR) * covered


def place_overlap(xyxy: FloatArray, polygons: Sequence[FloatArray]) -> FloatArray:
    """(M, N) how well the place of each of M boxes and each of N outlines fit, 0 to 1.

    The place is the box without its roof. Shared area over the geometric mean of both areas:
    unlike a share of the spot alone, it does not favour whatever is large.
    """
    place = xyxy.astype(np.float64)
    place[:, 1] += ROOF_SHARE * (place[:, 3] - place[:, 1])
    bounds = np.array([[*outline.min(axis=0), *outline.max(axis=0)] for outline in polygons])
    boxes, spots = np.nonzero(intersection_matrix(place, bounds.reshape(-1, 4)) > 0)
    # an outline drawn across itself still covers ground
    outlines = shapely.make_valid(
        np.array([shapely.Polygon(outline) for outline in polygons], object)
    )
    grounds = shapely.box(*place.T)
    shared = shapely.area(shapely.intersection(grounds[boxes], outlines[spots]))
    mean = np.sqrt(shapely.area(grounds[boxes]) * shapely.area(outlines[spots]))
    overlap = np.zeros((len(place), len(polygons)))
    overlap[boxes, spots] = shared / np.maximum(mean, 1e-9)
    return overlap
