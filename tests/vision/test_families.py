"""A user's export is recognised by its own shapes and metadata, or refused with what was seen."""

from collections.abc import Mapping

import numpy as np
import pytest

from models.errors import UnknownFamily
from tests.networks import ScriptedNetwork
from vision.decode import NANODET_STRIDES, YOLOX_STRIDES, grid_cells
from vision.families import class_names_from_metadata, family_of

SIZE = (128, 96)
YOLO_CELLS = grid_cells(SIZE, YOLOX_STRIDES)
NANODET_CELLS = [grid_cells(SIZE, (stride,)) for stride in NANODET_STRIDES]
DEIM_INPUTS = {"images": (None, 3, 96, 128), "orig_target_sizes": (None, 2)}


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


@pytest.mark.parametrize(
    ("outputs", "inputs", "family"),
    [
        pytest.param({"output0": zeros(1, 84, YOLO_CELLS)}, None, "yolov8", id="YOLOv8 or 11"),
        pytest.param({"output0": zeros(1, 5, YOLO_CELLS)}, None, "yolov8", id="one class"),
        pytest.param({"output0": zeros(1, 300, 6)}, None, "yolo-end-to-end", id="YOLO26 or v10"),
        pytest.param({"output": zeros(1, YOLO_CELLS, 85)}, None, "yolox", id="YOLOX"),
        pytest.param({"output": zeros(1, YOLO_CELLS, 6)}, None, "yolox", id="YOLOX, one class"),
        pytest.param(
            {"output": zeros(1, sum(NANODET_CELLS), 112)}, None, "nanodet-plus", id="NanoDet-Plus"
        ),
        pytest.param(
            {"cls": zeros(1, sum(NANODET_CELLS), 80), "reg": zeros(1, sum(NANODET_CELLS), 32)},
            None,
            "nanodet-plus",
            id="NanoDet-Plus in two",
        ),
        pytest.param(
            {f"score{i}": zeros(1, cells, 80) for i, cells in enumerate(NANODET_CELLS)}
            | {f"side{i}": zeros(1, cells, 32) for i, cells in enumerate(NANODET_CELLS)},
            None,
            "picodet",
            id="PicoDet",
        ),
        pytest.param(
            {"labels": zeros(1, 300), "boxes": zeros(1, 300, 4), "scores": zeros(1, 300)},
            DEIM_INPUTS,
            "deim",
            id="DEIM, D-FINE or RT-DETR",
        ),
    ],
)
def test_an_export_is_recognised(
    outputs: Mapping[str, np.ndarray],
    inputs: Mapping[str, tuple[int | None, ...]] | None,
    family: str,
) -> None:
    network = ScriptedNetwork(outputs, inputs=inputs or {"images": (1, 3, 96, 128)})
    assert family_of(network, None, "mine").name == family


def test_a_classifier_is_refused_with_what_was_seen_and_what_is_known() -> None:
    network = ScriptedNetwork({"probabilities": zeros(1, 1000)})
    with pytest.raises(UnknownFamily) as refusal:
        family_of(network, None, "resnet.onnx")
    said = str(refusal.value)
    assert "output probabilities [1, 1000] float32" in said
    assert "input images [1, 3, 64, 64] float32" in said
    assert "yolox" in said


def test_a_family_of_the_manifest_must_be_known() -> None:
    with pytest.raises(UnknownFamily, match="no family 'yolo99'"):
        family_of(ScriptedNetwork({"output": zeros(1)}), "yolo99", "mine")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param("{0: 'person', 1: 'tram'}", ("person", "tram"), id="a mapping"),
        pytest.param("['person', 'tram']", ("person", "tram"), id="a list"),
        pytest.param("__import__('os')", None, id="code is not run"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_class_names_come_from_the_export(names: str, expected: tuple[str, ...] | None) -> None:
    assert class_names_from_metadata({"names": names}) == expected
