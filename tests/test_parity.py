"""Every decoder gives the published accuracy of a network of its family."""

from pathlib import Path

import pytest

from models.catalogue import Catalogue
from models.session import open_network
from service.evaluate.labelled_obstacles import read_obstacle_set
from service.evaluate.obstacles import evaluate_obstacles
from vision.detector import Detector

PUBLISHED_AP = {  # ../shared/README.md, on coco_val310
    "deimv2-femto": 33.1,
    "nanodet-plus-m-416": 33.1,
    "nanodet-plus-m-640": 29.5,
    "picodet-s-416": 32.7,
    "yolox-nano-416": 28.4,
    "yolov8n-640": 36.6,
}


@pytest.mark.needs("shared")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", PUBLISHED_AP)
def test_average_precision_is_the_published_one(name: str, shared: Path) -> None:
    found = Catalogue.load(folders=[shared / "weights"]).find(name)
    network = open_network(found.path, input_size=found.spec.input_size)
    labelled = read_obstacle_set(shared / "data" / "coco_val310")
    report = evaluate_obstacles(labelled, Detector(network, found.spec))
    assert 100 * report.ap == pytest.approx(PUBLISHED_AP[name], abs=0.5)
