"""What is believed of a tram's speed while no picture says anything of it."""

import numpy as np
import pytest

from vision.tram.speed_belief import ACCELERATIONS_MPS2, SPEEDS_MPS, SpeedBelief


def certain(speed_mps: float, acceleration_mps2: float) -> SpeedBelief:
    return SpeedBelief(
        np.outer(
            np.isclose(ACCELERATIONS_MPS2, acceleration_mps2), np.isclose(SPEEDS_MPS, speed_mps)
        ).astype(float)
    )


@pytest.mark.parametrize("rate_hz", [5, 10, 30])
def test_a_start_is_expected_as_much_at_any_number_of_pictures_a_second(rate_hz):
    belief = certain(0.0, 1.0)
    for _ in range(rate_hz):
        belief = belief.moved(1 / rate_hz)
    assert belief.mean_mps == pytest.approx(0.9, abs=0.1)


def test_who_brakes_from_the_highest_speed_does_not_stand_at_once():
    belief = certain(SPEEDS_MPS[-1], -3.0).moved(0.04)
    assert belief.by_speed[0] == 0
    assert belief.mean_mps == pytest.approx(22.0 - 3 * 0.04)
