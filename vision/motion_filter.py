"""Constant-velocity Kalman filters for many objects at once.

Every coordinate of every object is filtered by itself, so a covariance is three numbers, and
predicting and correcting N objects is a handful of array operations without any matrix.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from vision.arrays import BoolArray, FloatArray, IntArray


@dataclass(slots=True, eq=False)
class MotionFilter:
    """N objects with D independent coordinates; every array is (N, D) float64."""

    position: FloatArray
    velocity: FloatArray
    """Per second."""
    position_variance: FloatArray
    covariance: FloatArray
    """Of position with velocity."""
    velocity_variance: FloatArray

    @classmethod
    def empty(cls, coordinates: int) -> Self:
        """No objects of D = `coordinates`."""
        return cls(*(np.zeros((0, coordinates)) for _ in range(5)))

    @classmethod
    def start(
        cls,
        position: FloatArray,
        velocity: FloatArray,
        position_sigma: FloatArray,
        velocity_sigma: FloatArray,
    ) -> Self:
        """Objects first seen at (N, D) positions, with a guess of their velocity."""
        return cls(
            np.asarray(position, np.float64),
            np.asarray(velocity, np.float64),
            np.asarray(position_sigma, np.float64) ** 2,
            np.zeros(np.shape(position)),
            np.asarray(velocity_sigma, np.float64) ** 2,
        )

    def __len__(self) -> int:
        return len(self.position)

    def predict(self, elapsed_s: float, acceleration: FloatArray) -> None:
        """Move on by `elapsed_s`.

        `acceleration` (N, D) is how much velocity wanders in one second, one standard
        deviation; any split of the time into steps gives the same uncertainty.
        """
        power = acceleration**2
        self.position = self.position + self.velocity * elapsed_s
        self.position_variance = (
            self.position_variance
            + 2 * elapsed_s * self.covariance
            + elapsed_s**2 * self.velocity_variance
            + power * elapsed_s**3 / 3
        )
        self.covariance = (
            self.covariance + elapsed_s * self.velocity_variance + power * elapsed_s**2 / 2
        )
        self.velocity_variance = self.velocity_variance + power * elapsed_s

    def correct(self, rows: IntArray, measured: FloatArray, sigma: FloatArray) -> None:
        """Take (M, D) measurements with their (M, D) standard deviations for M of the objects."""
        if len(rows) == 0:
            return
        variance, covariance = self.position_variance[rows], self.covariance[rows]
        total = variance + sigma**2
        position_gain, velocity_gain = variance / total, covariance / total
        surprise = measured - self.position[rows]
        self.position[rows] += position_gain * surprise
        self.velocity[rows] += velocity_gain * surprise
        self.velocity_variance[rows] -= velocity_gain * covariance
        self.covariance[rows] = (1 - position_gain) * covariance
        self.position_variance[rows] = (1 - position_gain) * variance

    def correct_velocity(self, rows: IntArray, measured: FloatArray, sigma: FloatArray) -> None:
        """Take (M, D) measured velocities with their (M, D) standard deviations."""
        if len(rows) == 0:
            return
        variance, covariance = self.velocity_variance[rows], self.covariance[rows]
        total = variance + sigma**2
        velocity_gain, position_gain = variance / total, covariance / total
        surprise = measured - self.velocity[rows]
        self.velocity[rows] += velocity_gain * surprise
        self.position[rows] += position_gain * surprise
        self.position_variance[rows] -= position_gain * covariance
        self.covariance[rows] = (1 - velocity_gain) * covariance
        self.velocity_variance[rows] = (1 - velocity_gain) * variance

    def keep(self, rows: BoolArray | IntArray) -> None:
        """Forget all objects but the chosen ones, in the chosen order."""
        self.position = self.position[rows]
        self.velocity = self.velocity[rows]
        self.position_variance = self.position_variance[rows]
        self.covariance = self.covariance[rows]
        self.velocity_variance = self.velocity_variance[rows]

    def append(self, other: "MotionFilter") -> None:
        """Add the objects of another filter at the end."""
        self.position = np.concatenate([self.position, other.position])
        self.velocity = np.concatenate([self.velocity, other.velocity])
        self.position_variance = np.concatenate([self.position_variance, other.position_variance])
        self.covariance = np.concatenate([self.covariance, other.covariance])
        self.velocity_variance = np.concatenate([self.velocity_variance, other.velocity_variance])
