"""People beside the track, and what their height says of the ground they stand on."""

import numpy as np
import pytest

from vision.tram.raised_ground import RaisedGround, next_raised_ground

CAMERA_M = 2.4


def passing(statures_m: list[float], *, is_right: bool = True, looks: int = 5) -> RaisedGround:
    ground = RaisedGround()
    for _ in range(looks):
        ground = next_raised_ground(
            ground,
            np.arange(len(statures_m)),
            np.full(len(statures_m), is_right),
            np.array(statures_m),
            1.0,
            CAMERA_M,
        )
    return ground


def as_seen_on(platform_m: float, statures_m: list[float]) -> list[float]:
    return [tall * CAMERA_M / (CAMERA_M - platform_m) for tall in statures_m]


CROWD = [1.62, 1.70, 1.75, 1.78, 1.82, 1.90, 1.74, 1.71]


def test_people_on_the_street_stand_on_it() -> None:
    assert passing(CROWD).right_m == 0


def test_crowd_on_a_platform_is_found_on_its_side() -> None:
    ground = passing(as_seen_on(0.3, CROWD))
    assert ground.right_m == pytest.approx(0.3, abs=0.08)
    assert ground.left_m == 0


def test_one_tall_man_is_no_platform() -> None:
    assert passing([2.0]).right_m == 0


def test_children_are_no_pit() -> None:
    assert passing([1.2, 1.3, 1.25, 1.35, 1.28]).right_m == 0


def test_platform_left_behind_is_forgotten() -> None:
    ground = passing(as_seen_on(0.3, CROWD))
    nobody = np.zeros(0)
    for _ in range(30):
        ground = next_raised_ground(
            ground, np.zeros(0, np.int64), np.zeros(0, np.bool_), nobody, 1.0, CAMERA_M
        )
    assert ground.right_m == 0
    assert not ground.people
