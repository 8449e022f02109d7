"""What is known of training pictures, and what of them never trains."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from models.training.obstacles.blocks import VALIDATION_SHARE
from models.training.track.augmentation import augment
from models.training.track.pictures import (
    DRAWN,
    PHOTO_SETS,
    holdout,
    photos_to_train,
    read_drawn,
    read_rendered,
    read_tram_line,
    sources,
)
from models.training.track.sample import EVERY, IGNORED, OWN, Sample
from models.training.track.settings import SETTINGS_FILES, read_settings

SETTINGS = read_settings(SETTINGS_FILES[0])


def write_line(shared: Path, frames: int, *, guided: range) -> Path:
    """A tram line of one video; the guide is a strip below the horizon."""
    folder = shared / "data" / "tram" / "tram_line"
    for part in ("images", "ego_track"):
        (folder / part).mkdir(parents=True)
    mask = np.zeros((100, 160), np.uint8)
    mask[66:, 70:90] = 255
    for number in range(frames):
        name = f"day_{number:03d}"
        cv2.imwrite(str(folder / "images" / f"{name}.jpg"), np.zeros((100, 160, 3), np.uint8))
        if number in guided:
            cv2.imwrite(str(folder / "ego_track" / f"{name}.png"), mask)
    return shared


def test_the_last_quarter_judges_and_never_trains(tmp_path: Path):
    train, inner, judged = read_tram_line(write_line(tmp_path, 40, guided=range(40)))
    assert [p.path.stem for p in judged] == [f"day_{n:03d}" for n in range(30, 40)]
    assert len(train) + len(inner) == 30
    assert not set(train) & set(inner)


def test_a_video_without_guides_at_its_end_keeps_its_last_guided_frames_apart(tmp_path: Path):
    train, inner, judged = read_tram_line(write_line(tmp_path, 40, guided=range(20)))
    assert [p.path.stem for p in judged] == [f"day_{n:03d}" for n in range(15, 20)]
    assert all(p.path.stem < "day_015" for p in [*train, *inner])


def test_beyond_a_guides_end_and_on_the_rails_beside_it_nothing_is_known(tmp_path: Path):
    masks = read_tram_line(write_line(tmp_path, 8, guided=range(8)))[0][0].read().masks()
    assert masks[63, 80, OWN] == IGNORED
    assert masks[80, 80].tolist() == [1, 1]
    assert masks[80, 91, OWN] == 0
    assert masks[80, 91, EVERY] == IGNORED
    assert masks[80, 97, EVERY] == 0
    assert masks[10, 80].tolist() == [0, 0]


def test_what_chooses_never_trains_nor_stands_behind_painted_scenes(tmp_path: Path):
    write_line(tmp_path, 40, guided=range(40))
    images = [{"id": n, "file_name": f"{n}.jpg"} for n in range(20)]
    for name in PHOTO_SETS:
        (tmp_path / "data" / name).mkdir()
        content = {"images": images, "categories": [], "annotations": []}
        (tmp_path / "data" / name / "instances.json").write_text(json.dumps(content))
    trains = {p.path for part in sources(tmp_path, tmp_path, []).values() for p in part}
    chooses = {p.path for part in holdout(tmp_path, tmp_path, []).values() for p in part}
    assert any("tram_line" in path.parts for path in trains)
    assert not trains & chooses
    assert not {p.path for p in photos_to_train(tmp_path)} & chooses


LINE_FRAMES = {"day": 118, "night": 118}  # of each video of the tram line


def test_drawn_tracks_are_areas_and_no_picture_is_drawn_twice():
    entries = yaml.safe_load(DRAWN.read_text())
    polygons = [
        p for entry in entries for part in ("tracks", "unknown") for p in entry.get(part, ())
    ]
    assert all(cv2.contourArea(np.array(polygon, np.int32)) > 0 for polygon in polygons)
    names = [(entry["set"], name) for entry in entries for name in entry["pictures"]]
    assert len(names) == len(set(names))


def test_no_frame_that_judges_is_drawn():
    for picture in (p for part in read_drawn(Path()) for p in part if "tram_line" in p.path.parts):
        video, number = picture.path.stem.split("_")
        assert int(number) < LINE_FRAMES[video] * (1 - VALIDATION_SHARE)


def test_a_drawn_picture_knows_its_tracks_and_its_own_only_by_a_guide(tmp_path: Path):
    drawn = tmp_path / "drawn.yaml"
    entry = {
        "set": "tram/tram_line",
        "pictures": ["day_000.jpg", "day_007.jpg"],
        "tracks": [[[60, 70], [100, 70], [100, 99], [60, 99]]],
        "unknown": [[[90, 60], [120, 60], [120, 99], [90, 99]]],
    }
    drawn.write_text(yaml.safe_dump([entry]))
    shared = write_line(tmp_path, 8, guided=range(4))
    guided, alone = (picture.read().masks() for picture in read_drawn(shared, drawn)[0])
    assert guided[80, 80].tolist() == [1, 1]
    assert guided[80, 95].tolist() == [0, 1]
    assert guided[80, 110].tolist() == [0, IGNORED]
    assert alone[80, 80].tolist() == [IGNORED, 1]
    assert alone[80, 20].tolist() == [IGNORED, 0]


def test_what_a_body_may_hide_is_unknown_where_only_the_own_track_is_labelled(tmp_path: Path):
    for part in ("images", "ego_track", "labels"):
        (tmp_path / part).mkdir()
    for number in range(2):
        cv2.imwrite(str(tmp_path / "images" / f"{number}.jpg"), np.zeros((40, 60, 3), np.uint8))
        mask = np.zeros((40, 60), np.uint8)
        mask[20:, 20:40] = 255
        cv2.imwrite(str(tmp_path / "ego_track" / f"{number}.png"), mask)
        label = {"boxes": [{"xyxy": [30, 20, 50, 30]}]}
        (tmp_path / "labels" / f"{number}.json").write_text(json.dumps(label))
    masks = read_rendered(tmp_path)[0][0].read().masks()
    assert masks[25, 35, OWN] == IGNORED
    assert masks[35, 35].tolist() == [1, 1]
    assert masks[35, 5].tolist() == [0, IGNORED]


@pytest.mark.parametrize("number", range(6))
def test_masks_go_with_their_picture_and_outside_of_it_nothing_is_known(number: int):
    image = np.zeros((96, 160, 3), np.uint8)
    own = np.zeros((96, 160), np.bool_)
    own[50:, 70:90] = True
    image[own] = 255
    rng = np.random.default_rng([6, number])
    look = SETTINGS.look
    shown, masks = augment(rng, image, Sample(image, own, own).masks(), (96, 64), look)
    assert shown.shape == (64, 96, 3)
    assert masks.shape == (64, 96, 2)
    assert set(np.unique(masks)) <= {0, 1, IGNORED}
    assert (masks[..., OWN] == 1).any()


def test_a_misspelt_setting_is_named(tmp_path: Path):
    path = tmp_path / "settings.yaml"
    content = SETTINGS_FILES[0].read_text()
    path.write_text(content.replace("warmup_steps", "warm_steps"))
    with pytest.raises(ValueError, match="warm_steps, warmup_steps"):
        read_settings(path)
