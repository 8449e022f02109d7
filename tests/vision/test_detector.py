from dataclasses import replace

import numpy as np
import pytest

from models.errors import UnsuitableModel
from models.spec import ModelSpec, Task
from tests.networks import ScriptedNetwork
from vision.detector import Detector

SPEC = ModelSpec(name="scripted", file="scripted.onnx", task=Task.OBSTACLES, confidence=0.5)


def end_to_end(*rows: list[float]) -> dict[str, np.ndarray]:
    raw = np.zeros((1, 300, 6), np.float32)
    raw[0, : len(rows)] = np.array(rows, np.float32).reshape(-1, 6)
    return {"output0": raw}


def yolov8(*columns: list[float]) -> dict[str, np.ndarray]:
    raw = np.zeros((1, 6, 84), np.float32)
    raw[0, :, : len(columns)] = np.array(columns, np.float32).reshape(-1, 6).T
    return {"output0": raw}


def test_boxes_are_px_of_the_picture_that_came() -> None:
    detector = Detector(ScriptedNetwork(end_to_end([16, 24, 32, 40, 0.9, 2])), SPEC)
    found = detector(np.zeros((64, 128, 3), np.uint8))  # letterboxed: half size, 16 px above
    np.testing.assert_allclose(found.xyxy, [[32, 16, 64, 48]])
    assert detector.class_names[found.class_id[0]] == "car"


def test_boxes_never_leave_the_picture() -> None:
    detector = Detector(ScriptedNetwork(end_to_end([-9, -9, 99, 99, 0.9, 0])), SPEC)
    assert detector(np.zeros((64, 64, 3), np.uint8)).xyxy.tolist() == [[0, 0, 64, 64]]


def test_what_lies_in_the_padding_only_is_no_object() -> None:
    detector = Detector(ScriptedNetwork(end_to_end([0, 0, 64, 15, 0.9, 0])), SPEC)
    assert len(detector(np.zeros((64, 128, 3), np.uint8))) == 0


def test_numbers_that_overflowed_are_no_objects() -> None:
    detector = Detector(ScriptedNetwork(end_to_end([np.nan, 0, 9, 9, 0.9, 0])), SPEC)
    assert len(detector(np.zeros((64, 64, 3), np.uint8))) == 0


def test_threshold_and_suppression_are_the_specs() -> None:
    twice = [[32, 32, 20, 20, 0.9, 0], [33, 32, 20, 20, 0.8, 0], [10, 10, 8, 8, 0.4, 0]]
    detector = Detector(ScriptedNetwork(yolov8(*twice)), replace(SPEC, class_names=("a", "b")))
    np.testing.assert_allclose(detector(np.zeros((64, 64, 3), np.uint8)).confidence, [0.9])


def test_a_van_is_not_found_as_car_and_as_truck() -> None:
    van = [[32, 32, 20, 20, 0.9, 0, 0], [33, 32, 20, 20, 0, 0.8, 0], [32, 32, 20, 20, 0, 0, 0.7]]
    raw = np.zeros((1, 7, 84), np.float32)
    raw[0, :, :3] = np.array(van, np.float32).T
    names = ("car", "truck", "person")
    spec = replace(SPEC, class_names=names, one_object=(("car", "truck"),))
    found = Detector(ScriptedNetwork({"output0": raw}), spec)(np.zeros((64, 64, 3), np.uint8))
    assert [names[i] for i in found.class_id] == ["car", "person"]


def test_channels_are_fed_as_the_family_wants() -> None:
    network = ScriptedNetwork(end_to_end())
    blue = np.zeros((64, 64, 3), np.uint8)
    blue[..., 0] = 255
    Detector(network, SPEC)(blue)
    fed = network.fed[0]["images"]
    assert fed.shape == (1, 3, 64, 64)
    np.testing.assert_allclose(fed[0, :, 0, 0], [0, 0, 1], atol=1e-6)  # RGB between 0 and 1


def test_pictures_go_one_by_one_where_the_network_takes_one() -> None:
    network = ScriptedNetwork(end_to_end([0, 0, 9, 9, 0.9, 0]))
    found = Detector(network, SPEC).detect_batch([np.zeros((64, 64, 3), np.uint8)] * 3)
    assert [len(detections) for detections in found] == [1, 1, 1]
    assert len(network.fed) == 3


FREE = {"images": (None, 3, None, None)}
FOLLOWING = replace(SPEC, input_size=(128, 64), follows_shape=True)


@pytest.mark.parametrize(
    ("spec", "inputs", "fed"),
    [
        pytest.param(FOLLOWING, FREE, (1, 3, 96, 64), id="follows"),
        pytest.param(replace(FOLLOWING, follows_shape=False), FREE, (1, 3, 64, 128), id="stands"),
        pytest.param(
            replace(FOLLOWING, input_size=(64, 64)),
            {"images": (1, 3, 64, 64)},
            (1, 3, 64, 64),
            id="cannot follow",
        ),
    ],
)
def test_a_picture_is_fed_in_its_own_shape_where_the_spec_says_so(
    spec: ModelSpec, inputs: dict[str, tuple[int | None, ...]], fed: tuple[int, ...]
) -> None:
    network = ScriptedNetwork(end_to_end(), inputs=inputs)
    Detector(network, spec)(np.zeros((300, 200, 3), np.uint8))
    assert network.fed[0]["images"].shape == fed


def test_no_picture_shows_nothing_and_runs_nothing() -> None:
    network = ScriptedNetwork(end_to_end(), inputs=FREE)
    assert Detector(network, FOLLOWING).detect_batch([]) == []
    assert not network.fed


def test_boxes_of_pictures_of_several_shapes_are_px_of_each() -> None:
    network = ScriptedNetwork(end_to_end([0, 0, 32, 32, 0.9, 0]), inputs=FREE)
    upright, across = np.zeros((300, 200, 3), np.uint8), np.zeros((200, 300, 3), np.uint8)
    found = Detector(network, FOLLOWING).detect_batch([upright, across])
    np.testing.assert_allclose(found[0].xyxy, [[0, 0, 100, 100]], atol=0.5)
    np.testing.assert_allclose(found[1].xyxy, [[0, 0, 100, 100]], atol=0.5)
    assert [each["images"].shape[2:] for each in network.fed] == [(96, 64), (64, 96)]


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(np.zeros((64, 64), np.uint8), id="grey"),
        pytest.param(np.zeros((64, 64, 4), np.uint8), id="with alpha"),
        pytest.param(np.zeros((64, 64, 3), np.uint16), id="16-bit"),
        pytest.param(np.zeros((0, 64, 3), np.uint8), id="empty"),
    ],
)
def test_a_picture_of_the_wrong_form_is_named(image: np.ndarray) -> None:
    detector = Detector(ScriptedNetwork(end_to_end()), SPEC)
    with pytest.raises(ValueError, match=r"image must be \(H, W, 3\) uint8, got"):
        detector(image)


def test_a_single_pixel_is_a_picture() -> None:
    detector = Detector(ScriptedNetwork(end_to_end()), SPEC)
    assert len(detector(np.zeros((1, 1, 3), np.uint8))) == 0


def test_a_network_without_a_picture_input_is_refused() -> None:
    network = ScriptedNetwork(end_to_end(), inputs={"tokens": (1, 128)})
    with pytest.raises(UnsuitableModel, match=r"no picture input .* got tokens \[1, 128\]"):
        Detector(network, ModelSpec("x", "x.onnx", Task.OBSTACLES, family="yolo-end-to-end"))


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        pytest.param(
            ScriptedNetwork(
                {"output0": np.zeros((1, 56, 84), np.float32)},
                metadata={"task": "pose", "names": "{0: 'person'}"},
            ),
            "scripted is a network for task pose, wanted detect",
            id="poses",
        ),
        pytest.param(
            ScriptedNetwork({"output0": np.zeros((1, 56, 84), np.float32)}),
            r"has 52 classes \(output0 \[1, 56, 84\] float32\), but names for 80, those of COCO",
            id="poses that do not say so",
        ),
        pytest.param(
            ScriptedNetwork(
                {"output": np.zeros((1, 84, 8), np.float32)}, metadata={"names": "['person']"}
            ),
            r"has 3 classes .*, but names for 1",
            id="YOLOX with other names",
        ),
        pytest.param(
            ScriptedNetwork(end_to_end(), input_dtype="float16"),
            r"no picture input \(N, 3, H, W\) float32, got images \[1, 3, 64, 64\] float16",
            id="16-bit floats",
        ),
    ],
)
def test_a_network_that_is_not_made_for_this_is_refused(
    network: ScriptedNetwork, sentence: str
) -> None:
    with pytest.raises(UnsuitableModel, match=sentence):
        Detector(network, SPEC)


def test_a_class_without_a_name_is_refused_when_it_is_told() -> None:
    detector = Detector(ScriptedNetwork(end_to_end([0, 0, 9, 9, 0.9, 300])), SPEC)
    with pytest.raises(UnsuitableModel, match="scripted tells class 300, but names only 80"):
        detector(np.zeros((64, 64, 3), np.uint8))
