import cv2
import numpy as np
import pytest

from vision.arrays import FloatArray, ImageArray
from vision.tram.growth import growth_of

BOX = np.array([260.0, 120.0, 380.0, 220.0])


def picture(factor: float) -> tuple[ImageArray, FloatArray]:
    """A rear of a car with marks on it, `factor` times as large, before a grey street."""
    random = np.random.default_rng(8)
    marks = random.integers(30, 220, (10, 12, 3)).astype(np.uint8)
    rear = cv2.resize(marks, (120, 100), interpolation=cv2.INTER_CUBIC)
    middle = (BOX[:2] + BOX[2:]) / 2
    corner = middle - factor * np.array([60.0, 50.0])
    image = np.full((360, 640, 3), 120, np.uint8)
    matrix = np.array([[factor, 0, corner[0]], [0, factor, corner[1]]])
    cv2.warpAffine(rear, matrix, (640, 360), dst=image, borderMode=cv2.BORDER_TRANSPARENT)
    return image, np.concatenate([corner, corner + factor * np.array([120.0, 100.0])])


@pytest.mark.parametrize("closing_mps", [-1.0, 0.0, 0.8, 5.0])
def test_growth_is_closing_speed_over_distance(closing_mps: float) -> None:
    distance_m, step_s = 12.0, 0.1
    now_m = distance_m - closing_mps * step_s
    before, now = picture(1.0), picture(distance_m / now_m)
    growth = growth_of(before[0], now[0], before[1], now[1], step_s)
    assert growth is not None
    rate = np.log(distance_m / now_m) / step_s
    assert growth.rate_per_s == pytest.approx(rate, abs=0.03)


def test_a_bare_wall_says_nothing() -> None:
    bare = np.full((360, 640, 3), 90, np.uint8)
    assert growth_of(bare, bare, BOX, BOX, 0.1) is None


def test_pictures_too_far_apart_say_nothing() -> None:
    image, box = picture(1.0)
    assert growth_of(image, image, box, box, 2.0) is None
