"""The centre line of a track: straights and arcs, and places measured along and beside it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEP_M = 0.5


@dataclass(frozen=True, slots=True)
class Alignment:
    """A centre line sampled every half metre, beginning at the origin and heading along +x."""

    points_m: Array  # (N, 2)
    heading_rad: Array  # (N,)

    @classmethod
    def from_segments(cls, segments: list[tuple[float, float]]) -> "Alignment":
        """Segments of (length_m, radius_m); radius 0 is straight, positive bends to the left."""
        curvature = np.concatenate(
            [
                np.full(round(length / STEP_M), 0.0 if radius == 0 else 1.0 / radius)
                for length, radius in segments
            ]
        )
        # A short moving average stands for the transition curve that real track has.
        window = np.ones(16) / 16
        curvature = np.convolve(np.pad(curvature, 8, mode="edge"), window, "same")[8:-8]
        heading = np.concatenate([[0.0], np.cumsum(curvature * STEP_M)])
        middle = (heading[1:] + heading[:-1]) / 2
        steps = np.column_stack([np.cos(middle), np.sin(middle)]) * STEP_M
        return cls(np.vstack([[0.0, 0.0], np.cumsum(steps, axis=0)]), heading)

    @property
    def length_m(self) -> float:
        """How far along the centre line is described."""
        return (len(self.points_m) - 1) * STEP_M

    def heading_at(self, along_m: Array | float) -> Array:
        """Direction of the track in radians at distances along it."""
        at = np.arange(len(self.points_m)) * STEP_M
        return np.interp(along_m, at, self.heading_rad)

    def to_world(self, along_m: Array | float, left_m: Array | float) -> Array:
        """World points (N, 2) at distances along the track and to its left."""
        along = np.atleast_1d(np.asarray(along_m, float))
        at = np.arange(len(self.points_m)) * STEP_M
        heading = self.heading_at(along)
        x = np.interp(along, at, self.points_m[:, 0])
        y = np.interp(along, at, self.points_m[:, 1])
        over = np.clip(along - self.length_m, 0, None) + np.clip(along, None, 0)
        x, y = x + over * np.cos(heading), y + over * np.sin(heading)
        left = np.broadcast_to(left_m, along.shape)
        return np.column_stack([x - left * np.sin(heading), y + left * np.cos(heading)])

    def from_world(self, points_m: Array) -> Array:
        """Distance along the track and to its left (N, 2) of world points (N, 2)."""
        points = np.atleast_2d(points_m)
        gaps = np.linalg.norm(points[:, None] - self.points_m[None], axis=2)
        nearest = gaps.argmin(axis=1)
        heading = self.heading_rad[nearest]
        offset = points - self.points_m[nearest]
        forward = offset[:, 0] * np.cos(heading) + offset[:, 1] * np.sin(heading)
        left = -offset[:, 0] * np.sin(heading) + offset[:, 1] * np.cos(heading)
        return np.column_stack([nearest * STEP_M + forward, left])
