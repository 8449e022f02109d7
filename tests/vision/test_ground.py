import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.errors import SettingError
from vision.ground import (
    GroundCamera,
    forward_sigma_m,
    ground_to_image,
    ground_to_image_matrix,
    image_to_ground,
)

CAB = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))

cameras = st.builds(
    GroundCamera,
    height_m=st.floats(0.5, 12),
    pitch_deg=st.floats(-5, 60),
    focal_px=st.floats(200, 2000),
    principal_px=st.tuples(st.floats(200, 1000), st.floats(100, 600)),
    lateral_offset_m=st.floats(-2, 2),
    yaw_deg=st.floats(-20, 20),
)


@given(cameras, st.floats(1, 100), st.floats(-5, 5))
def test_ground_to_image_and_back(camera: GroundCamera, forward_m: float, lateral_m: float) -> None:
    point = np.array([[forward_m, lateral_m]])
    seen = ground_to_image(camera, point)
    if np.isfinite(seen).all():
        assert image_to_ground(camera, seen) == pytest.approx(point, rel=1e-6, abs=1e-6)


@given(cameras, st.floats(1, 100), st.floats(-5, 5))
def test_the_matrix_takes_the_ground_to_where_it_is_seen(
    camera: GroundCamera, forward_m: float, lateral_m: float
) -> None:
    seen = ground_to_image(camera, np.array([[forward_m, lateral_m]]))[0]
    x, y, depth_m = ground_to_image_matrix(camera) @ (forward_m, lateral_m, 1)
    if np.isfinite(seen).all():
        assert (x / depth_m, y / depth_m) == pytest.approx(seen, rel=1e-6, abs=1e-4)


@given(cameras, st.floats(0, 1280), st.floats(0, 720))
def test_image_to_ground_and_back(camera: GroundCamera, x: float, y: float) -> None:
    pixel = np.array([[x, y]])
    point = image_to_ground(camera, pixel)
    if np.isfinite(point).all() and np.abs(point).max() < 1e4:
        assert ground_to_image(camera, point) == pytest.approx(pixel, rel=1e-6, abs=1e-4)


def test_a_row_next_to_nothing_below_the_horizon_lies_nowhere() -> None:
    hardly_down = GroundCamera(
        height_m=1, pitch_deg=2.2e-308, focal_px=200, principal_px=(200, 100)
    )
    assert np.isnan(image_to_ground(hardly_down, np.array([[0.0, 100.0]]))).all()


def test_level_camera_by_similar_triangles() -> None:
    camera = GroundCamera(height_m=2, pitch_deg=0, focal_px=500, principal_px=(320, 180))
    seen = np.array([[320, 280], [370, 280]])  # 100 px below the horizon: 2 m · 500 / 100
    assert image_to_ground(camera, seen) == pytest.approx(np.array([[10, 0], [10, 1]]))


def test_rails_are_a_gauge_apart_at_every_row() -> None:
    rails = ground_to_image(CAB, np.array([[z, x] for z in (8, 20, 50) for x in (-0.7175, 0.7175)]))
    width_px = rails[1::2, 0] - rails[0::2, 0]
    below_px = rails[0::2, 1] - CAB.horizon_px
    assert width_px / below_px == pytest.approx(1.435 * np.cos(np.radians(4)) / 2.4, rel=1e-6)


@pytest.mark.parametrize("row", [0.0, 100.0, CAB.horizon_px])
def test_nothing_on_the_ground_above_the_horizon(row: float) -> None:
    assert np.isnan(image_to_ground(CAB, np.array([[320.0, row]]))).all()


def test_nothing_in_the_picture_behind_the_camera() -> None:
    assert np.isnan(ground_to_image(CAB, np.array([[-5.0, 0.0]]))).all()


def test_yaw_and_offset_move_the_axis() -> None:
    right_of_axis = GroundCamera(2.4, 4, 560, (320, 180), lateral_offset_m=0.5)
    turned = GroundCamera(2.4, 4, 560, (320, 180), yaw_deg=2)
    axis = np.array([[20.0, 0.0]])
    assert ground_to_image(right_of_axis, axis)[0, 0] < 320
    assert ground_to_image(turned, axis)[0, 0] < 320


@pytest.mark.parametrize("forward_m", [5.0, 20.0, 60.0])
def test_sigma_is_what_one_pixel_moves(forward_m: float) -> None:
    seen = ground_to_image(CAB, np.array([[forward_m, 0.0]]))
    moved = image_to_ground(CAB, seen - np.array([0, 0.05]))[0, 0] - forward_m
    assert forward_sigma_m(CAB, np.array([forward_m]))[0] == pytest.approx(moved / 0.05, rel=0.01)


def test_sigma_is_what_a_little_pitch_moves() -> None:
    seen = ground_to_image(CAB, np.array([[40.0, 0.0]]))
    nodded = GroundCamera(2.4, 3.99, 560, (320, 180))
    moved = image_to_ground(nodded, seen)[0, 0] - 40
    sigma = forward_sigma_m(CAB, np.array([40.0]), pixel_sigma_px=0, pitch_sigma_deg=0.01)
    assert sigma[0] == pytest.approx(moved, rel=0.01)


def test_scaled_camera_sees_the_same_ground() -> None:
    pixel = np.array([[400.0, 300.0]])
    assert image_to_ground(CAB.scaled(0.5), pixel / 2) == pytest.approx(image_to_ground(CAB, pixel))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"height_m": 0}, "height_m must be above 0, got 0"),
        ({"focal_px": -1}, "focal_px must be above 0, got -1"),
        ({"pitch_deg": 95}, "pitch_deg must be between -45 and 90, got 95"),
        ({"yaw_deg": 70}, "yaw_deg must be between -60 and 60, got 70"),
    ],
)
def test_impossible_cameras_are_refused(change: dict[str, float], message: str) -> None:
    sound = {"height_m": 2.4, "pitch_deg": 4, "focal_px": 560, "principal_px": (320, 180)}
    with pytest.raises(SettingError, match=message):
        GroundCamera(**(sound | change))
