"""Speeds that come now and then: how long they count, and what they say in between."""

import pytest

from service.ego_speed.reading import SpeedReading
from service.ego_speed.speed_trail import SpeedTrail

MAX_AGE_S = 1.5


def trail(speeds_mps: list[float], every_s: float) -> SpeedTrail:
    """Readings at 0 s, `every_s` and so on."""
    so_far = SpeedTrail()
    for number, speed_mps in enumerate(speeds_mps):
        so_far = so_far.with_one(SpeedReading(speed_mps), number * every_s)
    return so_far


def at(so_far: SpeedTrail, now_s: float) -> SpeedReading:
    reading = so_far.at(now_s, MAX_AGE_S)
    assert reading is not None
    return reading


@pytest.mark.parametrize(
    ("every_s", "permitted_s"),
    [
        pytest.param(0.04, 0.5, id="wheel sensor"),
        pytest.param(0.1, 0.5, id="ten a second"),
        pytest.param(0.5, 0.75, id="two a second"),
        pytest.param(1.0, 1.5, id="one a second"),
        pytest.param(5.0, 1.5, id="too rare"),
    ],
)
def test_reading_counts_until_the_next_one_is_overdue(every_s, permitted_s):
    so_far, last_s = trail([8.0] * 6, every_s), 5 * every_s
    assert so_far.at(last_s + permitted_s - 0.01, MAX_AGE_S) is not None
    assert so_far.at(last_s + permitted_s + 0.01, MAX_AGE_S) is None


def test_rare_reading_is_missed_half_a_second_after_it_was_due():
    so_far = trail([8.0] * 6, 4.0)
    assert so_far.at(24.49, max_age_s=9.0) is not None
    assert so_far.at(24.51, max_age_s=9.0) is None


def test_first_reading_counts_for_the_longest_time():
    assert at(trail([8.0], 1.0), 1.4).speed_mps == 8.0
    assert SpeedTrail().at(0.0, MAX_AGE_S) is None


def test_one_late_reading_is_no_new_rhythm():
    so_far = trail([8.0] * 6, 0.1).with_one(SpeedReading(8.0), 30.0)
    assert so_far.at(30.6, MAX_AGE_S) is None


def test_braking_goes_on_for_a_moment_and_is_doubted_more_and_more():
    so_far = trail([12.0, 11.0, 10.0], 1.0)
    soon, later = at(so_far, 2.3), at(so_far, 2.9)
    assert soon.speed_mps == pytest.approx(9.7)
    assert soon.acceleration_mps2 == pytest.approx(-1.0)
    assert later.speed_mps == pytest.approx(9.5), "not carried on for longer than half a second"
    assert later.acceleration_mps2 == 0, "whether it still brakes is not known"
    assert later.sigma_mps > soon.sigma_mps > 0
    assert at(so_far, 2.0).sigma_mps == 0


@pytest.mark.parametrize("truth_mps2", [-2.5, -1.0, 0.0, 1.3])
def test_braking_distance_never_reckons_with_much_less_than_the_true_speed(truth_mps2):
    """A second after each of three steady readings, the tram does what trams can."""
    reading = at(trail([10.0, 10.0, 10.0], 1.0), 3.0)
    assert reading.speed_mps + reading.sigma_mps >= 10.0 + truth_mps2 - 0.35


def test_rolling_tram_is_never_taken_for_a_standing_one():
    reading = at(trail([5.0, 3.0, 1.1], 1.0), 2.9)
    assert reading.speed_mps > 0.5
    assert at(trail([0.0, 0.0], 1.0), 1.9).speed_mps == 0


def test_coarse_speeds_ten_times_a_second_do_not_make_it_jump():
    steps = [8.0 + 0.028 * (number % 2) for number in range(20)]
    assert at(trail(steps, 0.1), 1.95).speed_mps == pytest.approx(8.0, abs=0.06)
