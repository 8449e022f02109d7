"""Precision, recall and average precision on cases small enough to count by hand."""

from pathlib import Path

import numpy as np
import pytest

from models.training.obstacles.agreement import Findings
from models.training.obstacles.classes import CLASSES
from models.training.obstacles.overlap import suppress
from models.training.obstacles.pictures import Picture
from models.training.obstacles.scoring import (
    at_confidence,
    average_precision,
    curve,
    recall_at_precision,
)

CAR = CLASSES.index("car")
LEFT, MIDDLE, RIGHT = [0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]
NOTHING = np.zeros((0, 4), np.float32)


def make_truth(*boxes: list[int], ignored: np.ndarray = NOTHING) -> Picture:
    stacked = np.array(boxes, np.float32).reshape(-1, 4)
    return Picture(Path("a.jpg"), "set", 60, 20, stacked, np.full(len(boxes), CAR), ignored)


def make_found(*objects: tuple[list[int], float]) -> Findings:
    return Findings(
        np.array([box for box, _ in objects], np.float32).reshape(-1, 4),
        np.array([confidence for _, confidence in objects], np.float32),
        np.full(len(objects), CAR),
    )


def test_all_found_and_nothing_else() -> None:
    result = curve([make_found((LEFT, 0.9), (RIGHT, 0.5))], [make_truth(LEFT, RIGHT)], ["car"])
    assert average_precision(result) == pytest.approx(1.0)
    assert recall_at_precision(result, 0.85) == pytest.approx((1.0, 0.5))


def test_false_find_between_two_right_ones() -> None:
    found = make_found((LEFT, 0.9), (MIDDLE, 0.7), (RIGHT, 0.5))
    result = curve([found], [make_truth(LEFT, RIGHT)], ["car"])
    assert average_precision(result) == pytest.approx((51 + 50 * 2 / 3) / 101)
    assert recall_at_precision(result, 0.85) == pytest.approx((0.5, 0.9))
    assert at_confidence(result, 0.6) == pytest.approx((0.5, 0.5))


def test_second_find_of_the_same_object_is_false() -> None:
    result = curve([make_found((LEFT, 0.9), (LEFT, 0.8))], [make_truth(LEFT)], ["car"])
    assert result.is_hit.tolist() == [True, False]


def test_find_in_an_ignored_region_is_not_judged() -> None:
    region = np.array([MIDDLE], np.float32)
    truth = make_truth(LEFT, ignored=region)
    result = curve([make_found((LEFT, 0.9), (MIDDLE, 0.95))], [truth], ["car"])
    assert result.is_hit.tolist() == [True]
    beside = curve([make_found((MIDDLE, 0.95))], [make_truth(LEFT)], ["car"], unjudged=[region])
    assert beside.is_hit.tolist() == []
    assert beside.count == 1


def test_other_classes_do_not_count() -> None:
    result = curve([make_found((LEFT, 0.9))], [make_truth(LEFT)], ["person"])
    assert result.count == 0
    assert average_precision(result) == 0.0


def test_nothing_found_is_precise_and_useless() -> None:
    result = curve([make_found()], [make_truth(LEFT)], ["car"])
    assert at_confidence(result, 0.3) == (0.0, 1.0)
    assert recall_at_precision(result, 0.85) == (0.0, 1.0)


def test_of_doubles_the_surest_stays() -> None:
    boxes = np.array([LEFT, [1, 0, 11, 10], RIGHT, LEFT], np.float32)
    kept = suppress(boxes, np.array([0.5, 0.9, 0.3, 0.4]), np.array([0, 0, 0, 1]), 0.5)
    assert kept.tolist() == [1, 3, 2]
