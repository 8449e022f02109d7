"""What a smear on the lens does to a street that runs through the picture."""

import cv2
import numpy as np

from tests.builders import NS_PER_S
from vision.arrays import ImageArray
from vision.tram.lens import DIRTY_SHARE, LensView, coarse_contrast, next_lens_view, soft_cells

SIZE = (640, 360)
GREY = 120.0


def street(shift_px: int) -> ImageArray:
    """Blocks with sharp edges, moved aside."""
    random = np.random.default_rng(3)
    blocks = random.integers(40, 220, (18, 64, 3)).astype(np.uint8)
    wide = cv2.resize(blocks, (1280, 360), interpolation=cv2.INTER_NEAREST)
    return np.ascontiguousarray(wide[:, shift_px : shift_px + 640])


def smeared(image: ImageArray, share: float) -> ImageArray:
    """The left part of the picture behind dirt that lets only light and dark through."""
    out = image.copy()
    width = round(share * image.shape[1])
    out[:, :width] = cv2.GaussianBlur(image, (0, 0), 12)[:, :width]
    return out


def ride(
    share: float, *, speed_mps: float = 8.0, grey: float = GREY, seconds: float = 2
) -> LensView:
    view = LensView()
    for step in range(round(seconds * 5)):
        image = smeared(street(11 * step), share)
        view = next_lens_view(view, image, grey, speed_mps, round(step * NS_PER_S / 5))
    return view


def test_sharp_street_has_no_soft_cells() -> None:
    assert soft_cells(street(0)).mean() < 0.05


def test_contrast_about_a_cell_is_that_of_all_px_up_to_half_a_cell_around_its_middle() -> None:
    grey = street(0)[..., 0]
    coarse = cv2.resize(grey, (320, 180), interpolation=cv2.INTER_AREA)
    coarse = cv2.GaussianBlur(coarse, (0, 0), 2.0)
    reach = np.ones((11, 11), np.uint8)
    spread = cv2.dilate(coarse, reach) - cv2.erode(coarse, reach)
    assert np.array_equal(coarse_contrast(grey), spread[5::10, 5::10])


def test_clean_lens_stays_clean() -> None:
    assert not ride(0.0).is_dirty


def test_smear_over_half_of_the_picture_is_dirt() -> None:
    assert ride(0.6).is_dirty


def test_nothing_new_is_said_at_a_standstill() -> None:
    assert not ride(0.6, speed_mps=0.0).is_dirty


def test_soft_halos_at_night_are_no_dirt() -> None:
    assert not ride(0.6, grey=30.0).is_dirty


def test_light_of_lamps_on_plain_ground_is_no_dirt() -> None:
    view, pools = LensView(), cv2.GaussianBlur(street(0), (0, 0), 12)
    for step in range(10):
        image = street(11 * step)
        image[200:] = pools[200:]
        view = next_lens_view(view, image, GREY, 8.0, round(step * NS_PER_S / 5))
    assert view.soft_share > DIRTY_SHARE
    assert not view.is_dirty


def test_wiped_lens_is_clean_again() -> None:
    view = ride(0.6)
    for step in range(10, 25):
        now_ns = round(step * NS_PER_S / 5)
        view = next_lens_view(view, street(11 * step), GREY, 8.0, now_ns)
    assert not view.is_dirty
