import numpy as np
import pytest

from vision.coarsening import coarse_cutout, coarsen, coarsen_boxes


def stripes(width_px: int, height_px: int, period_px: int = 4):
    """Upright black and white stripes, as thin as the strokes of a plate's characters."""
    dark = (np.arange(width_px) // (period_px // 2)) % 2 == 0
    row = np.where(dark, 0, 255).astype(np.uint8)
    return np.repeat(np.tile(row, (height_px, 1))[..., None], 3, axis=2)


def contrast(image) -> int:
    middle = image[:, image.shape[1] // 4 : 3 * image.shape[1] // 4]
    return int(middle.max()) - int(middle.min())


def test_thin_strokes_vanish_from_a_wide_picture():
    coarse = coarsen(stripes(1280, 720))
    assert coarse.shape == (720, 1280, 3)
    assert contrast(coarse) < 10


def test_what_is_as_large_as_a_car_stays():
    image = np.full((720, 1280, 3), 60, np.uint8)
    image[300:400, 500:660] = 220
    coarse = coarsen(image)
    assert coarse[350, 580, 0] == 220
    assert coarse[100, 100, 0] == 60


def test_small_picture_stays_as_it_is():
    image = stripes(320, 180)
    assert np.array_equal(coarsen(image), image)


def test_only_boxes_are_made_coarse():
    image = stripes(640, 360)
    coarsen_boxes(image, np.array([[100, 100, 300, 250], [600, 300, 700, 400]]))
    assert contrast(image[110:240, 110:290]) < 60
    assert np.array_equal(image[:90], stripes(640, 360)[:90])


@pytest.mark.parametrize("size_px", [(1280, 720), (3840, 2160)], ids=["HD", "UHD"])
def test_cutout_is_small_and_keeps_the_outline(size_px):
    width_px, height_px = size_px
    outline = np.array([[0.4, 0.4], [0.6, 0.4], [0.6, 0.7], [0.4, 0.7]]) * size_px
    small, shifted = coarse_cutout(stripes(width_px, height_px), outline, 112)
    assert max(small.shape[:2]) == 112
    assert shifted.min() > 0
    assert (shifted < [small.shape[1], small.shape[0]]).all()
    assert contrast(small) < 60


def test_cutout_at_the_edge_stays_in_the_picture():
    outline = np.array([[0.0, 0.0], [40.0, 0.0], [40.0, 30.0], [0.0, 30.0]])
    small, shifted = coarse_cutout(stripes(320, 180), outline, 112)
    assert small.shape[:2] == (42, 52)
    assert np.array_equal(shifted, outline)
