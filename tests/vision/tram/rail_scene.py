"""Pictures of rails on the ground, drawn through a ground camera."""

from collections.abc import Sequence

import cv2
import numpy as np

from tests.builders import make_picture
from vision.arrays import FloatArray, ImageArray
from vision.ground import GroundCamera, ground_to_image
from vision.tram.centre_line import ALONG_M, CentreLine

CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))
SIZE_PX = (640, 360)
RAIL_M = 0.7525  # from the middle of the track to the middle of a rail head
HEAD_M = 0.07
STEEL, GROUND = 200, 105  # grey levels
HORIZON_PX = round(CAMERA.horizon_px) + 3


def arc(radius_m: float, from_m: float = 0.0) -> CentreLine:
    """Straight on to `from_m`, then a bend; a negative radius bends to the left."""
    return CentreLine.from_curvature(np.where(from_m <= ALONG_M, 1 / radius_m, 0.0))


def draw_rails(
    rails: Sequence[tuple[CentreLine, float]], *, near_m: float = 2.0, seed: int = 0
) -> ImageArray:
    """A picture of rails, each `aside_m` of a line; 2 to 75 m ahead, on a noisy ground."""
    picture = np.full((SIZE_PX[1], SIZE_PX[0]), GROUND, np.uint8)
    along = np.arange(near_m, 75, 0.5)
    for line, aside_m in rails:
        edges = [_place(line, along, aside_m + side * HEAD_M / 2) for side in (-1, 1)]
        outline = np.concatenate([edges[0], edges[1][::-1]])
        sixteenths = np.round(np.clip(outline, -3000, 3000) * 16).astype(np.int32)
        cv2.fillPoly(picture, [sixteenths], STEEL, cv2.LINE_AA, shift=4)
    noise = np.random.default_rng(seed).normal(0, 3, picture.shape)
    grey = np.clip(picture + noise, 0, 255).astype(np.uint8)
    image = make_picture(*SIZE_PX, seed=seed)
    image[HORIZON_PX:] = grey[HORIZON_PX:, :, None]
    return image


def draw_track(line: CentreLine, *, seed: int = 0) -> ImageArray:
    """A picture of both rails along a line."""
    return draw_rails([(line, -RAIL_M), (line, RAIL_M)], seed=seed)


def _place(line: CentreLine, along_m: FloatArray, aside_m: float) -> FloatArray:
    points = np.stack([along_m, np.full_like(along_m, aside_m)], axis=1)
    return ground_to_image(CAMERA, line.to_vehicle(points))
