"""The own track at 25 pictures a second, of which not each is searched for rails."""

import numpy as np
import pytest

from tests.builders import make_frame
from tests.vision.tram.rail_scene import CAMERA, arc, draw_track
from vision.arrays import ImageArray
from vision.tram.rail_follower import RailFollower
from vision.tram.track_evidence import SeenTrack

NS_PER_S = 1_000_000_000
BEND = draw_track(arc(150.0))


class Counter:
    """A network that sees nothing and counts how often it is asked."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self, _image: ImageArray, /) -> SeenTrack:
        self.looks += 1
        nothing = np.zeros((36, 64), np.float32)
        return SeenTrack(nothing, nothing)


def test_rails_are_searched_for_in_every_other_picture_of_25_a_second():
    reader = Counter()
    follower = RailFollower(1.435, reader)
    for number in range(76):  # every other one is searched, and every fifth of those asks it
        follower.update(CAMERA, make_frame(number / 25, BEND), 0.0)
    assert reader.looks == 8


def test_course_moves_on_with_the_tram_between_two_searches():
    follower = RailFollower(1.435)
    seen = follower.update(CAMERA, make_frame(0.0, BEND), 10.0)
    between = follower.update(CAMERA, make_frame(0.04, BEND), 10.0)
    assert seen.sure_to_m > 20
    assert between.sure_to_m == pytest.approx(seen.sure_to_m - 0.4)
    np.testing.assert_allclose(
        between.curvature_per_m[:8],
        np.interp(np.arange(8) * 2 + 0.4, np.arange(41) * 2, seen.curvature_per_m),
        atol=1e-12,
    )


def test_clock_that_stands_or_is_set_back_stops_no_search():
    follower = RailFollower(1.435)
    bare = np.full_like(BEND, 90)
    follower.update(CAMERA, make_frame(5.0, bare), 0.0)
    assert follower.update(CAMERA, make_frame(4.0, BEND), 0.0).is_started
