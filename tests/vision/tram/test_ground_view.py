"""The ground ahead of a camera, seen from above."""

import numpy as np
import pytest

from vision.arrays import ImageArray
from vision.ground import GroundCamera, image_to_ground
from vision.tram.centre_line import ALONG_M, STRAIGHT, CentreLine
from vision.tram.ground_view import CELL_M, NEAR_M, GroundView

CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))
SIZE_PX = (640, 360)


def test_ground_in_the_dark_is_like_nothing():
    view = GroundView(CAMERA, SIZE_PX)
    black = view.texture(np.zeros((360, 640, 3), np.uint8), STRAIGHT)
    assert view.likeness_by_shift(black, black, 50).tolist() == [0.0] * 50


def ring(camera: GroundCamera, centre_m: tuple[float, float], radius_m: float) -> ImageArray:
    """A dark ring on grey ground, as the camera sees it."""
    columns, rows = np.meshgrid(np.arange(SIZE_PX[0]), np.arange(SIZE_PX[1]))
    seen = image_to_ground(camera, np.stack([columns.ravel(), rows.ravel()], axis=1))
    off_m = np.abs(np.hypot(*(seen - centre_m).T) - radius_m)
    grey = np.where(off_m < 0.12, 60, 140).astype(np.uint8).reshape(SIZE_PX[::-1])
    return np.repeat(grey[..., None], 3, axis=2)


@pytest.mark.parametrize(
    "camera",
    [CAMERA, GroundCamera(2.4, 4, 560, (320, 180), lateral_offset_m=0.8, yaw_deg=-6)],
    ids=["over the rails", "aside and turned"],
)
def test_a_line_along_the_track_is_a_column_of_the_grid(camera):
    """A line 1 m to the right of a track that bends to the right about a place 40 m aside."""
    bend = CentreLine.from_curvature(np.full(len(ALONG_M), 1 / 40))
    texture = GroundView(camera, SIZE_PX).texture(ring(camera, (0, 40), 39), bend)
    far_row = round((12 - NEAR_M) / CELL_M)
    darkest = texture[far_row // 2 : far_row].argmin(axis=1)
    assert darkest == pytest.approx(30 + 1 / CELL_M, abs=1.5)
