import json
import zipfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.training.faults import WrongSettings
from models.training.parking.ground_paint import paint_markings
from models.training.parking.settings import SetNames
from models.training.parking.spot_patches import (
    PATCH_PX,
    PatchRow,
    cut_patch,
    load_patches,
    parking_rows,
    save_patches,
    vehicles_of_place,
)
from models.training.parking.street_spots import FREE_OVERLAP, street_rows
from tests.spot_sets import write_spot_set

SETS = SetNames(outlined=("acpds",), cut_out=(), streets=())
OUTLINE = np.array([[40, 40], [80, 42], [90, 70], [35, 66]], np.float64)


def test_patches_come_back_as_they_were_kept(tmp_path: Path) -> None:
    picture, polygon = cut_patch(np.full((100, 120, 3), 50, np.uint8), OUTLINE)
    five = np.vstack([polygon, [[1, 1]]])
    rows = [
        PatchRow(picture, polygon, 1, "a", "x", True), PatchRow(picture, five, 0, "b", "y", False)
    ]  # fmt: skip
    assert load_patches(SETS, tmp_path) is None
    save_patches(rows, SETS, tmp_path)
    kept = load_patches(SETS, tmp_path)
    assert kept is not None
    assert [len(polygon) for polygon in kept.polygons] == [4, 5]
    assert kept.occupied.tolist() == [1, 0]
    assert (kept.pictures[0] == picture).all()
    assert kept.sites.tolist() == ["x", "y"]
    assert vehicles_of_place(kept, 0).tolist() == [0]
    assert load_patches(replace(SETS, outlined=("acpds", "our_lots")), tmp_path) is None


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
        parking_rows(tmp_path, SETS)


def test_a_damaged_picture_is_told_by_its_path(tmp_path: Path) -> None:
    folder = write_spot_set(tmp_path / "acpds", [{"occupied": [1], "white": []}])
    (folder / "frames" / "0.png").write_bytes(b"no picture")
    with pytest.raises(FileNotFoundError, match=r"no readable picture at .*acpds/frames/0\.png"):
        parking_rows(tmp_path, SETS)


def write_archive(path: Path, names: list[str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, cv2.imencode(".jpg", np.full((60, 60, 3), 90, np.uint8))[1])


def test_cut_outs_tell_camera_and_state_by_their_folders(tmp_path: Path) -> None:
    write_archive(tmp_path / "ours.zip", ["north/busy/1.jpg", "north/free/1.jpg"])
    rows = parking_rows(tmp_path, SetNames((), ("ours",), ()))
    assert [(row.source, row.site, row.occupied) for row in rows] == [
        ("ours", "ours_north", 1), ("ours", "ours_north", 0)
    ]  # fmt: skip
    assert not any(row.is_outlined for row in rows)


@pytest.mark.parametrize("name", ["north/taken/1.jpg", "busy.jpg"])
def test_a_cut_out_of_no_known_state_is_refused(tmp_path: Path, name: str) -> None:
    write_archive(tmp_path / "ours.zip", [name])
    with pytest.raises(WrongSettings, match=rf"camera/free/… or camera/busy/…, got {name} in"):
        parking_rows(tmp_path, SetNames((), ("ours",), ()))


def test_a_damaged_cut_out_is_told_by_its_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ours.zip", "w") as archive:
        archive.writestr("north/busy/1.jpg", b"no picture")
    with pytest.raises(FileNotFoundError, match=r"no readable picture at .*ours\.zip/north/busy/1"):
        parking_rows(tmp_path, SetNames((), ("ours",), ()))


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
    sets = SetNames((), (), streets=("coco_train", "street_clean", "our_streets"))
    for name in sets.streets:
        write_street_set(tmp_path / name, [car, dog, hidden])
    rows = street_rows(tmp_path, sets)
    occupied = [row for row in rows if row.occupied]
    assert len(occupied) == 3  # the whole car of each set: no dog, no uncertain region
    assert len(rows) > len(occupied)
    assert FREE_OVERLAP < 0.1
    assert {row.site for row in rows} == set(sets.streets)
