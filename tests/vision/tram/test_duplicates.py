import numpy as np

from tests.builders import make_detections
from vision.detections import Detections
from vision.tram.duplicates import without_duplicates

VEHICLE, PERSON = 2, 0


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
