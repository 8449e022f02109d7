"""A detector that says what it is told is judged on sets of two pictures."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.spec import ModelSpec, Task
from service.evaluate.errors import LabelledSetError
from service.evaluate.labelled_obstacles import read_obstacle_set
from service.evaluate.obstacles import ObstacleReport, evaluate_obstacles
from tests.networks import ScriptedNetwork
from vision.detector import Detector

PERSON = [10, 10, 30, 50]
CAR = [40, 30, 60, 50]


def write_coco(folder: Path, annotations: list[dict[str, object]]) -> Path:
    (folder / "images").mkdir()
    cv2.imwrite(str(folder / "images" / "a.jpg"), np.zeros((64, 64, 3), np.uint8))
    entries = [
        {"id": index, "image_id": 1, "iscrowd": 0} | annotation
        for index, annotation in enumerate(annotations, start=1)
    ]
    content = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 64}],
        "categories": [
            {"id": 1, "name": "person"},
            {"id": 3, "name": "car"},
            {"id": 6, "name": "bus"},
        ],
        "annotations": entries,
    }
    (folder / "instances.json").write_text(json.dumps(content))
    return folder


def label(xyxy: list[int], category_id: int, **more: object) -> dict[str, object]:
    size = [xyxy[2] - xyxy[0], xyxy[3] - xyxy[1]]
    return {"bbox": [*xyxy[:2], *size], "category_id": category_id} | more


def judge(
    folder: Path, *found: list[float], classes: tuple[str, ...] = ("person", "car")
) -> ObstacleReport:
    raw = np.zeros((1, 300, 6), np.float32)
    raw[0, : len(found)] = np.array(found, np.float32).reshape(-1, 6)
    spec = ModelSpec("said", "said.onnx", Task.OBSTACLES, class_names=classes, confidence=0.5)
    detector = Detector(ScriptedNetwork({"output0": raw}), spec)
    return evaluate_obstacles(read_obstacle_set(folder), detector)


def test_everything_found_and_nothing_invented(tmp_path: Path) -> None:
    report = judge(
        write_coco(tmp_path, [label(PERSON, 1), label(CAR, 3)]), [*PERSON, 0.9, 0], [*CAR, 0.8, 1]
    )
    assert report.ap == pytest.approx(1.0, abs=1e-3)
    assert (report.person.recall, report.person.precision, report.person.n) == (1, 1, 1)
    assert (report.vehicle.recall, report.vehicle.precision) == (1, 1)


def test_a_second_box_on_one_person_is_an_invention(tmp_path: Path) -> None:
    report = judge(
        write_coco(tmp_path, [label(PERSON, 1)]), [*PERSON, 0.9, 0], [11, 11, 30, 50, 0.8, 0]
    )
    assert (report.person.recall, report.person.precision) == (1, 0.5)


def test_below_the_models_own_threshold_nothing_is_found(tmp_path: Path) -> None:
    report = judge(write_coco(tmp_path, [label(PERSON, 1)]), [*PERSON, 0.4, 0])
    assert (report.person.recall, report.person.precision) == (0, 0)
    assert report.person.ap50 == pytest.approx(1.0, abs=1e-3)


def test_a_crowd_excuses_what_is_found_in_it_and_is_not_missed(tmp_path: Path) -> None:
    crowd = label([0, 0, 64, 64], 1, iscrowd=1)
    report = judge(
        write_coco(tmp_path, [crowd, label(PERSON, 1)]), [*PERSON, 0.9, 0], [*CAR, 0.9, 0]
    )
    assert (report.person.recall, report.person.precision, report.person.n) == (1, 1, 1)


def test_a_bus_called_heavy_vehicle_is_right_in_both_figures(tmp_path: Path) -> None:
    folder = write_coco(tmp_path, [label(CAR, 6)])
    report = judge(folder, [*CAR, 0.9, 1], classes=("person", "heavy_vehicle"))
    assert report.ap50 == pytest.approx(1.0, abs=1e-3)
    assert report.vehicle.recall == 1


def test_labels_as_text_files_give_the_same(tmp_path: Path) -> None:
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.png"), np.zeros((64, 64, 3), np.uint8))
    (tmp_path / "labels" / "a.txt").write_text("1 0.3125 0.46875 0.3125 0.625\n")
    (tmp_path / "set.json").write_text(json.dumps({"classes": ["bus", "person"]}))
    (picture,) = read_obstacle_set(tmp_path).pictures
    np.testing.assert_allclose(picture.xyxy, [PERSON], atol=1e-4)
    assert judge(tmp_path, [*PERSON, 0.9, 0]).person.recall == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [
        pytest.param({}, "is no labelled obstacle set", id="an empty folder"),
        pytest.param({"instances.json": "{"}, "is no JSON", id="broken JSON"),
        pytest.param({"instances.json": "{}"}, "categories: Field required", id="another JSON"),
        pytest.param(
            {"set.json": '{"classes": ["bus"]}', "labels/a.txt": "7 0 0 1 1"},
            "class below 1",
            id="a class that is not listed",
        ),
        pytest.param(
            {"set.json": '{"classes": ["bus"]}', "labels/a.txt": "bus here"},
            "wanted lines of class cx cy w h",
            id="words",
        ),
        *(
            pytest.param(
                {"set.json": '{"classes": ["bus"]}', "labels/a.txt": f"0 .5 .5 1 1\n\n{line}"},
                rf"a\.txt:3: wanted .* from 0 to 1, got '{line}'",
                id=why,
            )
            for why, line in (
                ("no number", "0 nan 0.5 0.2 0.2"),
                ("px", "0 300 200 50 50"),
                ("negative width", "0 0.5 0.5 -0.2 0.2"),
                ("negative class", "-1 0.5 0.5 0.2 0.2"),
                ("half a class", "0.5 0.5 0.5 0.2 0.2"),
                ("two labels in one line", "0 0.5 0.5 0.2 0.2 0 0.5 0.5 0.2 0.2"),
            )
        ),
        pytest.param(
            {"set.json": '{"classes": {"0": "car"}}', "labels/a.txt": ""},
            "set.json: classes: Input should be a valid list, got {'0': 'car'}",
            id="classes as a mapping",
        ),
        pytest.param(
            {"set.json": '{"classes": 5}', "labels/a.txt": ""},
            "classes: Input should be a valid list, got 5",
            id="classes as a number",
        ),
        pytest.param(
            {"set.json": '{"classes": ["bus"]}', "labels/a.txt": ""},
            "no picture has a labelled obstacle",
            id="nothing labelled",
        ),
        pytest.param({"instances.json": "[1]"}, r"file: Input .*, got \[1\]", id="a list"),
    ],
)
def test_a_folder_that_is_no_set_is_named(tmp_path: Path, files: dict[str, str], said: str) -> None:
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.png"), np.zeros((8, 8, 3), np.uint8))
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    with pytest.raises(LabelledSetError, match=said):
        read_obstacle_set(tmp_path)


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        pytest.param(
            label(PERSON, 1, bbox=[10, 10, -20, 5]),
            "annotations.0.bbox: width and height must not be negative",
            id="negative width",
        ),
        pytest.param(
            label(PERSON, 1, bbox=[10, 10, None, 5]),
            r"annotations.0.bbox.2: .*, got None",
            id="null",
        ),
        pytest.param(label(PERSON, 99), "annotations.0: wanted a category_id", id="no category"),
    ],
)
def test_a_bad_coco_label_is_named(
    tmp_path: Path, annotation: dict[str, object], said: str
) -> None:
    with pytest.raises(LabelledSetError, match=said):
        read_obstacle_set(write_coco(tmp_path, [annotation]))


def test_labels_a_hair_beyond_the_picture_are_fine(tmp_path: Path) -> None:
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.png"), np.zeros((64, 64, 3), np.uint8))
    (tmp_path / "labels" / "a.txt").write_text("0 0.5 0.5 1.01 0.2\n0 -0.001 0.5 0.2 0.2\n")
    (tmp_path / "set.json").write_text(json.dumps({"classes": ["bus"]}))
    (picture,) = read_obstacle_set(tmp_path).pictures
    assert picture.names == ("bus", "bus")


def test_a_detector_that_knows_nothing_of_the_set_has_no_figures(tmp_path: Path) -> None:
    folder = write_coco(tmp_path, [label(PERSON, 7)])
    content = (folder / "instances.json").read_text()
    zebra = '{"id": 7, "name": "zebra"}, {"id": 1,'
    (folder / "instances.json").write_text(content.replace('{"id": 1, "name"', f'{zebra} "name"'))
    with pytest.raises(LabelledSetError, match=r"said finds none of what is labelled \(zebra\)"):
        judge(folder)


def test_a_damaged_picture_is_named(tmp_path: Path) -> None:
    folder = write_coco(tmp_path, [label(PERSON, 1)])
    (folder / "images" / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(LabelledSetError, match=r"a\.jpg is missing or no whole picture"):
        judge(folder)
