from dataclasses import replace

import numpy as np
import pytest

from tests.builders import NS_PER_S
from vision.arrays import FloatArray
from vision.classes import Kind
from vision.ground import GroundCamera, ground_to_image
from vision.tram.footprint import REACH_M, footprints_of
from vision.tram.range_filter import NOBODY, GroundTracks, Looks, RangeFilter

CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))
FRAMES_PER_S = 12.5


def box_at(forward_m: float, lateral_m: float, height_m: float = 1.7) -> list[float]:
    """The box of someone, 0.5 m wide, who reaches as near as this."""
    feet_m = forward_m + REACH_M
    x, y = ground_to_image(CAMERA, np.array([[feet_m, lateral_m]]))[0]
    px_per_m = CAMERA.focal_px / feet_m
    return [x - 0.25 * px_per_m, y - height_m * px_per_m, x + 0.25 * px_per_m, y]


def _see(
    ranges: RangeFilter,
    track_id: list[int],
    boxes: FloatArray,
    ego_mps: float,
    at_s: float,
    top_speed_mps: float = 3.5,
    looks: Looks | None = None,
) -> GroundTracks:
    """What the filter makes of people in these boxes."""
    count = len(track_id)
    return ranges.update(
        CAMERA,
        np.array(track_id, np.int64),
        boxes,
        footprints_of(CAMERA, boxes, [Kind.PERSON] * count, size_px=(640, 360)),
        np.full((count, 2), top_speed_mps),
        ego_mps,
        round(at_s * NS_PER_S),
        looks=looks,
    )


def _drive(
    places: list[tuple[float, float]], ego_mps: float, noise_px: float = 0.0
) -> list[GroundTracks]:
    ranges, random = RangeFilter(), np.random.default_rng(5)
    history = []
    for step, (forward_m, lateral_m) in enumerate(places):
        box = np.array([box_at(forward_m, lateral_m)]) + random.normal(0, noise_px, (1, 4))
        history.append(_see(ranges, [7], box, ego_mps, step / FRAMES_PER_S))
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
    assert history[-1].anchor_m[0] == pytest.approx(4 - 1.4 * steps[-1], abs=0.2)


def test_someone_who_walks_away_is_told_from_someone_standing() -> None:
    history = _drive([(25 - 6.0 * s / FRAMES_PER_S, 0) for s in range(40)], ego_mps=8)
    assert history[-1].along_mps[0] == pytest.approx(2, abs=0.5)


def test_jump_is_a_new_measurement_and_no_speed() -> None:
    places = [*_approach(30, 8, 1), (9.0, 0.0)]
    last = _drive(places, ego_mps=8)[-1]
    assert last.forward_m[0] == pytest.approx(9, abs=0.1)
    assert last.along_mps[0] == 0


def test_someone_who_comes_out_from_behind_a_car_has_not_moved() -> None:
    """The car hides the feet, less and less: the box ends too high, the distance is too long."""
    ranges = RangeFilter()
    for step in range(20):
        forward_m = 40 - 8 * step / FRAMES_PER_S
        box = box_at(forward_m, 6)
        box[3] -= max(10 - step, 0)
        ground = _see(ranges, [1], np.array([box]), 8.0, step / FRAMES_PER_S)
        assert abs(ground.across_mps[0]) < 0.9
    assert ground.anchor_m[0] == pytest.approx(6, abs=0.5)


def test_someone_who_rides_along_beside_the_tram_does_not_swing_in() -> None:
    """He keeps his place in the picture; at first he is taken to stand, and so to be passed."""
    ranges = RangeFilter()
    for step in range(20):
        box = np.array([box_at(7, 2.9)])
        ground = _see(ranges, [1], box, 8.0, step / 5, top_speed_mps=12.0)
        assert abs(ground.across_mps[0]) < 0.4
    assert ground.along_mps[0] == pytest.approx(8, abs=0.3)


@pytest.mark.parametrize(("heir_of", "along_mps"), [(1, 5.0), (NOBODY, 0.0)])
def test_who_is_found_where_another_was_followed_goes_on_as_he_did(
    heir_of: int, along_mps: float
) -> None:
    """A rider runs on ahead of the tram; then his boxes are taken for another track."""
    ranges = RangeFilter()
    for step in range(20):
        box = np.array([box_at(20, 0.0)])
        _see(ranges, [1], box, 5.0, step / 5, top_speed_mps=12.0)
    both = replace(Looks.clear(2), heir_of=np.array([NOBODY, heir_of]))
    ground = _see(ranges, [1, 2], np.repeat(box, 2, axis=0), 5.0, 4, top_speed_mps=12.0, looks=both)
    assert ground.along_mps[1] == pytest.approx(along_mps, abs=0.3)
    assert ground.across_mps[1] == 0


def test_ids_keep_their_rows_apart() -> None:
    ranges = RangeFilter()
    near, far = box_at(10, 0), box_at(40, 1)
    _see(ranges, [3, 9], np.array([near, far]), 0.0, 0)
    swapped = _see(ranges, [9, 3], np.array([far, near]), 0.0, 0.1)
    assert swapped.forward_m == pytest.approx([40, 10], rel=0.01)
    assert ranges.is_followed(np.array([3, 4, 9])).tolist() == [True, False, True]


def test_long_gap_starts_anew() -> None:
    ranges = RangeFilter()
    box = np.array([box_at(20, 0)])
    _see(ranges, [1], box, 8.0, 0)
    assert _see(ranges, [1], box, 8.0, 5).forward_m[0] == pytest.approx(20, rel=0.001)


def test_nothing_in_view() -> None:
    assert len(_see(RangeFilter(), [], np.zeros((0, 4)), 8.0, 0).forward_m) == 0


@pytest.mark.parametrize(
    ("turned_rad", "ends_at_m"),
    [(0.0, (40, 50)), (0.12, (55, 63))],
    ids=["on a straight track it is taken for a near one", "beyond a bend its foot is believed"],
)
def test_car_parked_askew_shows_its_side(turned_rad: float, ends_at_m: tuple[float, float]) -> None:
    """It stands 60 m away and looks 2.4 m wide, as none does that is seen from its end."""
    ranges, looks = RangeFilter(), replace(Looks.clear(1), turned_rad=np.array([turned_rad]))
    x, y = ground_to_image(CAMERA, np.array([[60.0, 0.0]]))[0]
    px_per_m = CAMERA.focal_px / 60
    box = np.array([[x - 1.2 * px_per_m, y - 1.5 * px_per_m, x + 1.2 * px_per_m, y]])
    feet = footprints_of(CAMERA, box, [Kind.VEHICLE], size_px=(640, 360))
    one, fastest = np.array([1], np.int64), np.full((1, 2), 20.0)
    for step in range(4):
        now_ns = round(step / 5 * NS_PER_S)
        ground = ranges.update(CAMERA, one, box, feet, fastest, 0.0, now_ns, looks=looks)
    assert ends_at_m[0] < ground.forward_m[0] < ends_at_m[1]
