import pytest

from sample_videos.render.lost_things import SHAPES, SIZES_M


@pytest.mark.parametrize("kind", SHAPES)
def test_what_lies_on_the_track_lies_on_the_ground_that_is_told(kind: str):
    corners_m = SHAPES[kind]().points()[:, :2]
    low_m, high_m = corners_m.min(axis=0), corners_m.max(axis=0)
    assert (low_m + high_m) / 2 == pytest.approx([0, 0], abs=0.2)
    assert high_m - low_m == pytest.approx(SIZES_M[kind], abs=0.7)
