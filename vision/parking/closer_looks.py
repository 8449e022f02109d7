"""Occupancy of spots, looked at as closely as each one needs.

A first network looks at every spot. Where it is unsure, mostly because a vehicle of the next row
hides the ground, others look again, with more pixels; their mean counts like the first look. Where
that still is unsure, a detector tells whose the vehicles around are.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import expit, logit

from vision.arrays import FloatArray, ImageArray, IntArray
from vision.parking.occupancy import OccupancyClassifier
from vision.parking.vehicles_around import with_vehicles

UNSURE = 0.95
"""Probability of either state up to which a look is unsure: on training pictures hardly one in a
hundred of the first look's wrong answers is surer."""
SURE_LOG_ODDS = float(logit(UNSURE))
SUREST = 1e-4  # no single answer is surer than this


VehicleEvidence = Callable[[ImageArray, Sequence[FloatArray], Sequence[FloatArray]], FloatArray]
"""Picture, outlines asked about, outlines of all spots → (N, 2), as `VehiclesAround` tells it."""


class CloserLooks:
    """A spot classifier made of a first look and what follows where it is unsure."""

    def __init__(
        self,
        first: OccupancyClassifier,
        again: Sequence[OccupancyClassifier],
        vehicles: VehicleEvidence | None = None,
    ) -> None:
        self.first = first
        self.again = again
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
        log_odds = _log_odds(self.first(image, polygons))
        unsure = _unsure(log_odds)
        doubted = [polygons[int(row)] for row in unsure]
        told = [_log_odds(look(image, doubted)) for look in self.again]
        log_odds[unsure] = (log_odds[unsure] + np.mean(told, axis=0)) / 2
        unsure = _unsure(log_odds)
        if self.vehicles is not None and len(unsure):
            evidence = self.vehicles(
                image, [polygons[int(row)] for row in unsure], [*polygons, *among]
            )
            log_odds[unsure] = with_vehicles(log_odds[unsure], evidence, SURE_LOG_ODDS)
        return np.asarray(expit(log_odds), np.float32)


def _log_odds(probability: FloatArray) -> FloatArray:
    return np.asarray(logit(np.clip(probability, SUREST, 1 - SUREST)), np.float64)


def _unsure(log_odds: FloatArray) -> IntArray:
    """Rows that are not sure either way."""
    return np.flatnonzero(np.abs(log_odds) < SURE_LOG_ODDS)
