from service.replay.figure import Figure
from service.replay.score_violations import violation_figures, violation_notices
from service.replay.truth import TrueViolation

TRUE = (
    TrueViolation(kind="across_spots", subject="A5+A6", from_s=7.0, to_s=34.0),
    TrueViolation(kind="overstay", subject="A2", from_s=18.0, to_s=27.0),
)


def figures(*told: tuple[str, str, float]) -> dict[str, Figure]:
    notices, false = violation_notices(told, TRUE)
    return {each.name: each for each in violation_figures(notices, false)}


def test_all_are_told() -> None:
    got = figures(("across_spots", "A5+A6", 11.0), ("overstay", "A2", 18.4))
    assert {name: each.value for name, each in got.items()} == {
        "missed_violations": 0,
        "violation_s": 4.0,
        "false_violations": 0,
    }
    assert got["violation_s"].worst == "across_spots of A5+A6 from 7.00 s, told 4.00 s later"


def test_one_is_missed_and_one_is_told_of_another_spot() -> None:
    got = figures(("across_spots", "A5+A6", 7.0), ("overstay", "A3", 19.0))
    assert got["missed_violations"].value == 1
    assert "overstay of A2 from 18.00 s, never told" in got["missed_violations"].worst
    assert got["false_violations"].value == 1
    assert got["false_violations"].worst == "overstay of A3 at 19.00 s"


def test_within_the_grace_and_after_its_end_it_is_false() -> None:
    got = figures(("overstay", "A2", 14.0), ("overstay", "A2", 30.0))
    assert got["missed_violations"].value == 2
    assert got["false_violations"].value == 2
