from service.replay.timeline import Stretch, clipped, event_timelines, joined, overlaps, stretch_at
from tests.service.replay.stories import parking_run


def spans(timeline) -> list[tuple[float, float, str]]:
    return [(each.from_s, each.to_s, each.state) for each in timeline]


def test_events_become_stretches():
    run = parking_run({"A1": [(2, "free"), (5, "occupied")], "A2": []}, length_s=8)
    told = run.spot_timelines()
    assert spans(told["A1"]) == [(0, 2, "unknown"), (2, 5, "free"), (5, 8, "occupied")]
    assert spans(told["A2"]) == [(0, 8, "unknown")]
    assert told["A2"][0].text == "unknown (no picture yet)"


def test_events_of_other_kinds_and_subjects_are_passed_over():
    run = parking_run({"A1": [(2, "free")]}, length_s=8)
    assert event_timelines("alert", run.events, ["A1"], 8)["A1"][0].state == "unavailable"
    assert list(event_timelines("spot", run.events, ["B1"], 8)) == ["B1"]


def test_neighbours_of_one_state_are_one():
    parts = [Stretch(0, 1, "a"), Stretch(1, 1, "b"), Stretch(1, 2, "a"), Stretch(2, 3, "b")]
    assert spans(joined(parts)) == [(0, 2, "a"), (2, 3, "b")]


def test_overlaps_are_cut_where_either_changes():
    one = (Stretch(0, 3, "a"), Stretch(3, 6, "b"))
    other = (Stretch(1, 4, "x"), Stretch(4, 9, "y"))
    got = [(from_s, to_s, a.state + b.state) for from_s, to_s, a, b in overlaps(one, other)]
    assert got == [(1, 3, "ax"), (3, 4, "bx"), (4, 6, "by")]


def test_a_part_counts_from_its_own_start():
    whole = (Stretch(0, 3, "a"), Stretch(3, 6, "b"))
    assert spans(clipped(whole, 2, 5)) == [(0, 1, "a"), (1, 3, "b")]


def test_a_moment_belongs_to_the_stretch_that_begins_there():
    whole = (Stretch(0, 3, "a"), Stretch(3, 6, "b"))
    assert stretch_at(whole, 3).state == "b"
    assert stretch_at(whole, 6) is None
