import resource
from pathlib import Path

import numpy as np
import pytest

from models.training.picture_file import read_image, write_image

NOISE = np.random.default_rng(1).integers(0, 256, (64, 96, 3), np.uint8)


def test_a_picture_comes_back_as_it_was_written(tmp_path: Path) -> None:
    write_image(tmp_path / "scene.png", NOISE)
    assert (read_image(tmp_path / "scene.png") == NOISE).all()


def test_a_picture_that_the_disk_has_no_room_for_is_not_there_at_all(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_image(tmp_path / "scene.jpg", NOISE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "scene.jpg").exists()


def test_a_picture_that_is_cut_off_trains_nothing(tmp_path: Path) -> None:
    write_image(tmp_path / "scene.jpg", NOISE)
    cut = tmp_path / "cut.jpg"
    cut.write_bytes((tmp_path / "scene.jpg").read_bytes()[:2000])
    with pytest.raises(FileNotFoundError, match=r"no readable picture at .*cut\.jpg"):
        read_image(cut)
