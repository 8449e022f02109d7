"""Reading labelled pictures in both formats."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.training.obstacles.classes import CLASSES, COCO_ROWS, class_of
from models.training.obstacles.pictures import parse_text_labels, read_folder


def write_picture(path: Path, width: int = 100, height: int = 50) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((height, width, 3), 90, np.uint8))


@pytest.fixture
def coco_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "street"
    write_picture(folder / "images" / "a.jpg")
    boxes = [
        {"category_id": 1, "bbox": [10, 5, 20, 30], "iscrowd": 0},
        {"category_id": 2, "bbox": [50, 5, 10, 10], "iscrowd": 0},
        {"category_id": 3, "bbox": [0, 0, 40, 10], "iscrowd": 1},
        {"category_id": 3, "bbox": [70, 20, 20, 10], "iscrowd": 0},
        {"category_id": 3, "bbox": [70, 20, 0.4, 10], "iscrowd": 0},
    ]
    content = {
        "images": [{"id": 4, "file_name": "a.jpg", "width": 100, "height": 50, "night": True}],
        "annotations": [{"image_id": 4, **box} for box in boxes],
        "categories": [
            {"id": 1, "name": "person"},
            {"id": 2, "name": "kite"},
            {"id": 3, "name": "truck"},
        ],
    }
    (folder / "instances.json").write_text(json.dumps(content))
    return folder


def test_coco_keeps_our_classes_and_ignores_crowds(coco_folder: Path) -> None:
    (picture,) = read_folder(coco_folder)
    assert picture.name == "street/a"
    assert [CLASSES[index] for index in picture.class_id] == ["person", "heavy_vehicle"]
    np.testing.assert_allclose(picture.boxes, [[10, 5, 30, 35], [70, 20, 90, 30]])
    np.testing.assert_allclose(picture.ignored, [[0, 0, 40, 10]])
    assert picture.is_night
    assert picture.is_exhaustive


def test_text_labels_become_pixels(tmp_path: Path) -> None:
    write_picture(tmp_path / "images" / "night_003.jpg")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "night_003.txt").write_text("1 0.5 0.5 0.2 0.4\n0 0.1 0.1 0.1 0.1\n")
    (tmp_path / "set.json").write_text(json.dumps({"classes": ["kite", "train"]}))
    (picture,) = read_folder(tmp_path, is_exhaustive=False)
    np.testing.assert_allclose(picture.boxes, [[40, 15, 60, 35]], atol=1e-5)
    assert [CLASSES[index] for index in picture.class_id] == ["rail_vehicle"]
    assert picture.is_night
    assert not picture.is_exhaustive


def test_picture_without_labels_has_no_objects(tmp_path: Path) -> None:
    write_picture(tmp_path / "images" / "day_000.png")
    (tmp_path / "set.json").write_text(json.dumps({"classes": ["car"]}))
    (picture,) = read_folder(tmp_path)
    assert picture.boxes.shape == (0, 4)
    assert picture.read().shape == (50, 100, 3)


def test_line_with_missing_field_is_told() -> None:
    with pytest.raises(ValueError, match="5 fields, got 4"):
        parse_text_labels("0 0.5 0.5 0.1", ["car"], 10, 10)


def test_folder_without_labels_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="neither"):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("Motorcycle", "two_wheeler"),
        ("bus", "heavy_vehicle"),
        ("tram", "rail_vehicle"),
        ("dog", "animal"),
        ("traffic light", None),
    ],
)
def test_names_fall_into_our_classes(name: str, ours: str | None) -> None:
    index = class_of(name)
    assert (None if index is None else CLASSES[index]) == ours


def test_every_coco_row_belongs_to_one_class() -> None:
    rows = [row for members in COCO_ROWS for row in members]
    assert len(rows) == len(set(rows)) == 17
