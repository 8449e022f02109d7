"""The own track found in pictures of rails."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.vision.tram.rail_scene import (
    CAMERA,
    RAIL_M,
    SIZE_PX,
    arc,
    draw_rails,
    draw_track,
)
from vision.arrays import FloatArray, ImageArray
from vision.tram.centre_line import STRAIGHT, CentreLine
from vision.tram.ego_track import EgoTrack, EgoTrackSettings, next_ego_track
from vision.tram.rail_evidence import GroundStrip

STRIP = GroundStrip(CAMERA, SIZE_PX)
SETTINGS = EgoTrackSettings()
FRAMES_PER_S = 10.0
AHEAD_M = np.array([10.0, 20.0, 30.0, 40.0])
BARE = draw_rails([])


def follow(
    pictures: Sequence[ImageArray],
    speed_mps: float = 0.0,
    track: EgoTrack | None = None,
    step_s: float = 1 / FRAMES_PER_S,
) -> EgoTrack:
    """The track after these pictures, taken one after the other."""
    followed = track or EgoTrack()
    for picture in pictures:
        evidence = STRIP.evidence(picture)
        followed = next_ego_track(followed, evidence, speed_mps, step_s, SETTINGS)
    return followed


def off_m(track: EgoTrack, truth: CentreLine) -> FloatArray:
    """(4,) how far the track's line is from the true one 10, 20, 30 and 40 m ahead."""
    return np.abs(track.line.lateral_at(AHEAD_M) - truth.lateral_at(AHEAD_M))


@pytest.mark.parametrize(
    "truth",
    [
        pytest.param(STRAIGHT, id="straight"),
        pytest.param(arc(-90), id="left bend"),
        pytest.param(arc(90), id="right bend"),
        pytest.param(arc(-60, from_m=14), id="straight, then a left bend"),
        pytest.param(arc(150, from_m=22), id="straight, then a right bend"),
    ],
)
def test_line_is_found_to_forty_metres(truth: CentreLine) -> None:
    track = follow([draw_track(truth, seed=seed) for seed in range(5)])
    assert (off_m(track, truth) < [0.1, 0.2, 0.3, 0.6]).all()
    assert track.sure_to_m >= 25
    assert track.confidence > 0.6


def test_one_hidden_rail_leaves_the_line_where_it_is() -> None:
    truth = arc(-90)
    seen = follow([draw_track(truth, seed=seed) for seed in range(3)])
    hidden = follow([draw_rails([(truth, RAIL_M)], seed=seed) for seed in range(5)], track=seen)
    assert (off_m(hidden, truth) < [0.15, 0.3, 0.5, 0.8]).all()
    assert hidden.sure_to_m < seen.sure_to_m


def test_no_rail_at_all_is_straight_and_sure_of_nothing() -> None:
    track = follow([draw_rails([], seed=seed) for seed in range(10)])
    assert track.sure_to_m == 0
    assert track.confidence == 0
    assert off_m(track, STRAIGHT).max() == 0
    assert track.lateral_sigma_m(np.array([30.0]))[0] > 1.5


def test_rails_that_vanish_leave_a_bend_that_fades_while_its_uncertainty_grows() -> None:
    bend = arc(-90)
    seen = follow([draw_track(bend, seed=seed) for seed in range(5)])
    soon = follow([BARE] * 3, track=seen)
    late = follow([BARE] * 60, track=soon, step_s=1.0)
    assert off_m(soon, bend)[2] < 1.0
    assert off_m(late, STRAIGHT)[2] < off_m(soon, STRAIGHT)[2] / 5
    sigmas = [track.lateral_sigma_m(np.array([35.0]))[0] for track in (seen, soon, late)]
    assert sigmas == sorted(sigmas)
    assert late.sure_to_m == 0
    assert np.isfinite(late.curvature_per_m).all()


def test_bend_comes_nearer_with_the_way_driven() -> None:
    far = follow([draw_track(arc(-60, from_m=30), seed=seed) for seed in range(5)])
    near = follow([BARE] * 10, speed_mps=10.0, track=far)
    truth = arc(-60, from_m=20)
    assert off_m(near, truth)[2] < off_m(far, truth)[2] / 2


def test_parallel_track_is_not_taken_for_the_own_one() -> None:
    both = [(STRAIGHT, aside) for aside in (-RAIL_M, RAIL_M, 3.2 - RAIL_M, 3.2 + RAIL_M)]
    track = follow([draw_rails(both, seed=seed) for seed in range(5)])
    assert off_m(track, STRAIGHT).max() < 0.2


@pytest.mark.parametrize("radius_m", [60, -60])
def test_way_straight_on_is_kept_past_a_branch(radius_m: float) -> None:
    branch = arc(radius_m, from_m=20)
    before = follow([draw_track(STRAIGHT, seed=seed) for seed in range(2)])
    rails = [(line, aside) for line in (STRAIGHT, branch) for aside in (-RAIL_M, RAIL_M)]
    track = follow([draw_rails(rails, seed=seed) for seed in range(5)], track=before)
    assert (off_m(track, STRAIGHT) < [0.1, 0.2, 0.3, 0.5]).all()


def test_long_gap_forgets_the_track() -> None:
    seen = follow([draw_track(arc(-90))])
    after = next_ego_track(seen, STRIP.evidence(BARE), 8.0, 5.0, SETTINGS)
    assert not after.is_started
    assert off_m(after, STRAIGHT).max() == 0


def test_places_on_and_beside_a_bend_come_back_from_the_vehicle() -> None:
    line = arc(-60, from_m=10)
    places = np.array([[5.0, 2.0], [30.0, -3.0], [55.0, 4.0], [100.0, 1.0]])
    there_and_back = line.to_track(line.to_vehicle(places))
    assert there_and_back == pytest.approx(places, abs=0.1)
