import numpy as np
import pytest

from vision.arrays import FloatArray
from vision.parking.forecast import Basis, Forecast, PastHours, forecast_free

TOTAL = 100
WEEK_H = 168


def office_weeks(weeks: float, noise: float = 4.0, seed: int = 0) -> FloatArray:
    """Free spots by hour: full by day from Monday to Friday, empty else; days differ a little."""
    random = np.random.default_rng(seed)
    hours = np.arange(round(weeks * WEEK_H))
    is_work = (hours % 24 >= 8) & (hours % 24 < 17) & (hours // 24 % 7 < 5)
    apart = random.normal(0, noise, len(hours) // 24 + 1)[hours // 24]
    return np.clip(
        np.where(is_work, 20.0, 90.0) + apart + random.normal(0, 1, len(hours)), 0, TOTAL
    )


def foretell(
    free: FloatArray, hours: int = 6, now: tuple[float, float] | None = (90.0, 90.0)
) -> Forecast:
    begin = len(free)
    return forecast_free(
        PastHours(free, np.arange(begin) % WEEK_H),
        [(begin + ahead) % WEEK_H for ahead in range(1, hours + 1)],
        free_now=now,
        hour_passed=0.5,
        total=TOTAL,
    )


def test_a_morning_fills_as_every_morning_does():
    monday_5h = office_weeks(8 + 5 / WEEK_H)
    told = foretell(monday_5h)
    assert told.basis is Basis.WEEKLY_PATTERN
    assert [hour.free > 80 for hour in told.hours] == [True, True, False, False, False, False]
    for hour in told.hours:
        assert 0 <= hour.free_low <= hour.free <= hour.free_high <= TOTAL


def test_a_saturday_is_no_friday():
    saturday_5h = office_weeks(8 + (5 * 24 + 5) / WEEK_H)
    assert all(hour.free > 80 for hour in foretell(saturday_5h).hours)


def test_a_day_unlike_others_is_followed_and_fades():
    monday_10h = office_weeks(10 + 10 / WEEK_H, noise=8)
    usual = foretell(monday_10h, now=(20, 20)).hours
    holiday = foretell(monday_10h, now=(60, 60)).hours
    assert holiday[0].free > usual[0].free + 20
    later = holiday[5].free - usual[5].free
    assert 0 <= later < holiday[0].free - usual[0].free


def test_what_is_unknown_now_widens_the_interval():
    past = office_weeks(8 + 10 / WEEK_H, noise=8)
    sure = foretell(past, now=(20, 20)).hours[0]
    unsure = foretell(past, now=(10, 30)).hours[0]
    assert unsure.free_high - unsure.free_low > sure.free_high - sure.free_low


def test_nothing_known_now_leaves_the_pattern():
    told = foretell(office_weeks(8 + 10 / WEEK_H), now=None)
    assert told.basis is Basis.WEEKLY_PATTERN
    assert told.hours[0].free == pytest.approx(20, abs=6)


def test_hours_without_sight_are_left_out():
    free = office_weeks(8)
    free[np.random.default_rng(1).random(len(free)) < 0.3] = np.nan
    told = foretell(free)
    assert told.basis is Basis.WEEKLY_PATTERN
    assert all(np.isfinite([hour.free, hour.free_low, hour.free_high]).all() for hour in told.hours)


def test_less_than_two_weeks_go_by_the_present():
    told = foretell(office_weeks(1), now=(50, 50))
    assert told.basis is Basis.RECENT_HOURS
    assert all(hour.free_low <= 50 <= hour.free_high for hour in told.hours)
    assert told.hours[0].free_high - told.hours[0].free_low < TOTAL


@pytest.mark.parametrize("hours", [0, 5])
def test_with_no_past_every_count_is_possible(hours):
    told = foretell(office_weeks(hours / WEEK_H))
    assert told.basis is Basis.NOTHING
    assert [(hour.free_low, hour.free_high) for hour in told.hours] == [(0, TOTAL)] * 6


def test_the_interval_holds_about_as_often_as_it_says():
    free = office_weeks(30, noise=6)
    held = []
    for origin in range(10 * WEEK_H, len(free) - 7, 37):
        hours = np.arange(origin - 8 * WEEK_H, origin)
        past = PastHours(free[hours], hours % WEEK_H)
        told = forecast_free(
            past,
            [(origin + ahead) % WEEK_H for ahead in range(1, 7)],
            free_now=(free[origin], free[origin]),
            hour_passed=0.5,
            total=TOTAL,
        )
        held += [
            hour.free_low <= free[origin + ahead] <= hour.free_high
            for ahead, hour in enumerate(told.hours, 1)
        ]
    assert 0.7 < np.mean(held) < 0.92
