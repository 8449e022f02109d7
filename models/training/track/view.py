"""Where on the ground a pixel of a cab's camera looks."""

from dataclasses import dataclass

import numpy as np

from models.training.track.arrays import FloatArray

FARTHEST_M = 160.0
NEAREST_M = 0.5
STEP_M = 0.25


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole above ground that is flat or, from somewhere on, curves up or down.

    A positive roll turns it clockwise.
    """

    width_px: int
    height_px: int
    focal_px: float
    horizon_px: float
    """Row of the horizon in the picture's middle."""
    camera_height_m: float
    roll_rad: float = 0.0
    yaw_rad: float = 0.0
    """Of the vehicle's axis, to the right of the picture's middle."""
    flat_to_m: float = FARTHEST_M
    curve_per_m: float = 0.0
    """Of the ground beyond: positive in a dip, negative on a crest."""

    def ground(self, raised_m: float = 0.0) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(H, W) metres forward and to the right of the axis, and metres a pixel spans sideways.

        Of the ground, or of a surface so far above it. Pixels that see none, or none near enough,
        have inf forward.
        """
        columns = np.arange(self.width_px, dtype=np.float32)[None] + 0.5 - self.width_px / 2
        rows = np.arange(self.height_px, dtype=np.float32)[:, None] + 0.5 - self.horizon_px
        cos, sin = np.cos(self.roll_rad), np.sin(self.roll_rad)
        down = (cos * rows - sin * columns) / self.focal_px
        across = (cos * columns + sin * rows) / self.focal_px
        depths = np.arange(NEAREST_M, FARTHEST_M, STEP_M)
        falls = (self.fall_m(depths) - raised_m) / depths
        is_seen = falls < np.minimum.accumulate(np.append(np.inf, falls[:-1]))
        inverse = np.interp(down, falls[is_seen][::-1], 1 / depths[is_seen][::-1], left=0)
        nearest = falls[is_seen][0]
        inverse = np.where(down > nearest, inverse * down / nearest, inverse)
        with np.errstate(divide="ignore"):
            depth = np.asarray(1 / inverse, np.float32)
        side = np.where(np.isfinite(depth), depth * across, 0).astype(np.float32)
        cos, sin = np.cos(self.yaw_rad), np.sin(self.yaw_rad)
        shown = np.where(np.isfinite(depth), depth, 0)
        forward = np.where(np.isfinite(depth), cos * shown + sin * side, np.inf)
        right = cos * side - sin * shown
        return forward.astype(np.float32), right.astype(np.float32), depth / self.focal_px

    def fall_m(self, depth_m: FloatArray | float) -> FloatArray:
        """How far below the camera the ground lies."""
        beyond = np.maximum(np.asarray(depth_m) - self.flat_to_m, 0)
        return np.asarray(self.camera_height_m - self.curve_per_m * beyond**2 / 2)

    def place(
        self, forward_m: float, right_m: float, raised_m: float = 0.0
    ) -> tuple[float, float, float]:
        """Column and row of a place so far above the ground, and px per metre there."""
        cos, sin = np.cos(self.yaw_rad), np.sin(self.yaw_rad)
        depth = max(cos * forward_m - sin * right_m, NEAREST_M)
        side = sin * forward_m + cos * right_m
        scale = self.focal_px / depth
        return (
            self.width_px / 2 + side * scale,
            self.horizon_px + (float(self.fall_m(depth)) - raised_m) * scale,
            scale,
        )


def random_view(rng: np.random.Generator, size: tuple[int, int]) -> View:
    """A view from some cab; `size` is width, height in px."""
    width, height = size
    focal = width * float(np.exp(rng.uniform(np.log(0.5), np.log(2.0))))
    curve = 0.0
    if rng.random() < 0.4:  # radius of a vertical curve
        curve = float(rng.choice([-1, 1]) / np.exp(rng.uniform(np.log(400), np.log(4000))))
    return View(
        width,
        height,
        focal,
        height * float(rng.uniform(0.1, 0.66)),
        float(rng.uniform(1.1, 4.2)),
        float(rng.normal(0, 0.02)),
        float(rng.normal(0, 0.05)),
        float(rng.uniform(5, 40)),
        curve,
    )
