"""Other viewing angles and careless outlines: geometry of the training views, at random."""

import cv2
import numpy as np

Rng = np.random.Generator
UNIT_SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)


def random_distortion(rng: Rng) -> np.ndarray:
    """3×3 homography of the unit square: mirror, roll, size, shift, aspect, perspective."""
    corners = UNIT_SQUARE.astype(np.float64) - 0.5
    if rng.random() < 0.5:
        corners[:, 0] *= -1
    corners *= np.exp(rng.normal(0, 0.12, 2))  # aspect and size
    wide = rng.random() < 0.15
    angle = np.deg2rad(rng.normal(0, 35 if wide else 9))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = corners @ turn.T + rng.normal(0, 0.035, 2) + 0.5
    corners += rng.normal(0, 0.045, (4, 2))
    return cv2.getPerspectiveTransform(UNIT_SQUARE, corners.astype(np.float32))


def random_outline(polygon: np.ndarray, rng: Rng, strength: float = 1.0) -> np.ndarray:
    """The outline as another person would have drawn it, or another tool."""
    low, high = polygon.min(0), polygon.max(0)
    size = high - low
    style = rng.random() / max(strength, 1e-6)
    if style < 0.1:  # a box
        polygon = low + UNIT_SQUARE * size
    elif style < 0.16:  # a box around the vehicle that would stand there
        rise = rng.uniform(0.1, 0.35) * max(size)
        polygon = low - [0, rise] + UNIT_SQUARE * (size + np.array([0, rise]))
    elif style < 0.2:  # cut corners
        polygon = _cut_corners(polygon, rng.uniform(0.1, 0.3))
    centre = polygon.mean(0)
    polygon = (polygon - centre) * np.exp(rng.normal(0, 0.08 * strength, 2)) + centre
    short = np.sqrt(size.min() * size.max()) if size.min() > 0 else size.max()
    corner_noise = rng.normal(0, 0.035 * strength, polygon.shape)
    return polygon + (corner_noise + rng.normal(0, 0.03 * strength, 2)) * short


def _cut_corners(polygon: np.ndarray, share: float) -> np.ndarray:
    following = np.roll(polygon, -1, 0)
    near = polygon + share * (following - polygon)
    far = following - share * (following - polygon)
    return np.stack([near, far], 1).reshape(-1, 2)
