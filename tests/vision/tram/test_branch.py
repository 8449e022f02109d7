"""A switch ahead: seen, covered both ways, and forgotten behind it."""

import numpy as np
import pytest

from tests.vision.tram.rail_scene import CAMERA, RAIL_M, SIZE_PX, arc, draw_rails, draw_track
from vision.arrays import ImageArray
from vision.tram.branch import (
    HOLD_S,
    Branch,
    moved_branch,
    next_branch,
    seen_branch,
    shows_joining,
)
from vision.tram.centre_line import ALONG_M, STRAIGHT, CentreLine
from vision.tram.ego_track import EgoTrack, EgoTrackSettings, next_ego_track
from vision.tram.envelope import half_width_m
from vision.tram.rail_evidence import GroundStrip
from vision.tram.settings import TramSettings

SETTINGS = EgoTrackSettings()


def switch(radius_m: float, fork_m: float = 12.0, seed: int = 0) -> ImageArray:
    """Straight on, and a branch to the right, or with a negative radius to the left."""
    way = arc(radius_m, fork_m)
    rails = [(line, side * RAIL_M) for line in (STRAIGHT, way) for side in (-1, 1)]
    return draw_rails(rails, seed=seed)


def followed(pictures: list[ImageArray], speed_mps: float = 0.0) -> EgoTrack:
    strip, track = GroundStrip(CAMERA, SIZE_PX), EgoTrack()
    for picture in pictures:
        track = next_ego_track(track, strip.evidence(picture), speed_mps, 0.1, SETTINGS)
    return track


@pytest.mark.parametrize("radius_m", [50, -50, 100, -100])
def test_way_is_sure_only_to_the_fork_and_both_ways_are_covered(radius_m: float) -> None:
    plain = [draw_track(STRAIGHT, seed=seed) for seed in range(4)]
    track = followed(plain + [switch(radius_m, seed=seed) for seed in range(6)])
    fork = track.fork
    assert fork is not None
    assert fork.curvature_per_m * radius_m > 0
    assert 5 <= track.certain_to_m <= 13, "rather too near than too far"
    assert track.certain_to_m < track.sure_to_m
    tram, along_m = TramSettings(CAMERA), np.array([4.0, 25.0])
    (left, right), (far_left, far_right) = half_width_m(tram, STRAIGHT, along_m, fork)
    usual = tram.envelope_half_width_m
    assert left == right == usual
    aside_m = abs(arc(radius_m, 12).lateral_at(np.array([25.0]))[0])
    widened, kept = (far_right, far_left) if radius_m > 0 else (far_left, far_right)
    assert kept == usual
    assert widened == pytest.approx(usual + min(aside_m, 3.0), abs=0.9) or aside_m > 2.5
    assert track.lateral_sigma_m(along_m)[1] > followed(plain).lateral_sigma_m(along_m)[1]


def test_track_alone_or_with_another_beside_it_has_no_fork() -> None:
    alone = [draw_track(STRAIGHT, seed=seed) for seed in range(6)]
    beside = [
        draw_rails([(STRAIGHT, aside) for aside in (-RAIL_M, RAIL_M, 3.5, 3.5 + 2 * RAIL_M)])
        for _ in range(6)
    ]
    bend = [draw_track(arc(80, 10), seed=seed) for seed in range(6)]
    for pictures in (alone, beside, bend):
        assert followed(pictures).fork is None


def joining(joint_m: float, seed: int = 0) -> ImageArray:
    """Straight on, and a track of 200 m radius that comes from the right and ends in it."""
    bend_per_m = np.where(joint_m > ALONG_M, 1 / 200, 0.0)
    way = CentreLine.from_curvature(bend_per_m, joint_m**2 / 400, -joint_m / 200)
    rails = [(line, side * RAIL_M) for line in (STRAIGHT, way) for side in (-1, 1)]
    return draw_rails(rails, seed=seed)


def test_track_that_joins_from_behind_is_no_fork_and_takes_one_back() -> None:
    strip = GroundStrip(CAMERA, SIZE_PX)
    joins, leaves = strip.evidence(joining(36)), strip.evidence(switch(200, 12))
    assert shows_joining(joins, SETTINGS.gauge_m, STRAIGHT)
    assert not shows_joining(leaves, SETTINGS.gauge_m, STRAIGHT)
    plain = [draw_track(STRAIGHT, seed=seed) for seed in range(4)]
    switches = [switch(200, seed=seed) for seed in range(4)]
    assert followed(plain + switches).fork is not None
    assert followed([*plain, *switches, joining(36)]).fork is None


def test_one_picture_is_no_switch() -> None:
    pictures = [draw_track(STRAIGHT, seed=seed) for seed in range(4)]
    assert followed([*pictures, switch(50)]).fork is None


def test_picture_that_shows_less_of_the_near_ground_shows_the_same_switch() -> None:
    picture, (width_px, height_px) = switch(50), SIZE_PX
    whole = GroundStrip(CAMERA, SIZE_PX).evidence(picture)
    cut = GroundStrip(CAMERA, (width_px, height_px - 60)).evidence(picture[:-60])
    assert cut.forward_m[0] > whole.forward_m[0] + 1
    first, other, again = (seen_branch(e, SETTINGS.gauge_m, STRAIGHT) for e in (whole, cut, whole))
    assert first is not None
    assert other is not None
    assert other.curvature_per_m == pytest.approx(first.curvature_per_m, abs=0.01)
    assert other.fork_m == pytest.approx(first.fork_m, abs=3)
    assert again == first


def test_branch_comes_nearer_and_is_gone_behind_the_fork() -> None:
    branch = Branch(10.0, 0.02, sightings=5)
    nearer = moved_branch(branch, 4.0, 0.1)
    assert nearer is not None
    assert nearer.fork_m == 6.0
    assert moved_branch(nearer, 6.5, 0.1) is None
    assert moved_branch(nearer, 0.0, HOLD_S + 0.1) is None


def test_branch_of_the_other_side_must_be_confirmed_anew() -> None:
    right, left = Branch(10.0, 0.02, sightings=5), Branch(10.0, -0.02)
    assert next_branch(right, left) == left
    again = next_branch(right, Branch(9.5, 0.02))
    assert again is not None
    assert again.is_confirmed
    assert next_branch(right, None) == right
