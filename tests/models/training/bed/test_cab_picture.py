"""Views from cabs whose way is known: rendered ones say it, the tram line's guide tells it."""

import numpy as np
import pytest

from models.training.bed.cab_picture import CabCamera, line_camera
from sample_videos.render.own_way import own_way
from sample_videos.render.random_scene import random_street, without_overlaps
from sample_videos.render.scene import scene_from
from vision.tram.centre_line import CentreLine

TILTED = CabCamera(2.4, 5.0, -2.0, 1.5, 560.0, (320.0, 180.0), 0.2)


def test_ground_that_a_pixel_shows_lies_where_it_was_put() -> None:
    ground = np.array([[8.0, -1.0], [20.0, 0.5], [45.0, 2.0]])
    px = TILTED.project(np.column_stack([ground, np.zeros(3)]))
    assert TILTED.ground(px) == pytest.approx(ground)
    assert np.isnan(TILTED.ground(np.array([[320.0, 0.0]]))).all(), "the sky is no ground"


@pytest.mark.parametrize("number", range(6))
def test_label_of_a_still_tells_the_way_that_was_rendered(number: int) -> None:
    raw = random_street(np.random.default_rng([9, number]))
    scene = without_overlaps(scene_from("still", raw))
    way = own_way(scene)
    assert scene.track is not None
    along_m, aside_m = np.array([7.0, 18.0, 33.0, 50.0]), np.array([0.7, -0.7, 1.1, 0.0])
    world = scene.track.to_world(scene.along_at(0.0) + along_m, -aside_m)
    wanted, _ = scene.camera_at(0.0).project(np.column_stack([world, np.zeros(4)]))
    line = CentreLine.from_curvature(np.array(way["curvature_per_m"]))
    ground = line.to_vehicle(np.column_stack([along_m, aside_m]))
    told = CabCamera(**way["camera"]).project(np.column_stack([ground, np.zeros(4)]))
    assert told == pytest.approx(wanted, abs=3.0)


def test_camera_of_the_line_puts_the_guide_where_it_is() -> None:
    guide = np.zeros((368, 640), bool)
    for row in range(250, 368):
        middle, half = 309 - 0.09 * (row - 226), 0.27 * (row - 226)
        guide[row, round(middle - half) : round(middle + half)] = True
    camera, reach_m = line_camera(guide)
    assert camera.height_m == pytest.approx(1.15 / 0.54, rel=0.05)
    ahead_m = np.array([10.0, 20.0, 40.0])
    px = camera.project(np.column_stack([ahead_m, np.zeros(3), np.zeros(3)]))
    assert px[:, 0] == pytest.approx(309 - 0.09 * (px[:, 1] - 226), abs=1.0)
    assert 40 < reach_m < 80
