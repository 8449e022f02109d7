"""What turns with the tram."""

import numpy as np
import pytest

from tests.builders import make_frame
from vision.ground import GroundCamera, ground_to_image
from vision.tram.centre_line import ALONG_M
from vision.tram.ego_motion import EgoMotion
from vision.tram.ego_track import EgoTrack
from vision.tram.scene import Scene

CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))
SPEED_MPS, STEP_S = 6.0, 0.2


@pytest.mark.parametrize("radius_m", [40.0, -40.0], ids=["to the right", "to the left"])
def test_what_stands_far_ahead_moves_as_far_aside_as_the_tram_turns(radius_m: float) -> None:
    track = EgoTrack(np.full(len(ALONG_M), 1 / radius_m))
    scene = Scene(make_frame(1.0), CAMERA, track, EgoMotion(speed_mps=SPEED_MPS), STEP_S)
    way_m = SPEED_MPS * STEP_S
    turned_rad = way_m / radius_m
    before_m = np.array([60.0, 0.0])
    moved_m = before_m - (way_m, way_m * turned_rad / 2)
    cos, sin = np.cos(turned_rad), np.sin(turned_rad)
    now_m = np.array([[cos, sin], [-sin, cos]]) @ moved_m
    before_px, now_px = ground_to_image(CAMERA, np.stack([before_m, now_m]))[:, 0]
    assert scene.panned_px == pytest.approx(now_px - before_px, rel=0.05)


def test_nothing_turns_on_straight_track_or_at_rest() -> None:
    straight, bend = EgoTrack(), EgoTrack(np.full(len(ALONG_M), 0.02))
    moving, resting = EgoMotion(speed_mps=SPEED_MPS), EgoMotion(speed_mps=0.0)
    assert Scene(make_frame(1.0), CAMERA, straight, moving, STEP_S).panned_px == 0
    assert Scene(make_frame(1.0), CAMERA, bend, resting, STEP_S).panned_px == 0
