import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.letterbox import PAD_GREY, Fit, fit_image, input_size_like

SIDE = st.integers(1, 300)


@given(SIDE, SIDE, st.sampled_from(Fit), st.lists(st.floats(0, 1), min_size=4, max_size=4))
@settings(max_examples=60)
def test_boxes_come_back_exactly(width: int, height: int, fit: Fit, corners: list[float]) -> None:
    image = np.zeros((height, width, 3), np.uint8)
    _, placement = fit_image(image, 96, 64, fit)
    box = np.array([corners], np.float32) * [width, height, width, height]
    there = placement.to_input(box)
    assert there.min() >= -1e-3
    assert (there <= np.array([96, 64, 96, 64]) + 1e-3).all()
    np.testing.assert_allclose(placement.to_source(there), box, atol=1e-3)


@pytest.mark.parametrize(
    ("fit", "row", "expected"),
    [
        pytest.param(Fit.STRETCH, 0, 200, id="stretch fills the input"),
        pytest.param(Fit.LETTERBOX_CENTRED, 0, PAD_GREY, id="centred pads above"),
        pytest.param(Fit.LETTERBOX_CENTRED, 32, 200, id="centred keeps the middle"),
        pytest.param(Fit.LETTERBOX_TOP_LEFT, 0, 200, id="top-left starts at the top"),
        pytest.param(Fit.LETTERBOX_TOP_LEFT, 63, PAD_GREY, id="top-left pads below"),
    ],
)
def test_a_wide_picture_in_a_square_input(fit: Fit, row: int, expected: int) -> None:
    fitted, _ = fit_image(np.full((50, 100, 3), 200, np.uint8), 64, 64, fit)
    assert fitted.shape == (64, 64, 3)
    assert (fitted[row] == expected).all()


def test_a_picture_of_the_right_size_is_not_touched() -> None:
    image = np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)
    fitted, placement = fit_image(image, 96, 64, Fit.LETTERBOX_CENTRED)
    np.testing.assert_array_equal(fitted, image)
    assert (placement.scale_x, placement.pad_x_px) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("picture_px", "input_px"),
    [
        pytest.param((1920, 1080), (640, 384), id="16:9"),
        pytest.param((640, 480), (576, 416), id="4:3"),
        pytest.param((480, 640), (416, 576), id="a phone held upright"),
        pytest.param((1242, 375), (864, 256), id="a wide strip"),
        pytest.param((1, 1000), (32, 1280), id="a line"),
    ],
)
def test_an_input_takes_a_pictures_own_shape(
    picture_px: tuple[int, int], input_px: tuple[int, int]
) -> None:
    assert input_size_like(picture_px, (640, 384)) == input_px


@given(st.tuples(st.integers(1, 9000), st.integers(1, 9000)))
@settings(max_examples=60)
def test_no_shape_costs_more_than_its_budget_or_shows_less(picture_px: tuple[int, int]) -> None:
    width_px, height_px = input_size_like(picture_px, (640, 384))
    assert width_px * height_px <= 640 * 384
    assert not width_px % 32
    assert not height_px % 32
    fixed = min(640 / picture_px[0], 384 / picture_px[1])
    assert min(width_px / picture_px[0], height_px / picture_px[1]) > 0.97 * fixed
