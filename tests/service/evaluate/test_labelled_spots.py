import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.evaluate.errors import LabelledSetError
from service.evaluate.labelled_spots import read_spot_set
from tests.spot_sets import write_spot_set


def test_frames_come_with_their_outlines_and_labels(tmp_path: Path) -> None:
    folder = write_spot_set(
        tmp_path / "set",
        [{"occupied": [1, 0], "white": [0], "conditions": "rain", "site": "not of the contract"}],
        spots=2,
    )
    (frame,) = read_spot_set(folder).frames
    assert frame.spot_ids == ("0", "1")
    assert frame.is_occupied.tolist() == [True, False]
    assert frame.polygons[1][0].tolist() == [20, 0]
    assert frame.conditions == "rain"
    assert frame.captured_at is None
    assert frame.read().shape == (20, 40, 3)


def test_frame_may_label_some_spots_only(tmp_path: Path) -> None:
    folder = write_spot_set(tmp_path / "set", [{"occupied": [1], "white": []}], spots=4)
    assert read_spot_set(folder).frames[0].spot_ids == ("0",)


def drop_camera(content: dict[str, Any]) -> None:
    content["spots"] = {}


def flatten_outline(content: dict[str, Any]) -> None:
    content["spots"]["c"]["0"] = [[0, 0], [1, 1], [2, 2]]


def label_with_two(content: dict[str, Any]) -> None:
    content["frames"][0]["occupied"]["0"] = 2


def empty_frames(content: dict[str, Any]) -> None:
    content["frames"] = []


def drop_frames(content: dict[str, Any]) -> None:
    del content["frames"]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (drop_camera, "frame 0 labels spot 0, which camera c has no outline of"),
        (flatten_outline, "spot 0 of camera c has no area"),
        (label_with_two, "frames.0.occupied.0: Input should be less than or equal to 1"),
        (empty_frames, "no frame has a labelled spot"),
        (drop_frames, "frames: Field required"),
    ],
)
def test_faults_are_named(
    tmp_path: Path, spoil: Callable[[dict[str, Any]], None], message: str
) -> None:
    folder = write_spot_set(tmp_path / "set", [{"occupied": [1, 0], "white": [0]}])
    content = json.loads((folder / "set.json").read_text())
    spoil(content)
    (folder / "set.json").write_text(json.dumps(content))
    with pytest.raises(LabelledSetError, match=message):
        read_spot_set(folder)


def test_other_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelledSetError, match=r"no labelled parking set: it has no set\.json"):
        read_spot_set(tmp_path)


def test_text_that_is_no_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "set.json").write_text("spots:")
    with pytest.raises(LabelledSetError, match=r"set\.json is no JSON"):
        read_spot_set(tmp_path)


def test_missing_picture_is_named(tmp_path: Path) -> None:
    folder = write_spot_set(tmp_path / "set", [{"occupied": [1, 0], "white": [0]}])
    (folder / "frames" / "0.png").unlink()
    with pytest.raises(LabelledSetError, match=r"0\.png is missing or no whole picture"):
        read_spot_set(folder).frames[0].read()
