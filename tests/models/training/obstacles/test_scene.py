"""Boxes go where their pixels go, and spoilt pictures stay pictures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.training.obstacles.classes import CLASSES
from models.training.obstacles.cutouts import Cutout, cut_out, place
from models.training.obstacles.light import blur, compress, fog, lamps, night, noise, rain, shrink
from models.training.obstacles.pictures import Picture
from models.training.obstacles.scene import Zoom, draw_matrix, mosaic, warp

PERSON = CLASSES.index("person")
ZOOM = Zoom(least=0.8, most=1.6, aspect=1.3, plain_share=0.2)


def make_scene() -> tuple[np.ndarray, Picture]:
    """A dark picture with one bright object, and its truth."""
    image = np.full((120, 200, 3), 20, np.uint8)
    image[40:80, 90:110] = 250
    box = np.array([[90, 40, 110, 80]], np.float32)
    return image, Picture(Path("a_1.jpg"), "set", 200, 120, box, np.array([PERSON]))


@pytest.mark.parametrize("seed", range(12))
def test_box_follows_the_object(seed: int) -> None:
    rng = np.random.default_rng(seed)
    image, picture = make_scene()
    matrix = draw_matrix(picture, 96, 160, ZOOM, rng)
    canvas, moved = warp(image, picture, matrix, 96, 160)
    assert canvas.shape == (96, 160, 3)
    for x0, y0, x1, y1 in moved.boxes:
        rows, columns = np.nonzero(canvas[..., 0] > 180)
        seen = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        np.testing.assert_allclose(seen, (x0, y0, x1, y1), atol=2)


@pytest.mark.parametrize("matrix", [
    pytest.param(((1.0, 0, 0), (0, 1.0, 0)), id="as it is"),
    pytest.param(((-1.0, 0, 200), (0, 1.0, 0)), id="mirrored"),
    pytest.param(((-0.5, 0, 150), (0, 0.5, 9)), id="mirrored and small"),
    pytest.param(((1.6, 0, -60), (0, 1.6, -40)), id="large"),
])  # fmt: skip
def test_middle_of_the_object_stays_in_the_middle_of_its_box(matrix: tuple) -> None:
    canvas, moved = warp(*make_scene(), np.array(matrix), 120, 200)
    bright = np.clip(canvas[..., 0].astype(float) - 120, 0, None)  # brighter than the border
    rows, columns = np.indices(bright.shape) + 0.5
    seen = np.average(columns, weights=bright), np.average(rows, weights=bright)
    x0, y0, x1, y1 = moved.boxes[0]
    assert seen == pytest.approx(((x0 + x1) / 2, (y0 + y1) / 2), abs=0.05)


def test_object_mostly_outside_is_ignored_not_taught() -> None:
    image, picture = make_scene()
    shift = np.array(((1.0, 0, -105.0), (0, 1.0, 0)))
    _, moved = warp(image, picture, shift, 120, 200)
    assert len(moved.boxes) == 0
    np.testing.assert_allclose(moved.ignored, [[0, 40, 5, 80]])


def test_mosaic_of_four_keeps_boxes_inside() -> None:
    rng = np.random.default_rng(3)
    parts = [make_scene() for _ in range(4)]
    parts[2] = (parts[2][0], replace(parts[2][1], is_exhaustive=False))
    canvas, picture = mosaic(parts, 96, 160, ZOOM, rng)
    assert canvas.shape == (96, 160, 3)
    assert 1 <= len(picture.boxes) <= 4
    assert (picture.boxes >= 0).all()
    assert (picture.boxes <= (160, 96, 160, 96)).all()
    assert not picture.is_exhaustive


def test_cutout_is_found_and_set_elsewhere() -> None:
    image, picture = make_scene()
    image = np.random.default_rng(0).normal(image, 3).clip(0, 255).astype(np.uint8)
    cutout = cut_out(image, np.array((85.0, 38.0, 115.0, 82.0)), PERSON)
    assert cutout is not None
    rng = np.random.default_rng(1)
    placed, truth = place(image, picture, [cutout], rng)
    assert len(truth.boxes) == 2
    x0, y0, x1, y1 = truth.boxes[1].astype(int)
    assert np.abs(placed[y0:y1, x0:x1].astype(int) - image[y0:y1, x0:x1]).max() > 20
    assert len(picture.boxes) == 1


def test_cutouts_do_not_hide_what_is_there() -> None:
    image, picture = make_scene()
    everywhere = replace(picture, boxes=np.array([[0, 0, 200, 120]], np.float32))
    cutout = Cutout(np.zeros((20, 10, 3), np.uint8), np.ones((20, 10), np.float32), PERSON)
    placed, truth = place(image, everywhere, [cutout], np.random.default_rng(0))
    assert len(truth.boxes) == 1
    np.testing.assert_array_equal(placed, image)


@pytest.mark.parametrize("effect", [night, lamps, fog, rain, blur, noise, compress, shrink])
def test_spoilt_picture_keeps_its_shape_and_changes(effect) -> None:
    image, _ = make_scene()
    spoilt = effect(image, np.random.default_rng(5))
    assert spoilt.shape == image.shape
    assert spoilt.dtype == np.uint8
    assert (spoilt != image).any()
