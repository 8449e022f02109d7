from pathlib import Path

import cv2
import numpy as np
import pytest

from streams.picture_file import read_picture

GREY_8 = np.full((4, 6), 100, np.uint8)
GREY_16 = np.full((4, 6), 100 * 257, np.uint16)
COLOUR_16 = np.full((4, 6, 3), (10 * 257, 100 * 257, 200 * 257), np.uint16)
CLEAR = np.dstack([np.full((4, 6, 3), (10, 100, 200), np.uint8), np.zeros((4, 6), np.uint8)])


@pytest.mark.parametrize(
    ("picture", "suffix", "bgr"),
    [
        pytest.param(GREY_8, "png", (100, 100, 100), id="grey"),
        pytest.param(GREY_16, "png", (100, 100, 100), id="grey 16 bit"),
        pytest.param(GREY_16, "tiff", (100, 100, 100), id="grey 16 bit tiff"),
        pytest.param(COLOUR_16, "png", (10, 100, 200), id="colour 16 bit"),
        pytest.param(CLEAR, "png", (10, 100, 200), id="alpha, fully clear"),
    ],
)
def test_every_picture_becomes_8_bit_bgr(
    tmp_path: Path, picture: np.ndarray, suffix: str, bgr: tuple[int, int, int]
) -> None:
    path = tmp_path / f"1.{suffix}"
    assert cv2.imwrite(str(path), picture)
    image = read_picture(path)
    assert image is not None
    assert image.shape == (4, 6, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - bgr).max() <= 1


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_a_picture_that_is_cut_off_is_none(tmp_path: Path, suffix: str) -> None:
    whole, cut = tmp_path / f"whole.{suffix}", tmp_path / f"cut.{suffix}"
    noise = np.random.default_rng(1).integers(0, 256, (200, 300, 3), np.uint8)
    assert cv2.imwrite(str(whole), noise)
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    assert read_picture(whole) is not None
    assert read_picture(cut) is None


def test_the_orientation_noted_by_the_camera_is_applied(tmp_path: Path) -> None:
    path = tmp_path / "1.jpg"
    assert cv2.imwrite(str(path), np.zeros((40, 80, 3), np.uint8))
    jpeg = path.read_bytes()
    orientation = (  # EXIF with one entry: orientation 6, to be turned a quarter to the right
        b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    )
    segment = b"\xff\xe1" + (len(orientation) + 2).to_bytes(2, "big") + orientation
    path.write_bytes(jpeg[:2] + segment + jpeg[2:])
    image = read_picture(path)
    assert image is not None
    assert image.shape == (80, 40, 3)
