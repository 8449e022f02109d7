import pytest

from service.replay.figure import missed_limits
from service.replay.score_tram import score_tram
from tests.service.replay.stories import tram_run, tram_truth

HAZARD = [(5, 7, "caution"), (7, 9, "alarm")]


def figures(score) -> dict[str, float | None]:
    return {each.name: each.value for each in score.figures}


def kinds(score) -> list[tuple[str, float, float]]:
    return [(e.kind, e.from_s, e.to_s) for e in score.differences if e.kind != "settling"]


def test_warned_half_a_second_early():
    said = [(0, "clear"), (4.6, "caution"), (7, "alarm"), (9.4, "clear")]
    score = score_tram(tram_run(said), tram_truth(HAZARD))
    got = figures(score)
    assert (got["missed_hazards"], got["missed_alarms"], got["false_alarms"]) == (0, 0, 0)
    assert got["lead_s"] == 0.4
    assert got["collision_lead_s"] == pytest.approx(5.4)  # 100 m at 10 m/s, less 4.6 s
    assert kinds(score) == []


@pytest.mark.parametrize(
    ("alarmed_at_s", "left_m"),
    [
        pytest.param(5.0, 13.0, id="in time"),  # 50 m ahead; 15 m to react, 22 m to brake
        pytest.param(7.0, -7.0, id="too late"),
    ],
)
def test_alarm_leaves_way_to_stop_or_does_not(alarmed_at_s, left_m):
    said = [(0, "clear"), (4.6, "caution"), (alarmed_at_s, "alarm"), (9.4, "clear")]
    got = figures(score_tram(tram_run(said), tram_truth(HAZARD)))
    assert got["stop_margin_m"] == pytest.approx(left_m, abs=1.0)


def test_alarm_for_what_came_into_sight_too_near_is_not_judged_by_the_way_left():
    truth = tram_truth(HAZARD)
    hidden = [
        frame.model_copy(
            update={"boxes": tuple(b.model_copy(update={"visibility": 0.1}) for b in frame.boxes)}
        )
        if frame.t_s < 7
        else frame
        for frame in truth.frames
    ]
    said = [(0, "clear"), (7.4, "alarm"), (9.4, "clear")]
    run, late = tram_run(said), truth.model_copy(update={"frames": tuple(hidden)})
    assert figures(score_tram(run, truth))["stop_margin_m"] < 0
    assert figures(score_tram(run, late))["stop_margin_m"] is None


def test_late_warning_has_a_negative_lead():
    said = [(0, "clear"), (6.5, "alarm"), (9, "clear")]
    score = score_tram(tram_run(said), tram_truth(HAZARD))
    assert figures(score)["lead_s"] == -1.5
    assert kinds(score) == [("missed", 6.0, 6.5)]


def test_missed_hazard_names_the_second():
    score = score_tram(tram_run([(0, "clear"), (5.5, "information")]), tram_truth(HAZARD))
    assert figures(score)["missed_hazards"] == 1
    (line,) = missed_limits(score.figures, {"most_missed_hazards": 0, "least_lead_s": 0})
    assert line == (
        "missed hazards is 1, wanted at most 0: alarm wanted from 5.00 s to 9.00 s, no warning"
    )


def test_caution_where_alarm_is_wanted():
    score = score_tram(tram_run([(0, "clear"), (5, "caution"), (9, "clear")]), tram_truth(HAZARD))
    assert (figures(score)["missed_hazards"], figures(score)["missed_alarms"]) == (0, 1)
    assert kinds(score) == [("understated", 7.5, 9.0)]


def test_false_alarms_by_hour_and_kilometre():
    said = [(0, "clear"), (2, "caution"), (3, "clear"), (12, "alarm"), (13, "clear")]
    score = score_tram(tram_run(said), tram_truth([(15, 15.2, "information")]))
    got = figures(score)
    assert (got["false_alarms"], got["false_alarms_per_hour"]) == (2, 360)
    assert got["false_alarms_per_km"] == pytest.approx(10)  # 200 m driven
    assert kinds(score) == [("false alarm", 2.0, 3.0), ("false alarm", 12.0, 13.0)]


def test_one_warning_may_stand_over_two_hazards():
    truth = tram_truth([(5, 6, "caution"), (8, 9, "alarm")])
    said = [(0, "clear"), (5, "alarm"), (9, "clear")]
    got = figures(score_tram(tram_run(said), truth))
    assert (got["missed_hazards"], got["false_alarms"]) == (0, 0)


def test_a_warning_for_ever_is_mostly_false():
    got = figures(score_tram(tram_run([(0, "alarm")]), tram_truth(HAZARD)))
    assert (got["missed_hazards"], got["false_alarms"]) == (0, 1)
    assert got["false_alarm_share"] == pytest.approx((2 + 9) / 20)


def test_clear_behind_a_frozen_picture_is_wrong_and_unavailable_is_right():
    truth = tram_truth([(15, 17, "alarm")], health=[(0, 5, "ok"), (5, 20, "frozen")])
    honest = score_tram(tram_run([(0, "clear"), (6, "unavailable", "frozen")]), truth)
    assert (figures(honest)["missed_hazards"], figures(honest)["notice_s"]) == (0, 1.0)
    assert kinds(honest) == []
    blind = score_tram(tram_run([(0, "clear")]), truth)
    assert (figures(blind)["missed_hazards"], figures(blind)["unnoticed_faults"]) == (1, 1)
    assert kinds(blind) == [("blind", 7.0, 20.0)]


def test_unavailable_without_need():
    said = [(0, "clear"), (10, "unavailable", "blurred"), (12, "clear")]
    score = score_tram(tram_run(said), tram_truth([]))
    assert figures(score)["unavailable_share"] == pytest.approx(0.1)


def test_distance_and_time_errors_by_range():
    score = score_tram(tram_run([(0, "clear")], seen_m=2.0), tram_truth([]))
    by_range = {row["to_m"]: row for row in score.details["ranges"]}
    assert by_range[10]["distance"]["median"] == pytest.approx(
        1 / 3, abs=0.001
    )  # 2 m at 2, 4, 6, 8, 10 m
    assert by_range[80]["distance"]["median"] == pytest.approx(2 / 61, abs=0.01)
    assert by_range[80]["ttc"] == by_range[80]["distance"]
    assert sum(row["n"] for row in score.details["ranges"]) == 40  # up to 80 m, five a second
