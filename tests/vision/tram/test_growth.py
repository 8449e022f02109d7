import cv2
import numpy as np
import pytest

from vision.arrays import FloatArray, ImageArray
from vision.tram.growth import NS_PER_S, FollowedPoints, first_points, growth_of, next_points

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


def followed(distances_m: list[float], step_s: float = 0.1) -> FollowedPoints:
    """The points on the car through pictures of it at these distances; it starts in BOX."""
    image, box = picture(1.0)
    points = first_points(image, box, 0)
    for step, distance_m in enumerate(distances_m[1:], 1):
        before, (image, box) = image, picture(distances_m[0] / distance_m)
        points = next_points(points, before, image, box, round(step * step_s * NS_PER_S))
    return points


@pytest.mark.parametrize("closing_mps", [-1.0, 0.0, 0.8, 5.0])
def test_growth_is_closing_speed_over_distance(closing_mps: float) -> None:
    growth = growth_of(followed([12.0, 12.0 - 0.1 * closing_mps]))
    assert growth is not None
    assert growth.rate_per_s == pytest.approx(closing_mps / (12 - 0.1 * closing_mps), abs=0.03)


@pytest.mark.parametrize("closing_mps", [-1.0, 0.0, 0.8, 5.0])
def test_over_half_a_second_it_is_known_better(closing_mps: float) -> None:
    distances_m = [12 - 0.1 * closing_mps * step for step in range(9)]
    growth = growth_of(followed(distances_m))
    assert growth is not None
    assert growth.rate_per_s == pytest.approx(closing_mps / distances_m[-1], abs=0.01)


def test_a_slow_growth_is_surer_after_half_a_second() -> None:
    distances_m = [12 - 0.08 * step for step in range(6)]
    growth, short = growth_of(followed(distances_m)), growth_of(followed(distances_m[:2]))
    assert growth is not None
    assert short is not None
    assert growth.sigma_per_s < 0.7 * short.sigma_per_s


def test_what_grew_before_half_a_second_does_not_count() -> None:
    """It came nearer, and has stood for six tenths of a second."""
    growth = growth_of(followed([12.0, 11.6, 11.2, *[10.8] * 7]))
    assert growth is not None
    assert growth.rate_per_s == pytest.approx(0, abs=0.01)


def test_new_points_are_found_as_old_ones_are_lost() -> None:
    """Something drives through between, that hides the left half, and is gone again."""
    image, box = picture(1.0)
    points = first_points(image, box, 0)
    hidden = image.copy()
    hidden[:, :320] = 0
    before = image
    for step, now in enumerate([hidden, hidden, image, image], 1):
        points = next_points(points, before, now, box, step * NS_PER_S // 10)
        before = now
    is_left = points.places_px[-1][:, 0] < 300
    assert is_left.sum() >= 8
    assert np.isnan(points.places_px[0][is_left]).all()
    growth = growth_of(points)
    assert growth is not None
    assert growth.rate_per_s == pytest.approx(0, abs=0.01)


def test_a_bare_wall_says_nothing() -> None:
    bare = np.full((360, 640, 3), 90, np.uint8)
    points = first_points(bare, BOX, 0)
    assert growth_of(next_points(points, bare, bare, BOX, NS_PER_S // 10)) is None


def test_pictures_too_far_apart_say_nothing() -> None:
    assert growth_of(followed([12.0, 12.0], step_s=2.0)) is None


@pytest.mark.parametrize(
    "box", [[700.0, 20, 800, 90], [-90.0, 20, -30, 90], [620.0, 359.5, 800, 520]]
)
def test_a_box_outside_the_picture_says_nothing(box: list[float]) -> None:
    image, _ = picture(1.0)
    outside = np.array(box)
    points = first_points(image, outside, 0)
    assert growth_of(next_points(points, image, image, outside, NS_PER_S // 10)) is None
    assert growth_of(next_points(followed([12.0]), image, image, outside, NS_PER_S // 10)) is None
