"""A display on a machine that hardly keeps up: unavailable at once, back once it has kept up."""

from dataclasses import replace

import pytest

from service.live.pace import Pace, next_pace
from service.live.recording import fresh_alert_state, is_late, is_outdated
from service.timestamps import NS_PER_S
from vision.tram.alert_state import (
    AlertLevel,
    UnavailableReason,
    first_alert_state,
)


def told(
    results: list[tuple[float, float]], level: AlertLevel = AlertLevel.CLEAR
) -> list[tuple[AlertLevel, UnavailableReason | None]]:
    """What the display shows as each result, taken and published at these seconds, comes."""
    pace, before, shown = Pace(), None, []
    for taken_s, published_s in results:
        now_ns = round(published_s * NS_PER_S)
        seen_ns = round(taken_s * NS_PER_S)
        state = replace(first_alert_state(0), level=level, reason=None, observed_at_ns=seen_ns)
        pace = next_pace(
            pace,
            has_run_out=before is not None and is_outdated(before, now_ns),
            is_late=is_late((published_s - taken_s) * NS_PER_S),
            now_ns=now_ns,
        )
        fresh = fresh_alert_state(state, now_ns, behind_since_ns=pace.behind_since_ns(now_ns))
        assert fresh is not None
        shown.append((fresh.level, fresh.reason))
        before = state
    return shown


CLEAR = (AlertLevel.CLEAR, None)
OVERLOADED = (AlertLevel.UNAVAILABLE, UnavailableReason.OVERLOADED)
IN_TIME = [(step / 10, step / 10 + 0.08) for step in range(60)]


def late(from_s: float, count: int, each_s: float = 0.4) -> list[tuple[float, float]]:
    return [(from_s + n * each_s, from_s + (n + 1) * each_s) for n in range(count)]


def test_results_in_time_are_shown():
    assert set(told(IN_TIME)) == {CLEAR}


def test_late_results_do_not_make_the_display_flicker():
    shown = told([*IN_TIME[:10], *late(1.0, 8)])
    assert shown[:10] == [CLEAR] * 10
    assert shown[-6:] == [OVERLOADED] * 6, "each of them fresh for a tenth of a second"


def test_display_is_back_after_two_seconds_in_time():
    again = [(5 + taken_s, 5 + published_s) for taken_s, published_s in IN_TIME]
    shown = told([*late(1.0, 10), *again])[10:]
    first = shown.index(CLEAR)
    assert shown == [OVERLOADED] * first + [CLEAR] * (len(shown) - first), "once, and for good"
    assert again[first][1] - 5.0 == pytest.approx(2.0, abs=0.15)


def test_one_slow_picture_that_leaves_no_gap_is_forgiven():
    assert set(told([*IN_TIME[:10], (1.0, 1.3), *IN_TIME[13:]])) == {CLEAR}


def test_a_camera_that_was_away_is_shown_at_once():
    assert set(told([*IN_TIME[:10], *IN_TIME[50:]])) == {CLEAR}


@pytest.mark.parametrize("level", [AlertLevel.CAUTION, AlertLevel.ALARM])
def test_a_warning_is_shown_however_slow_it_goes(level):
    assert set(told(late(1.0, 10), level)) == {(level, None)}


def test_clock_that_is_set_back_does_not_hold_the_display_back():
    assert Pace(began_ns=5, late_ns=10**12).behind_since_ns(10**9) is None
