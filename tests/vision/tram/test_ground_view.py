"""The ground ahead of a camera, seen from above."""

import numpy as np

from vision.ground import GroundCamera
from vision.tram.centre_line import STRAIGHT
from vision.tram.ground_view import GroundView

CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))
SIZE_PX = (640, 360)


def test_ground_in_the_dark_is_like_nothing():
    view = GroundView(CAMERA, SIZE_PX)
    black = view.texture(np.zeros((360, 640, 3), np.uint8), STRAIGHT)
    assert view.likeness_by_shift(black, black, 50).tolist() == [0.0] * 50
