from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from models.session import open_network
from models.spec import ModelSpec, Task
from tests.spot_networks import write_brightness_network
from vision.arrays import FloatArray, ImageArray
from vision.parking.closer_looks import CloserLooks
from vision.parking.occupancy import OccupancyClassifier
from vision.parking.vehicles_around import BIAS, OWN_WEIGHT

SPEC = ModelSpec("brightness", "brightness.onnx", Task.PARKING)
SQUARE = np.array([[0, 0], [20, 0], [20, 20], [0, 20]], np.float64)
BLACK, GREY, WHITE = (SQUARE + np.array([x, 40]) for x in (40, 140, 240))


class ScriptedVehicles:
    """Tells the same evidence about every spot it is asked about."""

    def __init__(self, evidence: Sequence[float]) -> None:
        self.asked: list[Sequence[FloatArray]] = []
        self.among: list[Sequence[FloatArray]] = []
        self._evidence = evidence

    def __call__(
        self,
        image: ImageArray,  # noqa: ARG002
        polygons: Sequence[FloatArray],
        among: Sequence[FloatArray],
    ) -> FloatArray:
        self.asked.append(polygons)
        self.among.append(among)
        return np.tile(np.array(self._evidence), (len(polygons), 1))


def make_look(folder: Path, *, least: float = 0.0, view_sides: float = 1.3) -> OccupancyClassifier:
    path = folder / f"least{least}.onnx"
    return OccupancyClassifier(
        open_network(write_brightness_network(path, 48, view_sides=view_sides, least=least)), SPEC
    )


def black_grey_white() -> ImageArray:
    """Three fields, each 100 px wide."""
    return (
        np.repeat(np.array([0, 128, 255], np.uint8), 100)[None, :, None].repeat(100, 0).repeat(3, 2)
    )


def test_only_unsure_spots_are_looked_at_again(tmp_path: Path) -> None:
    looks = CloserLooks(make_look(tmp_path), [make_look(tmp_path, least=0.9, view_sides=1.6)])
    probability = looks(black_grey_white(), [BLACK, GREY, WHITE])
    # even odds and 9 to 1 together are 3 to 1
    assert probability == pytest.approx([0, 0.75, 1], abs=0.01)


def test_the_mean_of_those_that_look_again_counts_like_the_first_look(tmp_path: Path) -> None:
    again = [make_look(tmp_path, least=0.9), make_look(tmp_path)]
    (probability,) = CloserLooks(make_look(tmp_path), again)(black_grey_white(), [GREY])
    # even odds, and the mean of 9 to 1 and even odds, 3 to 1, together are the root of 3 to 1
    assert probability == pytest.approx(3**0.5 / (3**0.5 + 1), abs=0.01)


def test_only_what_stays_unsure_is_asked_of_the_vehicles_around(tmp_path: Path) -> None:
    vehicles = ScriptedVehicles([0.9, 0.0])
    looks = CloserLooks(make_look(tmp_path), [make_look(tmp_path, least=0.1)], vehicles)
    probability = looks(black_grey_white(), [BLACK, GREY, WHITE])
    assert [len(polygons) for polygons in vehicles.asked] == [1]
    assert vehicles.asked[0][0] is GREY
    assert probability == pytest.approx([0, expit(0.9 * OWN_WEIGHT + BIAS), 1], abs=0.01)


def test_the_spots_that_are_not_asked_about_may_have_the_vehicle(tmp_path: Path) -> None:
    vehicles = ScriptedVehicles([0.0, 0.9])
    looks = CloserLooks(make_look(tmp_path), [make_look(tmp_path, least=0.1)], vehicles)
    (probability,) = looks(black_grey_white(), [GREY], [BLACK, GREY, WHITE])
    assert probability < 0.05
    assert any(each is BLACK for each in vehicles.among[0])


def test_a_second_look_that_is_sure_spares_the_third(tmp_path: Path) -> None:
    vehicles = ScriptedVehicles([0.0, 0.9])
    looks = CloserLooks(make_look(tmp_path), [make_look(tmp_path, least=0.9999)], vehicles)
    assert looks(black_grey_white(), [GREY])[0] > 0.95
    assert vehicles.asked == []


def test_no_spots_give_an_empty_answer(tmp_path: Path) -> None:
    look = make_look(tmp_path)
    assert CloserLooks(look, [look])(black_grey_white(), []).shape == (0,)
