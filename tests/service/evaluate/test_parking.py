from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.session import open_network
from models.spec import ModelSpec, Task
from service.evaluate.errors import LabelledSetError
from service.evaluate.labelled_spots import read_spot_set
from service.evaluate.parking import ParkingReport, UndecidedBand, evaluate_parking
from tests.spot_networks import write_brightness_network
from tests.spot_sets import write_spot_set
from vision.arrays import FloatArray, ImageArray
from vision.parking.occupancy import OccupancyClassifier


def white_share(
    image: ImageArray,
    polygons: Sequence[FloatArray],
    among: Sequence[FloatArray] = (),  # noqa: ARG001
) -> FloatArray:
    """A classifier that calls white cells occupied."""
    centres = [polygon.mean(axis=0).astype(int) for polygon in polygons]
    return np.array([image[y, x].mean() / 255 for x, y in centres])


def judge(folder: Path, frames: Sequence[Mapping[str, Any]], **options: Any) -> ParkingReport:
    return evaluate_parking(read_spot_set(write_spot_set(folder, frames)), white_share, **options)


def test_every_figure_of_the_contract(tmp_path: Path) -> None:
    frames = [
        {"occupied": [1, 1, 1, 0], "white": [0, 1], "conditions": "day"},
        {"occupied": [1, 0, 0, 0], "white": [0, 1], "conditions": "night", "camera": "d"},
    ]
    report = judge(tmp_path / "set", frames).to_json()
    # of 4 occupied 1 is missed, of 4 free 1 is taken for a car
    assert report["missed_cars"] == 0.25
    assert report["false_cars"] == 0.25
    assert report["balanced_accuracy"] == 0.75
    assert report["accuracy"] == 0.75
    assert report["undecided"] == 0
    assert report["n"] == 8
    assert set(report["by"]["camera"]) == {"c", "d"}
    assert report["by"]["conditions"]["day"] == {
        "balanced_accuracy": 0.8333,
        "accuracy": 0.75,
        "missed_cars": 0.3333,
        "false_cars": 0.0,
        "undecided": 0.0,
        "n": 4,
    }
    assert "flips_per_1000" not in report


def test_undecided_counts_as_wrong_but_is_no_missed_car(tmp_path: Path) -> None:
    frames = [{"occupied": [1, 1, 0, 0], "white": [0, 1]}]
    report = judge(tmp_path / "set", frames, band=UndecidedBand(low=0.4, high=1.5))
    assert report.score.undecided == 0.5
    assert report.score.missed_cars == 0
    assert report.score.accuracy == 0.5
    assert report.score.balanced_accuracy == 0.5


def test_one_kind_of_spots_is_judged_alone(tmp_path: Path) -> None:
    report = judge(tmp_path / "set", [{"occupied": [1, 1, 1, 1], "white": [0, 1, 2]}])
    assert report.score.balanced_accuracy == 0.75
    assert report.score.false_cars == 0


def test_balance_does_not_depend_on_how_many_are_free(tmp_path: Path) -> None:
    report = judge(tmp_path / "set", [{"occupied": [1, 0, 0, 0], "white": []}])
    assert report.score.accuracy == 0.75
    assert report.score.balanced_accuracy == 0.5


def test_flicker_is_counted_between_neighbouring_frames(tmp_path: Path) -> None:
    frames = [
        {"occupied": [1, 1, 0, 0], "white": [0, 1]},
        {"occupied": [1, 1, 0, 0], "white": [0]},  # spot 1 flips
        {"occupied": [1, 1, 0, 1], "white": [0, 1, 3]},  # and back; spot 3 really changes
    ]
    report = judge(tmp_path / "set", frames)
    assert report.flips_per_1000 == pytest.approx(1000 * 2 / 8)
    assert report.to_json()["flips_per_1000"] == 250


def test_frames_with_times_are_put_in_order(tmp_path: Path) -> None:
    frames = [
        {"occupied": [1, 0], "white": [0], "captured_at": "2024-05-01T10:00:00"},
        {"occupied": [1, 0], "white": [], "captured_at": "2024-05-01T12:00:00"},
        {"occupied": [1, 0], "white": [0], "captured_at": "2024-05-01T11:00:00"},
    ]
    assert judge(tmp_path / "set", frames).flips_per_1000 == pytest.approx(1000 * 1 / 4)


def test_progress_is_told_after_each_picture(tmp_path: Path) -> None:
    told: list[int] = []
    frames = [{"occupied": [1], "white": []}] * 3
    judge(tmp_path / "set", frames, on_picture=lambda: told.append(1))
    assert len(told) == 3


def test_set_without_frames_has_no_figures(tmp_path: Path) -> None:
    with pytest.raises(LabelledSetError, match="there is nothing to judge"):
        judge(tmp_path / "set", [])


def test_real_network_judges_a_set(tmp_path: Path) -> None:
    network = open_network(write_brightness_network(tmp_path / "b.onnx"))
    classifier = OccupancyClassifier(network, ModelSpec("b", "b.onnx", Task.PARKING))
    folder = write_spot_set(tmp_path / "set", [{"occupied": [1, 0, 1, 0], "white": [0, 2]}])
    assert evaluate_parking(read_spot_set(folder), classifier).score.accuracy == 1
