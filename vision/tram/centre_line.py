"""The middle of the own track on the ground, and places measured along and beside it.

Vehicle points are (forward_m, lateral_m) as in `vision.ground`; track points are (along_m,
aside_m): along the track from the camera on, and to the right of its middle.
"""

from dataclasses import dataclass

import numpy as np

from vision.arrays import FloatArray

STEP_M = 2.0
LENGTH_M = 80.0
ALONG_M: FloatArray = np.arange(0.0, LENGTH_M + STEP_M, STEP_M)


@dataclass(frozen=True, slots=True, eq=False)
class CentreLine:
    """M points of the middle of the track, STEP_M apart; straight on beyond both ends."""

    points_m: FloatArray
    """(M, 2) forward_m, lateral_m."""
    heading_rad: FloatArray
    """(M,) to the right of the vehicle's axis."""
    curvature_per_m: FloatArray
    """(M,) positive in bends to the right."""

    @classmethod
    def from_curvature(
        cls, curvature_per_m: FloatArray, offset_m: float = 0.0, heading_rad: float = 0.0
    ) -> "CentreLine":
        """The line with this curvature (M,) at ALONG_M that begins `offset_m` to the right."""
        turn = np.diff(ALONG_M) * (curvature_per_m[1:] + curvature_per_m[:-1]) / 2
        heading = heading_rad + np.concatenate([[0.0], np.cumsum(turn)])
        middle = (heading[1:] + heading[:-1]) / 2
        steps = np.stack([np.cos(middle), np.sin(middle)], axis=1) * STEP_M
        start = np.array([[0.0, offset_m]])
        return cls(
            np.concatenate([start, start + np.cumsum(steps, axis=0)]), heading, curvature_per_m
        )

    def to_track(self, points_m: FloatArray) -> FloatArray:
        """(N, 2) along_m, aside_m of (N, 2) vehicle points; nan stays nan."""
        forward = points_m[:, :1] - self.points_m[:, 0]
        lateral = points_m[:, 1:] - self.points_m[:, 1]
        nearest = np.argmin(forward**2 + lateral**2, axis=1)
        gap_m = points_m - self.points_m[nearest]
        cos, sin = np.cos(self.heading_rad[nearest]), np.sin(self.heading_rad[nearest])
        ahead_m = gap_m[:, 0] * cos + gap_m[:, 1] * sin
        bent_m = np.clip(ahead_m, -STEP_M, STEP_M) ** 2 / 2 * self.curvature_per_m[nearest]
        aside_m = gap_m[:, 1] * cos - gap_m[:, 0] * sin - bent_m
        return np.stack([ALONG_M[nearest] + ahead_m, aside_m], axis=1)

    def to_vehicle(self, track_points_m: FloatArray) -> FloatArray:
        """(N, 2) forward_m, lateral_m of (N, 2) track points."""
        along_m, aside_m = track_points_m[:, 0], track_points_m[:, 1]
        heading = self.heading_at(along_m)
        beyond_m = along_m - np.clip(along_m, 0, LENGTH_M)
        forward = np.interp(along_m, ALONG_M, self.points_m[:, 0])
        lateral = np.interp(along_m, ALONG_M, self.points_m[:, 1])
        cos, sin = np.cos(heading), np.sin(heading)
        return np.stack(
            [
                forward + beyond_m * cos - aside_m * sin,
                lateral + beyond_m * sin + aside_m * cos,
            ],
            axis=1,
        )

    def heading_at(self, along_m: FloatArray) -> FloatArray:
        """(N,) radians to the right of the vehicle's axis."""
        return np.interp(along_m, ALONG_M, self.heading_rad)

    def curvature_at(self, along_m: FloatArray) -> FloatArray:
        """(N,) of the track at (N,) distances along it."""
        return np.interp(along_m, ALONG_M, self.curvature_per_m)

    def lateral_at(self, forward_m: FloatArray) -> FloatArray:
        """(N,) of the line to the right of the vehicle's axis, (N,) metres ahead."""
        lateral: FloatArray = np.interp(forward_m, self.points_m[:, 0], self.points_m[:, 1])
        return lateral


STRAIGHT = CentreLine.from_curvature(np.zeros(len(ALONG_M)))
