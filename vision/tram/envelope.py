"""The room a tram needs ahead, on the ground and in the picture."""

import numpy as np

from vision.arrays import FloatArray
from vision.ground import GroundCamera, ground_to_image, image_to_ground

SAMPLES = 24  # points along each edge; straight edges stay straight in a pinhole picture


def envelope_outline_px(
    camera: GroundCamera,
    half_width_m: float,
    far_m: float,
    size_px: tuple[int, int],
) -> FloatArray:
    """(K, 2) outline in px of a straight corridor up to `far_m`, cut to what the picture shows."""
    width_px, height_px = size_px
    near_m = max(_nearest_visible_m(camera, width_px, height_px), 0.5)
    if near_m >= far_m:
        return np.zeros((0, 2))
    forward = np.geomspace(near_m, far_m, SAMPLES)
    left = np.stack([forward, np.full(SAMPLES, -half_width_m)], axis=1)
    right = np.stack([forward[::-1], np.full(SAMPLES, half_width_m)], axis=1)
    outline = ground_to_image(camera, np.concatenate([left, right]))
    return outline[np.isfinite(outline).all(axis=1)]


def _nearest_visible_m(camera: GroundCamera, width_px: int, height_px: int) -> float:
    """Distance of the ground at the lower border, straight ahead."""
    bottom = np.array([[width_px / 2, height_px]], np.float64)
    forward = float(image_to_ground(camera, bottom)[0, 0])
    return forward if np.isfinite(forward) else np.inf
