import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.training.parking.ground_paint import paint_markings
from models.training.parking.spot_patches import (
    PATCH_PX,
    PatchRow,
    cut_patch,
    load_patches,
    parking_rows,
    save_patches,
)
from models.training.parking.street_spots import FREE_OVERLAP, street_rows
from tests.spot_sets import write_spot_set

OUTLINE = np.array([[40, 40], [80, 42], [90, 70], [35, 66]], np.float64)


def test_patches_come_back_as_they_were_kept(tmp_path: Path) -> None:
    picture, polygon = cut_patch(np.full((100, 120, 3), 50, np.uint8), OUTLINE)
    five = np.vstack([polygon, [[1, 1]]])
    rows = [PatchRow(picture, polygon, 1, "a", "x"), PatchRow(picture, five, 0, "b", "y")]
    assert load_patches(tmp_path) is None
    save_patches(rows, tmp_path)
    kept = load_patches(tmp_path)
    assert kept is not None
    assert [len(polygon) for polygon in kept.polygons] == [4, 5]
    assert kept.occupied.tolist() == [1, 0]
    assert (kept.pictures[0] == picture).all()
    assert kept.sites.tolist() == ["x", "y"]


def test_outline_keeps_its_shape_in_the_patch() -> None:
    _, polygon = cut_patch(np.zeros((100, 120, 3), np.uint8), OUTLINE)
    sides = polygon - polygon[0]
    scale = sides[1, 0] / (OUTLINE[1] - OUTLINE[0])[0]
    assert sides == pytest.approx((OUTLINE - OUTLINE[0]) * scale)
    assert polygon.min() > 0
    assert polygon.max() < PATCH_PX


def test_evaluation_set_is_refused(tmp_path: Path) -> None:
    folder = write_spot_set(tmp_path / "acpds", [{"occupied": [1], "white": []}])
    content = json.loads((folder / "set.json").read_text())
    (folder / "set.json").write_text(json.dumps(content | {"role": "evaluate: never train on it"}))
    with pytest.raises(ValueError, match="acpds is for evaluation: it must not be trained on"):
        parking_rows(tmp_path)


def test_a_damaged_picture_is_told_by_its_path(tmp_path: Path) -> None:
    folder = write_spot_set(tmp_path / "acpds", [{"occupied": [1], "white": []}])
    (folder / "frames" / "0.png").write_bytes(b"no picture")
    with pytest.raises(FileNotFoundError, match=r"no readable picture at .*acpds/frames/0\.png"):
        parking_rows(tmp_path)


def test_markings_are_painted_on_free_spots_more_often() -> None:
    patch, polygon = cut_patch(np.full((100, 120, 3), 90, np.uint8), OUTLINE)
    rng = np.random.default_rng(0)

    def painted_share(occupied: bool) -> float:
        seen = [paint_markings(patch, polygon, occupied, rng) for _ in range(300)]
        return float(np.mean([(picture != patch).any() for picture in seen]))

    assert painted_share(False) > 2 * painted_share(True) > 0


def write_street_set(folder: Path, boxes: list[dict[str, object]]) -> None:
    (folder / "images").mkdir(parents=True)
    cv2.imwrite(str(folder / "images" / "1.png"), np.full((240, 320, 3), 99, np.uint8))
    content = {
        "images": [{"id": 1, "file_name": "1.png"}],
        "categories": [{"id": 3, "name": "car"}, {"id": 9, "name": "dog"}],
        "annotations": [{"image_id": 1, "iscrowd": 0} | box for box in boxes],
    }
    (folder / "instances.json").write_text(json.dumps(content))


def test_street_spots_are_free_only_where_no_vehicle_stands(tmp_path: Path) -> None:
    car = {"category_id": 3, "bbox": [100, 100, 90, 60]}
    dog = {"category_id": 9, "bbox": [10, 100, 50, 60]}
    hidden = {"category_id": 3, "bbox": [200, 150, 60, 40], "iscrowd": 1}
    for name in ("coco_train", "street_clean", "street_openimages"):
        write_street_set(tmp_path / name, [car, dog, hidden])
    rows = street_rows(tmp_path)
    occupied = [row for row in rows if row.occupied]
    assert len(occupied) == 3  # the whole car of each set: no dog, no uncertain region
    assert len(rows) > len(occupied)
    assert FREE_OVERLAP < 0.1
    assert {row.site for row in rows} == {"coco_train", "street_clean", "street_openimages"}
