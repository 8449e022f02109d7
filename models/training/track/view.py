"""Where on the ground a pixel of a cab's camera looks."""

from dataclasses import dataclass

import numpy as np

from models.training.track.arrays import FloatArray

FARTHEST_M = 160.0


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole above flat ground; a positive roll turns it clockwise."""

    width_px: int
    height_px: int
    focal_px: float
    horizon_px: float
    """Row of the horizon in the picture's middle."""
    camera_height_m: float
    roll_rad: float = 0.0
    yaw_rad: float = 0.0
    """Of the vehicle's axis, to the right of the picture's middle."""

    def ground(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(H, W) metres forward and to the right of the axis, and metres a pixel spans sideways.

        Pixels above the horizon, or too far away, have inf forward.
        """
        columns = np.arange(self.width_px, dtype=np.float32)[None] + 0.5 - self.width_px / 2
        rows = np.arange(self.height_px, dtype=np.float32)[:, None] + 0.5 - self.horizon_px
        cos, sin = np.cos(self.roll_rad), np.sin(self.roll_rad)
        down = (cos * rows - sin * columns) / self.focal_px
        across = (cos * columns + sin * rows) / self.focal_px
        with np.errstate(divide="ignore"):
            depth = np.where(down > 1e-4, self.camera_height_m / np.maximum(down, 1e-4), np.inf)
        depth = np.where(depth > FARTHEST_M, np.inf, depth).astype(np.float32)
        side = np.where(np.isfinite(depth), depth * across, 0).astype(np.float32)
        cos, sin = np.cos(self.yaw_rad), np.sin(self.yaw_rad)
        shown = np.where(np.isfinite(depth), depth, 0)
        forward = np.where(np.isfinite(depth), cos * shown + sin * side, np.inf)
        right = cos * side - sin * shown
        return forward.astype(np.float32), right.astype(np.float32), depth / self.focal_px

    def place(self, forward_m: float, right_m: float) -> tuple[float, float, float]:
        """Column and row of a place on the ground, and px per metre there."""
        cos, sin = np.cos(self.yaw_rad), np.sin(self.yaw_rad)
        depth = cos * forward_m - sin * right_m
        side = sin * forward_m + cos * right_m
        scale = self.focal_px / max(depth, 0.5)
        return (
            self.width_px / 2 + side * scale,
            self.horizon_px + self.camera_height_m * scale,
            scale,
        )


def random_view(rng: np.random.Generator, size: tuple[int, int]) -> View:
    """A view from some cab; `size` is width, height in px."""
    width, height = size
    focal = width * float(np.exp(rng.uniform(np.log(0.5), np.log(1.5))))
    return View(
        width,
        height,
        focal,
        height * float(rng.uniform(0.1, 0.66)),
        float(rng.uniform(1.1, 4.2)),
        float(rng.normal(0, 0.02)),
        float(rng.normal(0, 0.05)),
    )
