"""Pixels to metres on a flat ground, and back, for a camera of known height and pitch.

Ground points are (forward_m, lateral_m): ahead of the camera along the track axis, and to the
right of that axis. Picture points are (x, y) in px, y downwards.
"""

import math
from dataclasses import dataclass

import numpy as np

from vision.arrays import FloatArray
from vision.errors import SettingError

NEAREST_FORWARD_M = 0.05  # a ground point nearer than this has no stable place in the picture


@dataclass(frozen=True, slots=True)
class GroundCamera:
    """A pinhole camera over flat ground."""

    height_m: float
    pitch_deg: float
    """Positive looks down."""
    focal_px: float
    principal_px: tuple[float, float]
    lateral_offset_m: float = 0.0
    """Where the camera hangs, to the right of the track axis."""
    yaw_deg: float = 0.0
    """Positive looks to the right of the track axis."""

    def __post_init__(self) -> None:
        if not self.height_m > 0:
            raise SettingError(f"height_m must be above 0, got {self.height_m}")
        if not self.focal_px > 0:
            raise SettingError(f"focal_px must be above 0, got {self.focal_px}")
        if not -45 < self.pitch_deg < 90:
            raise SettingError(f"pitch_deg must be between -45 and 90, got {self.pitch_deg}")
        if not -60 < self.yaw_deg < 60:
            raise SettingError(f"yaw_deg must be between -60 and 60, got {self.yaw_deg}")

    @property
    def horizon_px(self) -> float:
        """Row of the horizon at the principal column."""
        return self.principal_px[1] - self.focal_px * math.tan(math.radians(self.pitch_deg))

    def scaled(self, factor: float) -> "GroundCamera":
        """The same camera delivering pictures `factor` times as large."""
        return GroundCamera(
            self.height_m,
            self.pitch_deg,
            self.focal_px * factor,
            (self.principal_px[0] * factor, self.principal_px[1] * factor),
            self.lateral_offset_m,
            self.yaw_deg,
        )


def image_to_ground(camera: GroundCamera, points_px: FloatArray) -> FloatArray:
    """(N, 2) forward_m, lateral_m of (N, 2) picture points; nan at and above the horizon."""
    sin_pitch, cos_pitch, sin_yaw, cos_yaw = _rotation(camera)
    x = (points_px[:, 0].astype(np.float64) - camera.principal_px[0]) / camera.focal_px
    y = (points_px[:, 1].astype(np.float64) - camera.principal_px[1]) / camera.focal_px
    down = sin_pitch + y * cos_pitch
    scale = np.full_like(down, np.nan)
    np.divide(camera.height_m, down, out=scale, where=down > 1e-9)
    ahead = (cos_pitch - y * sin_pitch) * scale
    right = x * scale
    return np.stack(
        [
            ahead * cos_yaw - right * sin_yaw,
            ahead * sin_yaw + right * cos_yaw + camera.lateral_offset_m,
        ],
        axis=1,
    )


def nearest_visible_m(camera: GroundCamera, size_px: tuple[int, int]) -> float:
    """How far ahead the lower border of a picture shows the ground; inf where it shows none."""
    bottom = np.array([[size_px[0] / 2, size_px[1]]])
    forward_m = float(image_to_ground(camera, bottom)[0, 0])
    return math.inf if math.isnan(forward_m) else forward_m


def ground_to_image(camera: GroundCamera, points_m: FloatArray) -> FloatArray:
    """(N, 2) px of (N, 2) ground points; nan behind the camera's picture plane."""
    forward, lateral = points_m[:, 0].astype(np.float64), points_m[:, 1].astype(np.float64)
    by_forward, by_lateral, fixed = ground_to_image_matrix(camera).T[:, :, None]
    x, y, depth = by_forward * forward + by_lateral * lateral + fixed
    depth = np.where(depth > NEAREST_FORWARD_M, depth, np.nan)
    return np.stack([x / depth, y / depth], axis=1)


def ground_to_image_matrix(camera: GroundCamera) -> FloatArray:
    """(3, 3) that takes (forward_m, lateral_m, 1) to (x_px, y_px, 1) times the depth in m."""
    sin_pitch, cos_pitch, sin_yaw, cos_yaw = _rotation(camera)
    ahead = np.array([cos_yaw, sin_yaw, -sin_yaw * camera.lateral_offset_m])
    right = np.array([-sin_yaw, cos_yaw, -cos_yaw * camera.lateral_offset_m])
    up = np.array([0.0, 0.0, camera.height_m])
    depth = ahead * cos_pitch + up * sin_pitch
    below = up * cos_pitch - ahead * sin_pitch
    x_px, y_px = camera.principal_px
    return np.stack(
        [x_px * depth + camera.focal_px * right, y_px * depth + camera.focal_px * below, depth]
    )


def forward_sigma_m(
    camera: GroundCamera,
    forward_m: FloatArray,
    pixel_sigma_px: float | FloatArray = 1.0,
    pitch_sigma_deg: float = 0.0,
) -> FloatArray:
    """(N,) how far the distance may be off, one standard deviation, at (N,) distances.

    One row of the picture and one angle of pitch both turn the line of sight; the further away
    the ground is met, the more that moves the meeting point.
    """
    forward = np.asarray(forward_m, np.float64)
    pitch = math.radians(camera.pitch_deg)
    sight = np.arctan2(camera.height_m, forward)  # below the horizon
    metres_per_radian = (forward**2 + camera.height_m**2) / camera.height_m
    radians_per_px = np.cos(sight - pitch) ** 2 / camera.focal_px
    by_pixel = metres_per_radian * radians_per_px * pixel_sigma_px
    by_pitch = metres_per_radian * math.radians(pitch_sigma_deg)
    sigma: FloatArray = np.hypot(by_pixel, by_pitch)
    return sigma


def _rotation(camera: GroundCamera) -> tuple[float, float, float, float]:
    pitch, yaw = math.radians(camera.pitch_deg), math.radians(camera.yaw_deg)
    return math.sin(pitch), math.cos(pitch), math.sin(yaw), math.cos(yaw)
