from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from service.pages.plot import (
    HOUR_NS,
    MINUTE_NS,
    SHORTEST_NS,
    CountAt,
    Frame,
    count_ticks,
    draw_curve,
    draw_trend,
    known_from,
    steps,
    time_ticks,
)

MIDNIGHT_NS = 20_000 * 24 * HOUR_NS


def test_count_is_held_until_the_next_change():
    corners = steps([CountAt(0, 5, 5), CountAt(40, 2, 3)], 10, 100)
    assert corners == [
        CountAt(10, 5, 5),
        CountAt(40, 5, 5),
        CountAt(40, 2, 3),
        CountAt(100, 2, 3),
    ]


def test_nothing_is_drawn_before_anything_is_known():
    corners = steps([CountAt(60, 4, 6)], 10, 100)
    assert corners[0] == CountAt(60, 4, 6)
    assert steps([], 10, 100) == []
    assert steps([CountAt(200, 1, 1)], 10, 100) == []


def test_unseen_spots_make_the_curve_a_band():
    frame = Frame(0, 100, 10, 100, 100, 0, 0, 0, 0)
    curve = draw_curve(steps([CountAt(0, 2, 6)], 0, 100), frame)
    assert curve is not None
    assert curve.band == "0.0,40.0 100.0,40.0 100.0,80.0 0.0,80.0"
    assert curve.line == "0.0,60.0 100.0,60.0"


def test_trend_without_history_is_none():
    assert draw_trend([], 0, 100, 10, (240, 36)) is None
    assert draw_trend([CountAt(0, 0, 0)], 0, 100, 0, (240, 36)) is not None


def test_drawing_begins_where_something_is_known():
    day_ns = 24 * HOUR_NS
    assert known_from([day_ns - HOUR_NS], 0, day_ns) == day_ns - HOUR_NS
    assert known_from([day_ns - MINUTE_NS], 0, day_ns) == day_ns - SHORTEST_NS
    assert known_from([], 0, day_ns) == 0


@pytest.mark.parametrize(
    ("hours", "labels"),
    [
        (1, ["12:00", "12:10", "12:20", "12:30", "12:40", "12:50", "13:00"]),
        (24, ["12:00", "15:00", "18:00", "21:00", "00:00", "03:00", "06:00", "09:00", "12:00"]),
    ],
)
def test_marks_of_time_stand_at_whole_hours(hours, labels):
    begin_ns = MIDNIGHT_NS + 12 * HOUR_NS
    ticks = time_ticks(Frame(begin_ns, begin_ns + hours * HOUR_NS, 10), UTC)
    assert [f"{tick.at:%H:%M}" for tick in ticks if tick.at] == labels


def test_marks_follow_the_clock_of_the_site():
    frame = Frame(MIDNIGHT_NS, MIDNIGHT_NS + 168 * HOUR_NS, 10)
    ticks = time_ticks(frame, ZoneInfo("Africa/Casablanca"))
    assert {tick.at.hour for tick in ticks if tick.at} == {0}


@pytest.mark.parametrize(("most", "counts"), [(3, [0, 1, 2, 3]), (50, [0, 10, 20, 30, 40, 50])])
def test_marks_of_counts_are_round(most, counts):
    assert [tick.count for tick in count_ticks(Frame(0, 1, most))] == counts
