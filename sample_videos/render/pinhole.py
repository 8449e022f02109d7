"""Where a point in metres lands in the picture, and where a ground pixel lies in the world."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NEAR_M = 0.05  # points nearer than this, or behind the camera, have no pixel


@dataclass(frozen=True, slots=True)
class Pinhole:
    """A camera above a flat ground; x east, y north, z up, in metres.

    `yaw_deg` is the direction of view, counted from +x towards +y; a positive `pitch_deg` looks
    down, a positive `roll_deg` turns the camera clockwise seen from behind. `distortion` is the
    radial term k1: a point at r focal lengths from the middle is seen at r·(1 + k1·r²); negative
    is barrel, as wide lenses have it, 0 is a lens without distortion.
    """

    position_m: tuple[float, float, float]
    yaw_deg: float
    pitch_deg: float
    focal_px: float
    width_px: int
    height_px: int
    roll_deg: float = 0.0
    distortion: float = 0.0

    @property
    def principal_px(self) -> tuple[float, float]:
        """The point where the direction of view meets the picture."""
        return self.width_px / 2, self.height_px / 2

    def axes(self) -> Array:
        """Rows: the camera's right, down and forward directions in the world, (3, 3)."""
        yaw, pitch, roll = np.deg2rad([self.yaw_deg, self.pitch_deg, self.roll_deg])
        forward = np.array(
            [np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), -np.sin(pitch)]
        )
        right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
        down = np.cross(forward, right)
        right, down = (
            np.cos(roll) * right + np.sin(roll) * down,
            np.cos(roll) * down - np.sin(roll) * right,
        )
        return np.stack([right, down, forward])

    def project(self, points_m: Array) -> tuple[Array, Array]:
        """Pixels (N, 2) and depths along the direction of view (N,) of world points (N, 3)."""
        in_camera = (np.asarray(points_m, float) - np.array(self.position_m)) @ self.axes().T
        depth_m = in_camera[:, 2]
        safe_m = np.where(depth_m > NEAR_M, depth_m, np.nan)
        offsets = distorted(in_camera[:, :2] / safe_m[:, None], self.distortion)
        return offsets * self.focal_px + np.array(self.principal_px), depth_m

    def ground_point(self, pixels: Array, height_m: float = 0.0) -> Array:
        """World points (N, 2) at `height_m` seen at pixels (N, 2); nan above the horizon."""
        offsets = (np.asarray(pixels, float) - np.array(self.principal_px)) / self.focal_px
        offsets = undistorted(offsets, self.distortion)
        rays = np.column_stack([offsets, np.ones(len(offsets))]) @ self.axes()
        drop = np.where(rays[:, 2] < -1e-9, rays[:, 2], np.nan)
        reach = (height_m - self.position_m[2]) / drop
        return np.array(self.position_m)[:2] + rays[:, :2] * reach[:, None]


def distorted(offsets: Array, distortion: float) -> Array:
    """Where a lens shows points (N, 2) in focal lengths from the middle; monotone to the rim.

    Beyond the radius at which r·(1 + k1·r²) would turn back the lens shows nothing more: such
    points stay on that rim.
    """
    if not distortion:
        return offsets
    radius = np.linalg.norm(offsets, axis=1, keepdims=True)
    rim = np.sqrt(-1 / (3 * distortion)) if distortion < 0 else np.inf
    kept = np.minimum(radius, rim)
    shown = kept * (1 + distortion * kept**2)
    return offsets * np.divide(shown, radius, out=np.ones_like(radius), where=radius > 0)


def undistorted(offsets: Array, distortion: float) -> Array:
    """The inverse of `distorted` within the rim, (N, 2) in focal lengths; nan beyond it."""
    if not distortion:
        return offsets
    radius = np.linalg.norm(offsets, axis=1, keepdims=True)
    rim = np.sqrt(-1 / (3 * distortion)) if distortion < 0 else np.inf
    straight = np.minimum(radius, rim)
    for _ in range(30):  # Newton; the picture's corners need five or six
        slope = np.maximum(1 + 3 * distortion * straight**2, 1e-3)
        straight -= (straight * (1 + distortion * straight**2) - radius) / slope
        straight = np.clip(straight, 0, rim)
    is_shown = np.abs(straight * (1 + distortion * straight**2) - radius) < 1e-9
    share = np.divide(straight, radius, out=np.ones_like(radius), where=radius > 0)
    return np.where(is_shown, offsets * share, np.nan)


def clip_to_front(points_m: Array, camera: Pinhole, near_m: float = 0.3) -> Array:
    """The part of a closed polygon (N, 3) in front of the camera, so that it can be projected."""
    forward = camera.axes()[2]
    depth = (points_m - np.array(camera.position_m)) @ forward - near_m
    kept = []
    for i in range(len(points_m)):
        j = (i + 1) % len(points_m)
        if depth[i] >= 0:
            kept.append(points_m[i])
        if (depth[i] >= 0) != (depth[j] >= 0):
            share = depth[i] / (depth[i] - depth[j])
            kept.append(points_m[i] + share * (points_m[j] - points_m[i]))
    return np.array(kept).reshape(-1, 3)
