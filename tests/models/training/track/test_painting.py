"""Painted scenes: the masks fit what is drawn, and scenes differ."""

import numpy as np
import pytest

from models.training.track.canvas import Canvas
from models.training.track.courses import Bend, Course, random_bend, random_courses
from models.training.track.painting import Props, paint_scene
from models.training.track.surfaces import noise_tile
from models.training.track.trackside import raise_beside
from models.training.track.view import View
from models.training.track.walls import park_trains, raise_walls

SIZE_PX = (160, 96)
PROPS = Props([np.full((120, 200, 3), 90, np.uint8)], [])


def empty_canvas() -> tuple[Canvas, Bend]:
    """A black picture of flat ground before a straight track."""
    view = View(160, 96, 150.0, 40.0, 2.5)
    forward, right, span = view.ground()
    bend = Bend(
        *(np.zeros(330, np.float32) for _ in range(2)), np.arange(330, dtype=np.float32) / 2
    )
    along, off = bend.track_frame(forward, right)
    return Canvas(np.zeros((96, 160, 3), np.float32), along, off, span, view), bend


def is_track(canvas: Canvas, courses: list[Course]) -> np.ndarray:
    """(H, W) between and including the rails of any of these straight tracks."""
    beside = [np.abs(canvas.off_m - course.right_m) < 0.8 for course in courses]
    return canvas.is_ground & np.any(beside, axis=0)


@pytest.mark.parametrize("number", range(10))
def test_own_track_is_track_and_lies_below_the_horizon(number: int):
    sample = paint_scene(np.random.default_rng([1, number]), SIZE_PX, PROPS)
    assert sample.image.shape == (SIZE_PX[1], SIZE_PX[0], 3)
    assert sample.own.any()
    assert not (sample.own & ~sample.every).any()
    assert not sample.every[: int(0.08 * SIZE_PX[1])].any()


def test_a_scene_without_track_has_empty_masks():
    sample = paint_scene(np.random.default_rng(2), SIZE_PX, PROPS, has_track=False)
    assert not sample.every.any()


def test_the_same_number_paints_the_same_scene():
    one, again, other = (
        paint_scene(np.random.default_rng([3, n]), SIZE_PX, PROPS).image for n in (0, 0, 1)
    )
    assert (one == again).all()
    assert (one != other).any()


def test_ground_begins_below_the_horizon_and_places_find_their_pixel():
    view = View(160, 96, 150.0, 40.0, 2.0, yaw_rad=0.03)
    forward, right, _ = view.ground()
    assert not np.isfinite(forward[:39]).any()
    column, row, _ = view.place(10.0, 1.0)
    assert forward[int(row), int(column)] == pytest.approx(10.0, rel=0.05)
    assert right[int(row), int(column)] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("curve_per_m", [0.004, -0.004], ids=["dip", "crest"])
def test_places_on_curved_ground_find_their_pixel(curve_per_m: float):
    view = View(160, 96, 150.0, 40.0, 2.0, flat_to_m=10.0, curve_per_m=curve_per_m)
    forward, _, _ = view.ground()
    _, row, _ = view.place(20.0, 0.0)
    assert forward[int(row), 80] == pytest.approx(20.0, rel=0.1)


def test_behind_a_crest_no_ground_is_seen_and_in_a_dip_it_rises_above_the_horizon():
    flat, dip, crest = (
        View(160, 96, 150.0, 40.0, 2.0, flat_to_m=10.0, curve_per_m=curve).ground()[0][:, 80]
        for curve in (0.0, 0.004, -0.004)
    )
    assert np.isfinite(dip).sum() > np.isfinite(flat).sum() > np.isfinite(crest).sum()


@pytest.mark.parametrize("number", range(12))
@pytest.mark.parametrize(("beside_m", "before"), [(3.4, 2), (9.0, 1)], ids=["close", "apart"])
def test_platforms_and_kerbs_hide_ground_but_never_the_tracks_before_them(
    number: int, beside_m: float, before: int
):
    rng = np.random.default_rng([8, number])
    canvas, bend = empty_canvas()
    courses = [Course(0.0), Course(beside_m)]
    hidden = raise_beside(rng, canvas, bend, courses, PROPS.backdrops)
    assert not (hidden & is_track(canvas, courses[:before])).any()
    assert (canvas.colours[hidden] > 0).all()


@pytest.mark.parametrize("number", range(12))
def test_walls_and_railings_hide_no_track_from_a_camera_between_them(number: int):
    canvas, bend = empty_canvas()
    courses = [Course(0.0), Course(4.0)]
    rng = np.random.default_rng([9, number])
    hidden = raise_walls(rng, canvas, bend, courses, PROPS.backdrops)
    assert not (hidden & is_track(canvas, courses)).any()
    assert (canvas.colours[hidden] > 0).all()


def test_a_train_hides_its_own_track_and_not_the_one_we_are_on():
    courses = [Course(0.0), Course(4.0)]
    parked = 0
    for number in range(20):
        canvas, bend = empty_canvas()
        hidden = park_trains(np.random.default_rng([10, number]), canvas, bend, courses)
        parked += bool((hidden & is_track(canvas, courses[1:])).any())
        assert not (hidden & is_track(canvas, courses[:1])).any()
    assert 2 <= parked <= 10


def test_a_branch_is_its_track_until_it_parts():
    along, off = np.array([5.0, 20.0, 30.0], np.float32), np.zeros(3, np.float32)
    branch = Course(0.0, parts_at_m=20.0, radius_m=50.0)
    assert branch.off_m(along, off).tolist() == [0.0, 0.0, -1.0]


def test_the_own_track_comes_first_and_near_the_camera():
    for number in range(20):
        rng = np.random.default_rng([4, number])
        assert random_courses(rng)[0] == Course(0.0)
        assert abs(random_bend(rng).lateral_m[0]) < 1


def test_far_ground_shows_the_mean_of_its_surface():
    tile = noise_tile(np.random.default_rng(5), "ballast")
    places = np.linspace(0, 50, 64, dtype=np.float32).reshape(8, 8)
    near = tile.sample(places, places, np.full((8, 8), 0.01, np.float32))
    far = tile.sample(places, places, np.full((8, 8), 5.0, np.float32))
    assert far.std() < 0.8 * near.std()
    assert far.mean() == pytest.approx(near.mean(), rel=0.2)
