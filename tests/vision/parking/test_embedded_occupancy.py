from pathlib import Path

import numpy as np
import pytest

from models.catalogue import EMBEDDED_DIR
from models.session import open_network
from models.spec import ModelSpec, Task
from service.evaluate.labelled_spots import SpotSet, read_spot_set
from service.evaluate.parking import OccupancyScore, evaluate_parking
from vision.parking.occupancy import OccupancyClassifier

FILES = tuple(path.name for path in sorted(EMBEDDED_DIR.glob("wayside_parking*.onnx")))


@pytest.fixture(params=FILES)
def classifier(request: pytest.FixtureRequest) -> OccupancyClassifier:
    file = str(request.param)
    return OccupancyClassifier(
        open_network(EMBEDDED_DIR / file), ModelSpec(file, file, Task.PARKING)
    )


def judge_some(folder: Path, classifier: OccupancyClassifier, every: int) -> OccupancyScore:
    whole = read_spot_set(folder)
    return evaluate_parking(SpotSet(whole.name, whole.frames[::every]), classifier).score


@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    ("name", "every", "least"),
    [("acpds_valid", 7, 0.94), ("pklot_ufpr05", 6, 0.95), ("lot_sequence", 13, 0.95)],
)
def test_lots_never_trained_on(
    shared: Path, classifier: OccupancyClassifier, name: str, every: int, least: float
) -> None:
    score = judge_some(shared / "data" / "parking" / name, classifier, every)
    assert score.balanced_accuracy >= least


def test_answer_does_not_depend_on_the_company(classifier: OccupancyClassifier) -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (200, 300, 3), dtype=np.uint8)
    corners = np.array([[0, 0], [40, 5], [50, 30], [5, 25]], np.float64)
    spots = [corners + rng.uniform(0, 150, 2) for _ in range(40)]
    together = classifier(picture, spots)
    alone = np.concatenate([classifier(picture, [spot]) for spot in spots])
    assert together == pytest.approx(alone, abs=1e-5)


def test_bare_ground_is_free(classifier: OccupancyClassifier) -> None:
    rng = np.random.default_rng(1)
    ground = np.clip(rng.normal(120, 6, (240, 320, 1)), 0, 255).astype(np.uint8).repeat(3, 2)
    corners = np.array([[100, 100], [160, 104], [180, 160], [110, 150]], np.float64)
    assert classifier(ground, [corners])[0] < 0.3
