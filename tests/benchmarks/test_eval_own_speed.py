"""How a ride's readings of the own speed are counted."""

import pytest

from benchmarks.eval_own_speed import Reading, figures, readings_of
from service.cli.demo import CLIPS_DIR
from service.replay.collection import find_clips


def test_errors_are_counted_where_a_speed_is_told() -> None:
    told = [Reading(10.0, mps, is_straight=True) for mps in (10.0, 9.5, 11.5, 7.0, None)]
    found = figures(told)
    assert (found["n"], found["told"]) == (5, 0.8)
    assert found["median_error"] == pytest.approx(0.1)
    assert (found["off_by_a_tenth"], found["off_by_a_fifth"]) == (0.5, 0.25)


def test_a_speed_that_is_never_told_has_no_errors() -> None:
    assert figures([Reading(10.0, None, is_straight=True)]) == {"n": 1, "told": 0.0}


def test_a_bundled_ride_is_read_and_a_lot_is_left_out() -> None:
    clips = {clip.name: clip for clip in find_clips(CLIPS_DIR)}
    assert not list(readings_of(clips["lot_day"]))
    found = figures(list(readings_of(clips["tram_clear"])))
    assert found["told"] > 0.8
    assert found["median_error"] < 0.1
