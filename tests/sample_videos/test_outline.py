import numpy as np
import pytest

from sample_videos.render.outline import outline_px
from sample_videos.render.people import Look, walking
from sample_videos.render.pinhole import Pinhole

CAMERA = Pinhole((0.0, 0.0, 1.2), 0.0, 0.0, 640.0, 640, 360)
WALKER = walking(Look(), phase=0.2)


def walker_px(distance_m: float) -> float:
    pixels, _ = CAMERA.project(WALKER.points() + np.array([distance_m, 0.0, 0.0]))
    return outline_px(pixels, WALKER.triangles(), CAMERA)


@pytest.mark.parametrize("distance_m", [20.0, 40.0, 80.0])
def test_outline_shrinks_with_the_square_of_the_distance(distance_m: float):
    near_m = 6.0
    assert walker_px(distance_m) * (distance_m / near_m) ** 2 == pytest.approx(
        walker_px(near_m), rel=0.05
    )
