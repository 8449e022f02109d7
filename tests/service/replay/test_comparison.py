import pytest

from service.errors import ClipError
from service.replay.comparison import compare
from service.replay.recorded_run import Configuration, read_run, write_run
from service.replay.score import score_run
from tests.service.replay.stories import parking_run, parking_truth, tram_run, tram_truth

YARD = Configuration(
    site_id="yard",
    camera_id="north",
    mission="parking",
    site_sha256="",
    model="car",
    model_sha256="",
)
SLOW = {"A1": [(0, "free"), (9, "occupied")], "A2": [(0, "free")]}
QUICK = {"A1": [(0, "free"), (7, "occupied")], "A2": [(0, "free"), (15, "occupied")]}


def test_same_runs_do_not_differ():
    assert compare(parking_run(SLOW), parking_run(SLOW)).divergences == ()


def test_where_two_runs_differ_without_truth():
    found = compare(parking_run(SLOW), parking_run(QUICK)).divergences
    assert [each.sentence for each in found] == [
        "spot A1 from 7.00 s to 9.00 s: free, then occupied",
        "spot A2 from 15.00 s to 20.00 s: free, then occupied",
    ]


def test_better_and_worse_by_the_truth():
    truth = parking_truth({"A1": [(5, 20)], "A2": []})
    comparison = compare(parking_run(SLOW), parking_run(QUICK), truth)
    assert [each.verdict for each in comparison.divergences] == ["better", "worse"]
    assert (comparison.seconds("better"), comparison.seconds("worse")) == (2.0, 5.0)
    changed = {each.name: (each.first, each.second) for each in comparison.figures}
    assert changed["change_s"] == (4.0, 2.0)
    assert changed["false_flips"] == (0, 1)


def test_verdict_turns_where_the_truth_does():
    truth = parking_truth({"A1": [(8, 20)]})
    slow, quick = parking_run({"A1": SLOW["A1"]}), parking_run({"A1": QUICK["A1"]})
    found = compare(slow, quick, truth).divergences
    assert [(e.from_s, e.to_s, e.verdict) for e in found] == [
        (7.0, 8.0, "worse"),
        (8.0, 9.0, "better"),
    ]


def test_a_run_of_a_cut_clip_is_not_the_same():
    whole, cut = (
        parking_run({"A1": [(0, "free")]}, length_s).model_copy(update={"configuration": YARD})
        for length_s in (20, 8)
    )
    said = "clip from 8.00 s to 20.00 s: seen, then not seen"
    assert [each.sentence for each in compare(whole, cut).divergences] == [said]
    comparison = compare(whole, cut, parking_truth({"A1": []}))
    assert [each.sentence for each in comparison.divergences] == [
        "clip from 8.00 s to 19.80 s: seen, then not seen; worse, it is going on"
    ]
    assert compare(cut, whole, parking_truth({"A1": []})).seconds("worse") == 0


def test_a_ride_of_one_picture_is_a_ride():
    truth, ride = tram_truth([]), YARD.model_copy(update={"mission": "tram", "camera_id": "cab"})
    whole, cut = (
        tram_run([(0, "clear")], length_s).model_copy(update={"configuration": ride})
        for length_s in (20, 0)
    )
    assert score_run(cut, truth).figure("missed_hazards").value == 0
    assert compare(whole, cut, truth).seconds("worse") == pytest.approx(19.8)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        pytest.param("clear", "caution", "better", id="nearer to the alarm that is wanted"),
        pytest.param("clear", "unavailable", "better", id="saying nothing misleads less"),
        pytest.param("caution", "unavailable", "worse", id="one level short is nearly right"),
    ],
)
def test_levels_are_judged_by_their_distance(first, second, verdict):
    runs = [tram_run([(0, "clear"), (5, level), (9, "clear")]) for level in (first, second)]
    found = compare(*runs, tram_truth([(5, 9, "alarm")])).divergences
    assert [each.verdict for each in found] == [verdict]


def test_a_run_comes_back_from_its_file(tmp_path):
    run = tram_run([(0, "clear"), (5, "alarm")], seen_m=1.0)
    write_run(tmp_path / "run.json", run)
    assert read_run(tmp_path / "run.json") == run


def test_bare_events_are_a_run_too(tmp_path):
    run = parking_run(SLOW)
    lines = "".join(f"{event.json_line()}\n" for event in run.events)
    (tmp_path / "events.jsonl").write_text(lines)
    read = read_run(tmp_path / "events.jsonl")
    assert (read.spot_ids, read.duration_s, read.events) == (("A1", "A2"), 9.0, run.events)


def test_runs_of_different_things():
    with pytest.raises(ClipError, match="no spot or display in common"):
        compare(parking_run(SLOW), tram_run([(0, "clear")]))


def test_damaged_run_file(tmp_path):
    (tmp_path / "run.json").write_text('{"schema": "wayside-run/1", "events": []}')
    with pytest.raises(ClipError, match=r"run.json: duration_s: Field required"):
        read_run(tmp_path / "run.json")
