"""A mix of weights is chosen by what the groups gain, unless a class is lost by it."""

from pathlib import Path

import numpy as np
import pytest

from models.training.obstacles.classes import CLASSES
from models.training.obstacles.pictures import Picture
from models.training.obstacles.verdict import best_share, lost, verdict

ANIMAL, RAIL = CLASSES.index("animal"), CLASSES.index("rail_vehicle")


def holdout() -> dict[str, list[Picture]]:
    """Twelve animals and two rail vehicles in one picture."""
    kinds = np.array([ANIMAL] * 12 + [RAIL] * 2)
    boxes = np.zeros((len(kinds), 4), np.float32)
    return {"general": [Picture(Path("a.jpg"), "set", 60, 20, boxes, kinds)]}


def figures(groups: float, *, animal: float = 0.8, rail: float = 0.8) -> dict[str, float]:
    classes = {f"class_general_{kind}": 0.8 for kind in CLASSES}
    classes |= {"class_general_animal": animal, "class_general_rail_vehicle": rail}
    return {"tram_day_vehicle": groups, "general_ap50": groups, **classes}


def test_classes_do_not_count_in_the_verdict() -> None:
    assert verdict(figures(0.6, animal=0.0)) == pytest.approx(0.6)


def test_the_best_verdict_wins_where_no_class_is_lost() -> None:
    rows = {0.0: figures(0.5), 0.7: figures(0.6, animal=0.76), 1.0: figures(0.55)}
    assert best_share(rows, rows[0.0], holdout()) == 0.7


def test_a_mix_that_loses_a_class_is_not_chosen() -> None:
    rows = {0.0: figures(0.5), 0.7: figures(0.6), 1.0: figures(0.9, animal=0.6)}
    assert lost(rows[1.0], rows[0.0], holdout()) == {"general animal": pytest.approx(0.2)}
    assert best_share(rows, rows[0.0], holdout()) == 0.7


def test_a_mix_with_an_earlier_network_is_held_to_the_published_start() -> None:
    rows = {0.0: figures(0.8, animal=0.6), 0.7: figures(0.7), 1.0: figures(0.6)}
    assert best_share(rows, figures(0.5), holdout()) == 0.7
    rows = {0.0: figures(0.8, animal=0.6), 1.0: figures(0.6, animal=0.6)}
    assert best_share(rows, figures(0.5), holdout()) == 0.0


def test_two_objects_tell_nothing_of_their_class() -> None:
    assert lost(figures(0.5, rail=0.1), figures(0.5), holdout()) == {}
