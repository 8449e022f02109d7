import numpy as np
import pytest

from tests.builders import make_detections
from vision.detections import Detections
from vision.tram.duplicates import with_surer_animals, without_duplicates

PERSON, TWO_WHEELER, VEHICLE, ANIMAL = range(4)


def _kept(boxes: list[list[float]], confidence: list[float], kinds: list[int]) -> list[int]:
    found = Detections(
        np.array(boxes, np.float32), np.array(confidence, np.float32), np.arange(len(boxes))
    )
    return without_duplicates(found, np.array(kinds)).class_id.tolist()


def test_car_found_as_a_lorry_too_is_one_vehicle() -> None:
    assert _kept([[0, 0, 100, 60], [2, 1, 100, 61]], [0.5, 0.6], [VEHICLE] * 2) == [1]


def test_part_on_the_same_ground_is_the_same_vehicle() -> None:
    assert _kept([[0, 0, 100, 60], [0, 20, 30, 58]], [0.8, 0.5], [VEHICLE] * 2) == [0]


def test_car_behind_another_stands_further_up_and_is_kept() -> None:
    assert _kept([[0, 0, 100, 60], [40, 2, 90, 40]], [0.8, 0.5], [VEHICLE] * 2) == [0, 1]


def test_rider_and_machine_are_two() -> None:
    assert _kept([[0, 0, 20, 60], [0, 2, 20, 61]], [0.8, 0.5], [PERSON, VEHICLE]) == [0, 1]


def test_one_detection_is_left_alone() -> None:
    one = make_detections([[0, 0, 10, 10]])
    assert without_duplicates(one, np.array([0])) is one


def _surer(boxes: list[list[float]], confidence: list[float], kinds: list[int]) -> list[float]:
    found = Detections(
        np.array(boxes, np.float32), np.array(confidence, np.float32), np.arange(len(boxes))
    )
    kind_id = np.array(kinds)
    surer = with_surer_animals(found, kind_id, ANIMAL, kind_id != VEHICLE)
    return surer.confidence.tolist()


DOG = [[10.0, 10, 40, 30], [11, 10, 40, 31], [10, 11, 41, 30]]


@pytest.mark.parametrize(
    ("confidence", "kinds", "surer"),
    [
        ([0.25, 0.19, 0.17], [ANIMAL, PERSON, TWO_WHEELER], [0.5, 0.19, 0.17]),
        ([0.25, 0.19, 0.17], [ANIMAL, PERSON, PERSON], [0.39, 0.19, 0.17]),
        ([0.25, 0.19, 0.17], [ANIMAL, VEHICLE, VEHICLE], [0.25, 0.19, 0.17]),
        ([0.25, 0.4, 0.17], [ANIMAL, PERSON, TWO_WHEELER], [0.25, 0.4, 0.17]),
    ],
    ids=["one of three", "a second box of the same name", "a car is another thing", "a person"],
)
def test_small_animal_is_as_sure_as_that_something_small_is_there(
    confidence: list[float], kinds: list[int], surer: list[float]
) -> None:
    assert _surer(DOG, confidence, kinds) == pytest.approx(surer, abs=0.01)


def test_animal_beside_a_person_is_no_surer() -> None:
    apart = [[10.0, 10, 40, 30], [60, 10, 80, 60]]
    assert _surer(apart, [0.25, 0.2], [ANIMAL, PERSON]) == pytest.approx([0.25, 0.2])
