import cv2
import numpy as np
import pytest

from sample_videos.render.footprint import footprint
from sample_videos.render.random_scene import random_lot, random_street, without_overlaps
from sample_videos.render.scene import scene_from
from sample_videos.render.track_mask import ground_masks
from sample_videos.render.track_work import Course


@pytest.mark.parametrize("number", range(12))
def test_nobody_stands_inside_another(number: int):
    make = random_lot if number % 2 else random_street
    scene = without_overlaps(scene_from("still", make(np.random.default_rng([1, number]))))
    grounds = [footprint(plan, 0.0).astype(np.float32) for plan in scene.actors]
    for i, a in enumerate(grounds):
        for b in grounds[i + 1 :]:
            assert cv2.intersectConvexConvex(a, b)[0] == 0


def test_own_track_begins_below_the_camera_and_all_track_holds_it():
    for number in range(12):
        street = random_street(np.random.default_rng([3, number]))
        scene = scene_from("still", street)
        own, every = ground_masks(scene)
        assert own.any()
        assert not (own & ~every).any()
        columns = np.flatnonzero(own[np.flatnonzero(own.any(axis=1)).max()])
        assert abs(columns.mean() / own.shape[1] - 0.5) < 0.35
        if len(street["place"]["tracks"]) == 1:
            assert (own == every).all()


def test_branch_leaves_its_track_where_it_parts():
    branch = Course(0.0, parts_at_m=20.0, radius_m=-50.0)
    assert branch.lefts_m(np.array([10.0, 20.0, 30.0])).tolist() == [0.0, 0.0, -1.0]


def test_seed_and_number_make_the_scene():
    one, again, other = (random_lot(np.random.default_rng([7, n])) for n in (3, 3, 4))
    assert one == again
    assert one != other


def test_most_random_lots_show_spots_taken_and_free():
    n_both = 0
    for number in range(20):
        scene = scene_from("still", random_lot(np.random.default_rng([2, number])))
        taken = {plan.actor_id.removeprefix("parked-") for plan in scene.actors}
        shown = [spot.spot_id for spot in scene.shown_spots]
        n_both += 0 < sum(s in taken for s in shown) < len(shown)
    assert n_both >= 14
