"""What hides a spot and what does not, drawn by hand: cars in it, vans before it, lamps over it."""

import cv2
import numpy as np
import pytest

from tests.builders import NS_PER_S, make_picture
from vision.arrays import ImageArray
from vision.parking.backdrop import Backdrop

SPOTS = [
    np.array([[left, 150], [left + 60, 150], [left + 60, 190], [left, 190]], float)
    for left in (100, 165, 230)
]
NOTHING_KNOWN = np.zeros(3, np.bool_)


def scene(seed: int, *boxes: tuple[int, int, int, int]) -> ImageArray:
    """The place with blue boxes on it."""
    image = make_picture(seed=seed)
    for left, top, right, bottom in boxes:
        cv2.rectangle(image, (left, top), (right, bottom), (230, 20, 20), -1)
    return image


CAR = (105, 135, 155, 187)
VAN = (95, 90, 300, 225)
WALKER = (120, 140, 135, 220)


def shares(*pictures: ImageArray, step_s: float = 0.5, known=NOTHING_KNOWN) -> list[list[float]]:
    backdrop = Backdrop(SPOTS)
    return [
        np.round(backdrop.update(image, round(step_s * number * NS_PER_S), known), 2).tolist()
        for number, image in enumerate(pictures)
    ]


@pytest.mark.parametrize(
    ("boxes", "hidden"),
    [
        pytest.param([], [False] * 3, id="nothing new"),
        pytest.param([CAR], [False] * 3, id="car parks"),
        pytest.param([VAN], [True] * 3, id="van hides three spots"),
        pytest.param([WALKER], [False] * 3, id="somebody walks by"),
        pytest.param([(165, 120, 225, 225)], [False, True, False], id="van before one spot"),
    ],
)
def test_what_hides_a_spot(boxes, hidden):
    told = shares(scene(0), scene(1), scene(2, *boxes))[-1]
    assert [share >= 0.5 for share in told] == hidden


def test_parked_car_becomes_part_of_the_place_and_a_van_in_the_lane_does_not():
    parked = shares(scene(0), *(scene(seed, CAR) for seed in range(1, 30)))
    then_walks = [scene(0), *(scene(seed, CAR) for seed in range(1, 30)), scene(40, WALKER)]
    assert max(parked[-1]) == 0
    assert shares(*then_walks)[-1][0] < 0.5
    van = shares(scene(0), *(scene(seed, VAN) for seed in range(1, 40)))
    assert min(van[-1]) >= 0.8


def test_light_that_changes_as_a_whole_hides_nothing():
    dimmed = [(scene(seed) * (1 - 0.03 * seed)).astype(np.uint8) for seed in range(20)]
    sudden = [scene(0), scene(1), (scene(2) * 0.4).astype(np.uint8)]
    assert max(max(row) for row in shares(*dimmed)) == 0
    assert max(max(row) for row in shares(*sudden)) == 0


def test_spot_at_the_lower_edge_is_never_hidden():
    edge = [np.array([[100, 320], [200, 320], [200, 360], [100, 360]], float)]
    backdrop = Backdrop(edge)
    backdrop.update(scene(0), 0, np.zeros(1, np.bool_))
    assert backdrop.update(scene(1, (80, 250, 220, 359)), NS_PER_S, np.zeros(1, np.bool_)) == 0
