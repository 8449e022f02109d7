from pathlib import Path

import numpy as np
import pytest

from models.errors import UnsuitableModel
from models.session import open_network
from models.spec import ModelSpec, Task
from tests.networks import write_mean_network
from tests.spot_networks import write_brightness_network
from vision.errors import LayoutError
from vision.parking.occupancy import BATCH, OccupancyClassifier

SPEC = ModelSpec("brightness", "brightness.onnx", Task.PARKING)
SQUARE = np.array([[0, 0], [20, 0], [20, 20], [0, 20]], np.float64)


def moved(x: float, y: float) -> np.ndarray:
    return SQUARE + np.array([x, y])


@pytest.fixture
def classifier(tmp_path: Path) -> OccupancyClassifier:
    return OccupancyClassifier(
        open_network(write_brightness_network(tmp_path / "b.onnx", 32)), SPEC
    )


def test_each_spot_is_judged_by_its_own_inside(classifier: OccupancyClassifier) -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[40:60, 100:120] = 255
    spots = [moved(40, 40), moved(100, 40)]
    probability = classifier(picture, spots)
    assert probability == pytest.approx([0, 1], abs=0.12)


def test_many_spots_are_run_in_batches(classifier: OccupancyClassifier) -> None:
    picture = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 40, 0).repeat(3, 2)
    spots = [moved(step, 10) for step in range(5, 230, 3)]
    assert len(spots) > 2 * BATCH
    probability = classifier(picture, spots)
    assert (np.diff(probability) > 0).all()
    assert probability[0] == pytest.approx(15 / 255, abs=0.02)


def test_no_spots_give_an_empty_answer(classifier: OccupancyClassifier) -> None:
    assert classifier(np.zeros((10, 10, 3), np.uint8), []).shape == (0,)


def test_spot_half_outside_is_judged(classifier: OccupancyClassifier) -> None:
    picture = np.full((50, 50, 3), 255, np.uint8)
    (probability,) = classifier(picture, [SQUARE - [10, 0]])
    assert 0.5 < probability < 1


def test_spot_outside_is_refused(classifier: OccupancyClassifier) -> None:
    with pytest.raises(LayoutError, match="polygon 0 lies outside the picture of 50×50 px"):
        classifier(np.zeros((50, 50, 3), np.uint8), [SQUARE + 60])


@pytest.mark.parametrize(
    ("picture", "seen"),
    [
        pytest.param(np.zeros((50, 50), np.uint8), r"\(50, 50\) uint8", id="grey"),
        pytest.param(np.zeros((50, 50, 4), np.uint8), r"\(50, 50, 4\) uint8", id="alpha"),
        pytest.param(np.zeros((50, 50, 3), np.uint16), r"\(50, 50, 3\) uint16", id="16 bit"),
        pytest.param(np.zeros((0, 50, 3), np.uint8), r"\(0, 50, 3\) uint8", id="empty"),
    ],
)
def test_other_pictures_are_refused(
    classifier: OccupancyClassifier, picture: np.ndarray, seen: str
) -> None:
    with pytest.raises(ValueError, match=rf"image must be \(H, W, 3\) uint8, got {seen}"):
        classifier(picture, [SQUARE])


def test_detector_file_is_refused(tmp_path: Path) -> None:
    network = open_network(write_mean_network(tmp_path / "mean.onnx"))
    with pytest.raises(UnsuitableModel, match=r"wanted one input \(N, S, S, 4\) uint8, got images"):
        OccupancyClassifier(network, SPEC)
