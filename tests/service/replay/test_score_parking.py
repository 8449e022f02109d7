import pytest

from service.replay.figure import missed_limits
from service.replay.score_parking import score_parking
from tests.service.replay.stories import parking_run, parking_truth

GRACE_S = 6.0


def figures(score) -> dict[str, float | None]:
    return {each.name: each.value for each in score.figures}


def wrong(score) -> list[tuple[str, float, float]]:
    return [(each.subject, each.from_s, each.to_s) for each in score.differences if each.is_wrong]


def test_car_arrives_and_is_told_in_time():
    truth = parking_truth({"A1": [(5, 20)]})
    score = score_parking(parking_run({"A1": [(1, "free"), (9, "occupied")]}), truth, GRACE_S)
    got = figures(score)
    assert got["change_s"] == 4.0
    assert (got["missed_changes"], got["false_flips"], got["wrong_share"]) == (0, 0, 0)
    assert got["settling_share"] == pytest.approx((1 + 4) / 20)  # the start, and the arrival
    assert got["first_state_s"] == 1.0


def test_car_that_is_never_told():
    truth = parking_truth({"A1": [(5, 20)]})
    score = score_parking(parking_run({"A1": [(0, "free")]}), truth, GRACE_S)
    got = figures(score)
    assert (got["missed_changes"], got["change_s"]) == (1, None)
    assert got["wrong_share"] == pytest.approx(9 / 20)
    assert wrong(score) == [("spot A1", 11.0, 20.0)]


def test_car_that_arrives_just_before_the_end_is_not_missed():
    truth = parking_truth({"A1": [(18, 20)]})
    got = figures(score_parking(parking_run({"A1": [(0, "free")]}), truth, GRACE_S))
    assert (got["missed_changes"], got["change_s"], got["wrong_share"]) == (0, None, 0)


def test_flap_is_a_false_flip_and_wrong():
    truth = parking_truth({"A1": [(0, 20)], "A2": []})
    said = {"A1": [(0, "occupied"), (8, "free"), (9, "occupied")], "A2": [(0, "free")]}
    score = score_parking(parking_run(said), truth, GRACE_S)
    assert figures(score)["false_flips"] == 1
    assert figures(score)["false_flips_per_spot_day"] == pytest.approx(86_400 / 40)
    assert wrong(score) == [("spot A1", 8.0, 9.0)]


def test_flap_through_unknown_counts_as_well():
    truth = parking_truth({"A1": [(0, 20)]})
    said = [(0, "occupied"), (8, "unknown", "undecided"), (9, "free"), (10, "occupied")]
    score = score_parking(parking_run({"A1": said}), truth, GRACE_S)
    assert figures(score)["false_flips"] == 1
    assert figures(score)["unknown_share"] == pytest.approx(1 / 20)


def test_car_half_in_may_be_told_early():
    truth = parking_truth({"A1": [(5, 20)]})
    score = score_parking(parking_run({"A1": [(0, "free"), (4, "occupied")]}), truth, GRACE_S)
    got = figures(score)
    assert (got["change_s"], got["false_flips"], got["wrong_share"]) == (0, 0, 0)


def test_unknown_is_right_behind_a_frozen_picture():
    truth = parking_truth({"A1": [(12, 20)]}, health=[(0, 5, "ok"), (5, 20, "frozen")])
    said = [(0, "free"), (13, "unknown", "frozen")]
    got = figures(score_parking(parking_run({"A1": said}), truth, GRACE_S))
    assert (got["unknown_share"], got["wrong_share"], got["missed_changes"]) == (0, 0, 0)
    assert (got["unnoticed_faults"], got["notice_s"]) == (0, 8.0)


def test_states_told_for_long_behind_a_frozen_picture_are_wrong():
    truth = parking_truth({"A1": []}, health=[(0, 5, "ok"), (5, 20, "frozen")])
    score = score_parking(parking_run({"A1": [(0, "free")]}), truth, GRACE_S)
    assert figures(score)["unnoticed_faults"] == 1
    assert wrong(score) == [("spot A1", 15.0, 20.0)]  # even though it happens to be free


def test_missed_limit_names_the_second():
    truth = parking_truth({"A1": [(0, 20)]})
    said = {"A1": [(0, "occupied"), (8, "free"), (9, "occupied")]}
    score = score_parking(parking_run(said), truth, GRACE_S)
    limits = {"most_wrong_share": 0.01, "most_unknown_share": 0.5, "most_missed_hazards": 0}
    (line,) = missed_limits(score.figures, limits)
    assert line == (
        "time wrong is 5 %, wanted at most 1 %: "
        "spot A1 from 8.00 s to 9.00 s: is occupied, shown free"
    )
