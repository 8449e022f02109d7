"""How far a tram came since the last picture, and what turns with it."""

import numpy as np
import pytest

from tests.builders import make_frame
from vision.ground import GroundCamera, ground_to_image
from vision.tram.centre_line import ALONG_M
from vision.tram.ego_motion import EgoMotion
from vision.tram.ego_track import EgoTrack
from vision.tram.own_way import OwnWay
from vision.tram.scene import Scene
from vision.tram.settings import TramSettings

CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))
SPEED_MPS, STEP_S = 6.0, 0.2


def scene_on(track: EgoTrack, speed_mps: float) -> Scene:
    """A picture on that track, after a while at that speed."""
    ego = EgoMotion(speed_mps=speed_mps)
    return Scene(make_frame(1.0), CAMERA, track, ego, STEP_S, speed_mps)


@pytest.mark.parametrize("radius_m", [40.0, -40.0], ids=["to the right", "to the left"])
def test_what_stands_far_ahead_moves_as_far_aside_as_the_tram_turns(radius_m: float) -> None:
    track = EgoTrack(np.full(len(ALONG_M), 1 / radius_m))
    scene = scene_on(track, SPEED_MPS)
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
    assert scene_on(straight, SPEED_MPS).panned_px == 0
    assert scene_on(bend, 0.0).panned_px == 0


@pytest.mark.parametrize(
    ("before_mps", "now_mps", "driven_m"),
    [(8.0, 7.0, 1.5), (7.0, 8.0, 1.5), (None, 8.0, 1.6), (8.0, None, 0.0)],
    ids=["braking", "speeding up", "speed found", "speed lost"],
)
def test_tram_comes_as_far_as_the_mean_of_its_speeds_tells(
    before_mps: float | None, now_mps: float | None, driven_m: float
) -> None:
    way = OwnWay(TramSettings(CAMERA))
    way.update(make_frame(1.0), CAMERA, EgoMotion(before_mps))
    scene = way.update(make_frame(1.0 + STEP_S), CAMERA, EgoMotion(now_mps))
    assert scene.driven_m == pytest.approx(driven_m)
