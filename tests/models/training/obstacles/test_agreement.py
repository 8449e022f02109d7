"""What teachers agree on is taught, what one suspects is ignored, labels are trusted more."""

import numpy as np
import pytest

from models.training.obstacles.agreement import Agreement, Findings, agree, complete
from models.training.obstacles.classes import CLASSES

CAR, HEAVY, PERSON = (CLASSES.index(name) for name in ("car", "heavy_vehicle", "person"))


def make_findings(*objects: tuple[list[float], float, int]) -> Findings:
    return Findings(
        np.array([box for box, _, _ in objects], np.float32).reshape(-1, 4),
        np.array([confidence for _, confidence, _ in objects], np.float32),
        np.array([kind for _, _, kind in objects], int),
    )


def test_two_teachers_make_a_label_between_their_boxes() -> None:
    first = make_findings(([0, 0, 10, 10], 0.6, CAR))
    second = make_findings(([2, 0, 12, 10], 0.6, CAR))
    agreed = agree([first, second])
    np.testing.assert_allclose(agreed.boxes, [[1, 0, 11, 10]])
    assert len(agreed.suspected) == 0


def test_one_sure_teacher_is_only_a_suspicion() -> None:
    agreed = agree([make_findings(([0, 0, 10, 10], 0.9, PERSON)), make_findings()])
    assert len(agreed.boxes) == 0
    np.testing.assert_allclose(agreed.suspected, [[0, 0, 10, 10]])


def test_car_and_van_are_one_object_of_the_likelier_class() -> None:
    first = make_findings(([0, 0, 10, 10], 0.5, HEAVY))
    second = make_findings(([0, 0, 10, 10], 0.8, CAR))
    assert agree([first, second]).class_id.tolist() == [CAR]


def test_person_and_car_at_one_place_do_not_agree() -> None:
    first = make_findings(([0, 0, 10, 10], 0.5, PERSON))
    second = make_findings(([0, 0, 10, 10], 0.8, CAR))
    agreed = agree([first, second])
    assert len(agreed.boxes) == 0
    assert sorted(agreed.suspected_class.tolist()) == sorted([PERSON, CAR])


@pytest.mark.parametrize(
    ("box", "kind", "is_added"),
    [
        pytest.param([0, 0, 20, 12], CAR, False, id="same car seen again"),
        pytest.param([1, 1, 8, 8], CAR, False, id="a part of the car"),
        pytest.param([1, 1, 8, 8], PERSON, True, id="a person in front of the car"),
        pytest.param([40, 0, 60, 10], CAR, True, id="another car"),
    ],
)
def test_given_labels_are_completed(box: list[float], kind: int, is_added: bool) -> None:
    given = np.array([[0, 0, 20, 10]], np.float32)
    found = Agreement(
        np.array([box], np.float32), np.array([kind]),
        np.array([box], np.float32), np.array([kind]),
    )  # fmt: skip
    boxes, kinds, suspected = complete(given, np.array([CAR]), found)
    assert len(boxes) == len(kinds) == 1 + is_added
    np.testing.assert_allclose(boxes[0], given[0])
    assert len(suspected) == 0


def test_nothing_found_changes_nothing() -> None:
    given, kinds = np.array([[0, 0, 20, 10]], np.float32), np.array([CAR])
    boxes, classes, suspected = complete(given, kinds, agree([make_findings()] * 3))
    np.testing.assert_allclose(boxes, given)
    assert classes.tolist() == [CAR]
    assert suspected.shape == (0, 4)
