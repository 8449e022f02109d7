import pytest

from tests.builders import NS_PER_S
from vision.tram.ego_motion import Coast, EgoMotion, next_ego_motion


def _drive(readings: list[tuple[float, float | None]]) -> EgoMotion:
    motion = EgoMotion()
    for at_s, speed_mps in readings:
        motion = next_ego_motion(motion, speed_mps, round(at_s * NS_PER_S), valid_for_s=1.0)
    return motion


def test_braking_is_recognised() -> None:
    motion = _drive([(k / 10, 12 - 0.2 * k) for k in range(30)])
    assert motion.acceleration_mps2 == pytest.approx(-2, abs=0.05)


def test_constant_speed_has_no_acceleration() -> None:
    assert _drive([(k / 10, 8.0) for k in range(30)]).acceleration_mps2 == 0


def test_one_step_of_a_coarse_reading_is_not_hard_braking() -> None:
    steps = [(k / 25, 8.0 if k < 20 else 7.9) for k in range(25)]
    assert _drive(steps).acceleration_mps2 > -0.3


def test_missing_reading_is_bridged_for_a_moment() -> None:
    assert _drive([(0, 8.0), (0.9, None)]).speed_mps == 8.0
    assert _drive([(0, 8.0), (0.9, None), (1.1, None)]).speed_mps is None


def test_no_reading_at_all() -> None:
    assert _drive([(0, None), (1, None)]).speed_mps is None


def test_speed_that_was_carried_on_brings_its_doubt_and_its_acceleration() -> None:
    motion = next_ego_motion(EgoMotion(), 8.0, 0, 0.0, Coast(0.0, 0.0))
    motion = next_ego_motion(motion, 7.0, NS_PER_S // 25, 0.0, Coast(0.6, -0.4))
    assert motion.acceleration_mps2 == -0.4, "a step to a new reading is no hard braking"
    assert (motion.speed_mps, motion.most_speed_mps) == (7.0, 7.6)
    assert next_ego_motion(motion, None, NS_PER_S, 0.0).most_speed_mps is None
