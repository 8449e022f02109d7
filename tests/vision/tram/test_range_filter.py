import numpy as np
import pytest

from tests.builders import NS_PER_S
from vision.ground import GroundCamera, ground_to_image
from vision.tram.range_filter import GroundTracks, RangeFilter, bottom_centre

CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))
FRAMES_PER_S = 12.5


def box_at(forward_m: float, lateral_m: float, height_m: float = 1.7) -> list[float]:
    """The box of someone who stands there, 0.5 m wide."""
    x, y = ground_to_image(CAMERA, np.array([[forward_m, lateral_m]]))[0]
    px_per_m = CAMERA.focal_px / forward_m
    return [x - 0.25 * px_per_m, y - height_m * px_per_m, x + 0.25 * px_per_m, y]


def _drive(
    places: list[tuple[float, float]], ego_mps: float, noise_px: float = 0.0
) -> list[GroundTracks]:
    ranges, random = RangeFilter(), np.random.default_rng(5)
    history = []
    for step, (forward_m, lateral_m) in enumerate(places):
        box = np.array([box_at(forward_m, lateral_m)]) + random.normal(0, noise_px, (1, 4))
        now_ns = round(step / FRAMES_PER_S * NS_PER_S)
        history.append(ranges.update(CAMERA, np.array([7]), box, np.array([1.2]), ego_mps, now_ns))
    return history


def _approach(from_m: float, speed_mps: float, seconds: float) -> list[tuple[float, float]]:
    steps = np.arange(round(seconds * FRAMES_PER_S)) / FRAMES_PER_S
    return [(from_m - speed_mps * s, 0.0) for s in steps]


def test_standing_person_closes_at_the_trams_speed_from_the_first_moment() -> None:
    for ground in _drive(_approach(50, 8, 3), ego_mps=8):
        assert ground.along_mps[0] == pytest.approx(0, abs=0.2)


def test_filtered_distance_is_steadier_than_a_picture() -> None:
    places = _approach(45, 8, 3)
    history = _drive(places, ego_mps=8, noise_px=2)
    errors_m = [g.forward_m[0] - place[0] for g, place in zip(history, places, strict=True)]
    assert np.abs(errors_m[10:]).max() < 2.5


def test_walker_across_the_track_has_its_speed() -> None:
    steps = np.arange(25) / FRAMES_PER_S
    history = _drive([(30 - 8 * s, 4 - 1.4 * s) for s in steps], ego_mps=8)
    assert history[-1].across_mps[0] == pytest.approx(-1.4, abs=0.2)
    assert history[-1].lateral_m[0] == pytest.approx(4 - 1.4 * steps[-1], abs=0.2)


def test_vehicle_that_drives_ahead_is_told_from_a_standing_one() -> None:
    history = _drive([(25 - 1.0 * s / FRAMES_PER_S, 0) for s in range(50)], ego_mps=8)
    assert history[-1].along_mps[0] == pytest.approx(7, abs=0.7)


def test_jump_is_a_new_measurement_and_no_speed() -> None:
    places = [*_approach(30, 8, 1), (9.0, 0.0)]
    last = _drive(places, ego_mps=8)[-1]
    assert last.forward_m[0] == pytest.approx(9, abs=0.1)
    assert last.along_mps[0] == 0


def test_ids_keep_their_rows_apart() -> None:
    ranges = RangeFilter()
    near, far = np.array(box_at(10, 0)), np.array(box_at(40, 1))
    sigma = np.array([1.2, 1.2])
    ranges.update(CAMERA, np.array([3, 9]), np.array([near, far]), sigma, 0.0, 0)
    swapped = ranges.update(
        CAMERA, np.array([9, 3]), np.array([far, near]), sigma, 0.0, NS_PER_S // 10
    )
    assert swapped.forward_m == pytest.approx([40, 10], rel=0.01)
    assert ranges.is_followed(np.array([3, 4, 9])).tolist() == [True, False, True]


def test_long_gap_starts_anew() -> None:
    ranges = RangeFilter()
    box, ids, sigma = np.array([box_at(20, 0)]), np.array([1]), np.array([1.2])
    ranges.update(CAMERA, ids, box, sigma, 8.0, 0)
    later = ranges.update(CAMERA, ids, box, sigma, 8.0, 5 * NS_PER_S)
    assert later.forward_m[0] == pytest.approx(20, rel=0.001)


def test_nothing_in_view() -> None:
    nothing = RangeFilter().update(
        CAMERA, np.zeros(0, np.int64), np.zeros((0, 4)), np.zeros(0), 8.0, 0
    )
    assert len(nothing.forward_m) == 0


def test_box_stands_on_the_middle_of_its_lower_edge() -> None:
    assert bottom_centre(np.array([[10, 20, 30, 60]])).tolist() == [[20, 60]]
