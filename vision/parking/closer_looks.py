"""Occupancy of spots, looked at as closely as each one needs.

A first network looks at every spot. Where it is unsure, mostly because a vehicle of the next row
hides the ground, a second one looks again, with more pixels, and both count alike. Where they still
are unsure, a detector tells whose the vehicles around are.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit, logit

from vision.arrays import FloatArray, ImageArray, IntArray
from vision.parking.occupancy import OccupancyClassifier
from vision.parking.vehicles_around import VehiclesAround, with_vehicles

UNSURE = (0.05, 0.95)
"""First answers between these are looked at again: on training pictures hardly one in a hundred
of the wrong ones lies outside."""
UNSURE_AGAIN = (0.1, 0.9)
"""Both networks' answers between these are asked about: on training places never seen, asking about
more spots gained nothing."""
CLIPPED = (1e-4, 1 - 1e-4)  # no single answer is surer than this


class CloserLooks:
    """A spot classifier made of a first look and what follows where it is unsure."""

    def __init__(
        self,
        first: OccupancyClassifier,
        second: OccupancyClassifier,
        vehicles: VehiclesAround | None = None,
    ) -> None:
        self.first = first
        self.second = second
        self.vehicles = vehicles

    def __call__(
        self,
        image: ImageArray,
        polygons: Sequence[FloatArray],
        among: Sequence[FloatArray] = (),
    ) -> FloatArray:
        """(N,) probability that each (K, 2) outline of the (H, W, 3) picture is occupied.

        `among` are outlines of spots that are not asked about, but may have the vehicle. Raises
        what the first look raises.
        """
        probability = self.first(image, polygons)
        unsure = _between(probability, UNSURE)
        again = self.second(image, [polygons[int(row)] for row in unsure])
        probability[unsure] = together(probability[unsure], again)
        if self.vehicles is None:
            return probability
        unsure = _between(probability, UNSURE_AGAIN)
        evidence = self.vehicles(
            image, [polygons[int(row)] for row in unsure], [*polygons, *among]
        )
        probability[unsure] = with_vehicles(logit(probability[unsure]), evidence)
        return probability


def together(first: FloatArray, second: FloatArray) -> FloatArray:
    """(N,) probability between two networks' answers: the mean of their log-odds."""
    mean = (logit(np.clip(first, *CLIPPED)) + logit(np.clip(second, *CLIPPED))) / 2
    return np.asarray(expit(mean), np.float32)


def _between(probability: FloatArray, band: tuple[float, float]) -> IntArray:
    """Rows whose probability lies inside the band."""
    return np.flatnonzero((probability > band[0]) & (probability < band[1]))
