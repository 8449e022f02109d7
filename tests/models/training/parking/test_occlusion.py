import cv2
import numpy as np

from models.training.parking.occlusion import (
    HIDDEN_LEAST,
    HIDDEN_MOST,
    TRIES,
    occlude,
)

SIDE = 176
SPOT = np.array([[50, 60], [125, 60], [125, 115], [50, 115]], np.float64)
GROUND, VEHICLE = (90, 90, 90), (20, 20, 220)


def flat(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((SIDE, SIDE, 3), colour, np.uint8)


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return np.any(before != after, axis=2)


def test_a_vehicle_before_the_spot_hides_a_part_of_it() -> None:
    ground = flat(GROUND)
    inside = cv2.fillPoly(np.zeros((SIDE, SIDE), np.uint8), [SPOT.astype(np.int32)], 1) > 0
    hidden = []
    for seed in range(20):
        seen = occlude(ground, SPOT, flat(VEHICLE), SPOT, np.random.default_rng(seed))
        if changed(ground, seen).any():
            hidden.append(changed(ground, seen)[inside].mean())
            rows = np.flatnonzero(changed(ground, seen).any(axis=1))
            assert rows.mean() > SPOT[:, 1].mean()  # it stands nearer to the camera
    assert len(hidden) > 15
    edge = 0.08  # where it fades into the picture
    assert min(hidden) > HIDDEN_LEAST - edge
    assert max(hidden) < HIDDEN_MOST + edge


def test_the_spot_stays_as_it_is_where_no_vehicle_finds_a_place() -> None:
    speck = np.array([[80, 80], [82, 80], [82, 81], [80, 81]], np.float64)
    ground = flat(GROUND)
    seen = occlude(ground, SPOT, flat(VEHICLE), speck, np.random.default_rng(TRIES))
    assert not changed(ground, seen).any()
