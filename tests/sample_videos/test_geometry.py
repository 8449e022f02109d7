from dataclasses import replace

import numpy as np
import pytest

from sample_videos.render.alignment import Alignment
from sample_videos.render.intended import alert_for, alert_timeline, spot_changes
from sample_videos.render.motion import into_spot, out_of_spot, through_points
from sample_videos.render.pinhole import Pinhole, clip_to_front

CAMERA = Pinhole((0.0, 0.0, 2.4), 0.0, 4.0, 640.0, 640, 360)


def test_point_straight_ahead_lands_in_the_middle_column():
    pixels, depth_m = CAMERA.project(np.array([[20.0, 0.0, 0.0]]))
    assert pixels[0, 0] == pytest.approx(320)
    assert pixels[0, 1] > 180
    assert depth_m[0] == pytest.approx(20 * np.cos(np.deg2rad(4)) + 2.4 * np.sin(np.deg2rad(4)))


def test_left_is_left_and_up_is_up():
    pixels, _ = CAMERA.project(np.array([[20.0, 3.0, 0.0], [20.0, 0.0, 2.0]]))
    assert pixels[0, 0] < 320
    assert pixels[1, 1] < pixels[0, 1]


def test_ground_point_undoes_projection():
    ground = np.array([[8.0, -2.0], [30.0, 4.0], [60.0, 0.5]])
    pixels, _ = CAMERA.project(np.column_stack([ground, np.zeros(3)]))
    assert CAMERA.ground_point(pixels) == pytest.approx(ground)


@pytest.mark.parametrize("distortion", [-0.3, -0.1, 0.15])
def test_ground_point_undoes_a_lens_that_bends(distortion):
    bent = replace(CAMERA, distortion=distortion)
    ground = np.array([[8.0, -2.0], [30.0, 4.0], [60.0, 0.5]])
    pixels, _ = bent.project(np.column_stack([ground, np.zeros(3)]))
    assert bent.ground_point(pixels) == pytest.approx(ground)


def test_barrel_pulls_towards_the_middle_and_never_turns_back():
    aside = np.column_stack([np.full(40, 10.0), np.linspace(0, -60, 40), np.zeros(40)])
    straight, _ = CAMERA.project(aside)
    barrel, _ = replace(CAMERA, distortion=-0.3).project(aside)
    assert (barrel[1:, 0] < straight[1:, 0]).all()
    assert (np.diff(barrel[:, 0]) > -1e-9).all()


def test_sky_is_no_ground():
    assert np.isnan(CAMERA.ground_point(np.array([[320.0, 10.0]]))).all()


def test_point_behind_has_no_pixel():
    pixels, depth_m = CAMERA.project(np.array([[-5.0, 0.0, 0.0]]))
    assert np.isnan(pixels).all()
    assert depth_m[0] < 0


def test_polygon_is_cut_at_the_camera():
    square = np.array([[-5.0, -1, 0], [10, -1, 0], [10, 1, 0], [-5, 1, 0]])
    cut = clip_to_front(square, CAMERA)
    _, depth_m = CAMERA.project(cut)
    assert len(cut) == 4
    assert depth_m.min() == pytest.approx(0.3)


def test_curve_has_its_radius():
    track = Alignment.from_segments([(20.0, 0.0), (60.0, 80.0)])
    assert track.heading_at(70.0) == pytest.approx(50 / 80, abs=0.02)
    assert track.from_world(track.to_world(55.0, 1.5))[0] == pytest.approx([55.0, 1.5], abs=0.02)


def test_car_ends_in_its_spot_nose_first():
    motion = into_spot(np.array([4.0, 5.5]), np.pi / 2, 0.0, -30.0, 0.0, 6.0, 10.0)
    end = motion.at(9.0)
    assert (end.x_m, end.y_m) == pytest.approx((4.0, 5.5))
    assert np.sin(end.heading_rad) == pytest.approx(1)
    assert end.speed_mps == pytest.approx(0, abs=1e-6)


def test_car_leaves_along_the_aisle():
    motion = out_of_spot(np.array([4.0, 5.5]), np.pi / 2, 0.0, 30.0, 1.0, 7.0, 10.0)
    start, end = motion.at(0.0), motion.at(9.0)
    assert (start.x_m, start.y_m) == pytest.approx((4.0, 5.5))
    assert (end.x_m, end.y_m) == pytest.approx((30.0, 0.0))
    assert np.cos(end.heading_rad) == pytest.approx(1)


def test_walker_faces_where_it_goes():
    motion = through_points(np.array([0.0, 4.0]), np.array([[0.0, 0.0], [0.0, 5.0]]), 4.0, None)
    assert motion.at(2.0).heading_rad == pytest.approx(np.pi / 2)
    assert motion.at(2.0).speed_mps == pytest.approx(1.25, rel=0.01)


@pytest.mark.parametrize(
    ("distance_m", "in_path", "near", "alert"),
    [
        pytest.param(100.0, True, True, "clear", id="too far to matter"),
        pytest.param(70.0, True, True, "information", id="far on the track"),
        pytest.param(40.0, True, True, "caution", id="within three seconds and braking"),
        pytest.param(25.0, True, True, "alarm", id="within one second and braking"),
        pytest.param(25.0, False, True, "information", id="beside the envelope"),
        pytest.param(25.0, False, False, "clear", id="on the pavement"),
        pytest.param(-3.0, True, True, "clear", id="passed already"),
    ],
)
def test_alert_at_thirty_kilometres_an_hour(distance_m, in_path, near, alert):
    assert alert_for(distance_m, 8.33, 8.33, in_path, near) == alert


def test_cyclist_ahead_at_our_speed_is_only_information():
    assert alert_for(10.0, 0.5, 5.0, True, True) == "information"
    assert alert_for(10.0, 4.0, 8.0, True, True) == "alarm"


def test_standstill_is_never_alarming():
    assert alert_for(3.0, 0.0, 0.0, True, True) == "information"


def test_short_flicker_is_taken_up():
    states = ["clear"] * 10 + ["caution"] * 2 + ["clear"] * 10
    assert alert_timeline(states, 10.0) == [{"from_s": 0.0, "to_s": 2.2, "state": "clear"}]


def test_spot_change_is_told_once():
    frames = [{"A1": 0}, {"A1": 0}, {"A1": 1}, {"A1": 1}]
    assert spot_changes(frames, 2.0) == [{"t_s": 1.0, "spot_id": "A1", "state": "occupied"}]
