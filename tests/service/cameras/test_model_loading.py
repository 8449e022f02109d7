"""A model's name or path leads to what its mission needs."""

import shutil
from pathlib import Path

import pytest

from models.catalogue import EMBEDDED_DIR
from models.errors import ModelError
from models.precision import Precision
from models.session import Provider
from models.spec import Task
from service.cameras.model_loading import load_detector, load_spot_classifier, open_model
from streams.source import open_source
from vision.boxes import iou_matrix
from vision.parking.closer_looks import CloserLooks
from vision.parking.detected_occupancy import DetectedOccupancy
from vision.parking.occupancy import OccupancyClassifier

CLIP = Path(__file__).parents[3] / "sample_videos" / "lot_day.mp4"


def test_without_a_name_the_embedded_networks_are_loaded() -> None:
    looks = load_spot_classifier()
    assert isinstance(looks, CloserLooks)
    assert looks.vehicles is not None
    assert "person" in load_detector().class_names


def test_a_detector_named_for_parking_tells_spots_by_its_boxes() -> None:
    assert isinstance(load_spot_classifier("wayside-obstacles"), DetectedOccupancy)


def test_a_path_to_an_occupancy_network_is_known_by_its_input(tmp_path: Path) -> None:
    own = tmp_path / "mine.onnx"
    shutil.copy(EMBEDDED_DIR / "wayside_parking.onnx", own)
    with own.open("ab") as file:
        file.write(b"\x72\x00")  # an empty metadata entry: another file, the same network
    assert isinstance(load_spot_classifier(str(own)), OccupancyClassifier)


def test_an_occupancy_network_is_no_detector() -> None:
    with pytest.raises(ModelError, match="wayside-parking"):
        load_detector("wayside-parking")


def test_a_threshold_may_be_given() -> None:
    assert load_detector(confidence=0.15).confidence == 0.15


def test_the_embedded_detector_takes_every_shape_unless_a_size_is_given() -> None:
    free, spec = open_model(None, Task.OBSTACLES)
    assert (free.inputs[0].shape[2:], spec.follows_shape) == ((None, None), True)
    square, spec = open_model(None, Task.OBSTACLES, input_size=(352, 352))
    assert (square.inputs[0].shape[2:], spec.follows_shape) == ((352, 352), False)


def test_openvino_sees_what_onnxruntime_sees() -> None:
    from tests.builders import make_picture

    picture = make_picture()
    ours, theirs = (
        load_detector(confidence=0.05, provider=provider)(picture)
        for provider in (Provider.CPU, Provider.OPENVINO)
    )
    assert len(ours) == len(theirs)
    assert abs(ours.confidence - theirs.confidence).max(initial=0) < 1e-3


def test_brain_floats_see_what_floats_see() -> None:
    with open_source(CLIP) as source:
        picture = next(iter(source)).image
    floats = load_detector(confidence=0.5)(picture)
    near = load_detector(confidence=0.45, precision=Precision.BFLOAT16)(picture)
    assert len(floats) > 5
    assert iou_matrix(floats.xyxy, near.xyxy).max(axis=1).min() > 0.9
