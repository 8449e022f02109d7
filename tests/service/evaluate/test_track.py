"""A network that takes bright pixels for track is judged on sets of small pictures."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from service.evaluate.errors import LabelledSetError
from service.evaluate.labelled_track import read_track_set
from service.evaluate.track import TrackReport, evaluate_track
from tests.track_networks import SIZE_PX, bright_track_reader

WIDTH, HEIGHT = SIZE_PX
LEFT, RIGHT = slice(0, WIDTH // 2), slice(WIDTH // 2, None)
RED, WHITE = (0, 0, 255), (255, 255, 255)


def write_set(folder: Path, kind: str, **frames: tuple[slice | None, slice | None, int]) -> Path:
    """Pictures by name: which part is bright, which part the mask marks, and with what value."""
    for part in ("images", kind):
        (folder / part).mkdir()
    for name, (bright, marked, value) in frames.items():
        image, mask = np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.zeros((HEIGHT, WIDTH), np.uint8)
        if bright is not None:
            image[:, bright] = RED
        if marked is not None:
            mask[:, marked] = value
        cv2.imwrite(str(folder / "images" / f"{name}.png"), image)
        cv2.imwrite(str(folder / kind / f"{name}.png"), mask)
    return folder


def judge(folder: Path) -> TrackReport:
    return evaluate_track(read_track_set(folder), bright_track_reader())


@pytest.mark.parametrize(
    ("kind", "value"), [("ego_track", 255), ("track", 1), ("masks", 3), ("masks", 17)]
)
def test_track_found_where_it_is(tmp_path: Path, kind: str, value: int) -> None:
    report = judge(write_set(tmp_path, kind, a=(LEFT, LEFT, value)))
    assert report.to_json() == {"iou": 1.0, "mean_iou": 1.0, "worst_tenth_iou": 1.0, "n": 1}


def test_pixels_count_together_and_pictures_alike(tmp_path: Path) -> None:
    whole = slice(None)
    report = judge(write_set(tmp_path, "track", a=(LEFT, LEFT, 1), b=(LEFT, whole, 1)))
    assert report.score.iou == pytest.approx(2 / 3, abs=0.02)
    assert report.score.mean_iou == pytest.approx(0.75, abs=0.02)
    assert report.score.worst_tenth_iou == pytest.approx(0.5, abs=0.02)


def test_no_track_and_none_found_is_right(tmp_path: Path) -> None:
    assert judge(write_set(tmp_path, "track", a=(None, None, 1))).score.mean_iou == 1.0


def test_own_track_is_judged_by_its_own_channel(tmp_path: Path) -> None:
    folder = write_set(tmp_path, "ego_track", a=(LEFT, LEFT, 255))
    image = cv2.imread(str(folder / "images" / "a.png"))
    image[:, RIGHT] = (255, 0, 0)  # track, not the own one
    cv2.imwrite(str(folder / "images" / "a.png"), image)
    assert judge(folder).score.iou == pytest.approx(1.0, abs=0.04)


def test_what_nobody_labelled_counts_neither_way(tmp_path: Path) -> None:
    folder = write_set(tmp_path, "masks", a=(slice(None), LEFT, 12))
    mask = cv2.imread(str(folder / "masks" / "a.png"), cv2.IMREAD_UNCHANGED)
    mask[:, RIGHT] = 255
    cv2.imwrite(str(folder / "masks" / "a.png"), mask)
    assert judge(folder).score.iou == 1.0


def test_a_frame_without_mask_is_passed_over(tmp_path: Path) -> None:
    folder = write_set(tmp_path, "track", a=(LEFT, LEFT, 1), b=(LEFT, RIGHT, 1))
    (folder / "track" / "b.png").unlink()
    assert judge(folder).score.n == 1


def test_videos_and_listed_tram_frames_are_also_judged_apart(tmp_path: Path) -> None:
    folder = write_set(
        tmp_path, "masks", day_001=(LEFT, LEFT, 3), night_001=(LEFT, RIGHT, 3), x=(LEFT, LEFT, 3)
    )
    (folder / "meta.json").write_text(json.dumps({"tram_track_frames": ["x"]}))
    by = judge(folder).by
    assert {name: score.n for name, score in by.items()} == {"day": 1, "night": 1, "tram": 1}
    assert by["night"].iou == pytest.approx(0, abs=0.04)


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(np.full((1, 1), 255, np.uint8), id="one pixel"),
        pytest.param(np.full((20, 30), 255, np.uint8), id="grey"),
        pytest.param(np.full((20, 30, 3), 65535, np.uint16), id="16-bit"),
        pytest.param(np.full((20, 30, 4), 255, np.uint8), id="alpha"),
        pytest.param(np.full((10, 8000, 3), 255, np.uint8), id="8,000 px wide"),
    ],
)
def test_odd_pictures_are_read_like_any_other(tmp_path: Path, picture: np.ndarray) -> None:
    folder = write_set(tmp_path, "track")
    cv2.imwrite(str(folder / "images" / "odd.png"), picture)
    cv2.imwrite(str(folder / "track" / "odd.png"), np.ones(picture.shape[:2], np.uint8))
    assert judge(folder).score.iou == 1.0


def test_a_folder_without_masks_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelledSetError, match="no labelled track set: wanted images/ and one of"):
        read_track_set(tmp_path)


def test_masks_that_fit_no_picture_are_named(tmp_path: Path) -> None:
    folder = write_set(tmp_path, "track", a=(LEFT, LEFT, 1))
    (folder / "images" / "a.png").rename(folder / "images" / "b.png")
    with pytest.raises(LabelledSetError, match="no mask for any picture"):
        read_track_set(folder)


def test_a_mask_of_another_size_is_named_with_both_sizes(tmp_path: Path) -> None:
    folder = write_set(tmp_path, "track", a=(LEFT, LEFT, 1))
    cv2.imwrite(str(folder / "track" / "a.png"), np.zeros((3, 5), np.uint8))
    with pytest.raises(LabelledSetError, match="is 5x3, its picture 64x32"):
        judge(folder)


def test_a_damaged_list_of_tram_frames_is_named(tmp_path: Path) -> None:
    folder = write_set(tmp_path, "masks", a=(LEFT, LEFT, 3))
    (folder / "meta.json").write_text("{")
    with pytest.raises(LabelledSetError, match="is no JSON"):
        read_track_set(folder)
