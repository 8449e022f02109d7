"""Whether one who is seen ahead stands in the envelope or comes into it, and how sure that is."""

import numpy as np
import pytest

from vision.classes import Kind
from vision.tracks import Tracks
from vision.tram.footprint import Footprints
from vision.tram.obstacle import Obstacle, RangeDoubt, obstacles_from
from vision.tram.range_filter import GroundTracks

PERSON = Tracks(
    track_id=np.array([1]),
    xyxy=np.array([[300, 150, 310, 185]], np.float32),
    velocity_px_s=np.zeros((1, 4), np.float32),
    confidence=np.array([0.8], np.float32),
    class_id=np.array([0]),
    age_frames=np.array([20]),
    is_seen=np.array([True]),
    is_confirmed=np.array([True]),
)


def person(
    aside_m: float, across_mps: float = 0.0, bend_m: float = 0.0, branch_m: float = 0.0
) -> Obstacle:
    """Somebody 30 m ahead whose feet are half a metre wide, where the bend is so unsure.

    A switch may lead the tram `branch_m` to the right there.
    """
    one, none = np.ones(1), np.zeros(1)
    footprints = Footprints(
        30 * one, aside_m * one, np.array([[-0.25, 0.25]]), none > 0, none > 0, none > 0, none
    )
    ground = GroundTracks(
        forward_m=30 * one,
        anchor_m=aside_m * one,
        along_mps=none,
        across_mps=across_mps * one,
        across_sigma_mps=0.2 * one,
        forward_sigma_m=one,
        anchor_sigma_m=0.2 * one,
        along_sigma_mps=0.3 * one,
        seen_for_s=2 * one,
        sight_slope=none,
    )
    (found,) = obstacles_from(
        PERSON,
        [Kind.PERSON],
        footprints,
        ground,
        ego_speed_mps=8.0,
        half_width_m=np.array([[1.6, 1.6 + branch_m]]),
        straight_half_width_m=np.array([[1.6, 1.6]]) if branch_m else None,
        front_offset_m=0.0,
        doubt=RangeDoubt(none, none, bend_m * one),
    )
    return found


def test_who_walks_towards_the_track_comes_into_the_envelope() -> None:
    assert person(4.0, across_mps=-1.5).enters_envelope_in_s == pytest.approx(2.15 / 1.5)
    assert person(4.0, across_mps=1.5).enters_envelope_in_s is None


def test_who_walks_across_the_track_leaves_the_envelope() -> None:
    assert person(0.0, across_mps=1.5).leaves_envelope_in_s == pytest.approx(1.85 / 1.5)
    assert person(1.0, across_mps=-1.5).leaves_envelope_in_s == pytest.approx(2.85 / 1.5)
    assert person(0.0).leaves_envelope_in_s == np.inf


def test_where_the_bend_is_not_seen_nobody_is_surely_in_the_way_or_coming() -> None:
    assert person(0.0).inside_sigmas > 5
    unsure = person(0.0, bend_m=3.0)
    assert unsure.in_envelope
    assert unsure.inside_sigmas < 0.7
    assert unsure.lateral_sigma_m > 3
    assert person(4.0, across_mps=-1.5, bend_m=3.0).enters_envelope_in_s is None


@pytest.mark.parametrize(
    ("aside_m", "across_mps", "branch_m", "is_on_branch"),
    [
        (3.0, 0.0, 2.0, True),
        (0.5, 0.0, 2.0, False),
        (3.0, -1.5, 2.0, False),
        (3.0, 1.5, 2.0, True),
        (0.5, 0.0, 0.0, False),
    ],
    ids=["on it", "on both ways", "comes over to the straight one", "goes away", "no switch"],
)
def test_who_is_in_the_way_only_if_the_tram_turns_off(
    aside_m: float, across_mps: float, branch_m: float, is_on_branch: bool
) -> None:
    found = person(aside_m, across_mps=across_mps, branch_m=branch_m)
    assert found.in_envelope
    assert found.is_on_branch is is_on_branch
