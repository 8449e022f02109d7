"""Rails drawn by a camera of known pose, and what is read from them."""

import cv2
import numpy as np
import pytest

from vision.arrays import ImageArray
from vision.ground import GroundCamera, ground_to_image
from vision.tram.rail_calibration import (
    NEAR_SHARES,
    SEARCH_SHARES,
    LocatedRails,
    RailCalibration,
    RailMean,
    calibrated,
    disagreements,
    rails_near,
)

SIZE = (640, 360)
GAUGE_M, HEAD_M = 1.435, 0.07


def view(camera: GroundCamera, seed: int) -> ImageArray:
    """A straight track with bright rails among sleepers and stones that run by."""
    random = np.random.default_rng(seed)
    image = np.full((SIZE[1], SIZE[0], 3), 105, np.uint8)
    for _ in range(60):
        x, y = random.integers(0, SIZE[0]), random.integers(150, SIZE[1])
        size = random.integers(4, 30, 2)
        cv2.rectangle(
            image, (x, y), (x + size[0], y + size[1]), (int(random.integers(60, 150)),) * 3, -1
        )
    ahead = np.geomspace(2.5, 80, 60)
    for side in (-1, 1):
        middle = side * (GAUGE_M + HEAD_M) / 2
        edges = [
            ground_to_image(camera, np.stack([ahead, np.full_like(ahead, middle + half)], axis=1))
            for half in (-HEAD_M / 2, HEAD_M / 2)
        ]
        outline = np.concatenate([edges[0], edges[1][::-1]])
        cv2.fillPoly(
            image, [np.round(outline * 8).astype(np.int32)], (215, 215, 215), cv2.LINE_AA, 3
        )
    noise = random.normal(0, 3, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def read(true: GroundCamera, guess: GroundCamera) -> RailCalibration | None:
    means = [RailMean(guess, SIZE) for _ in range(2)]
    for number in range(12):
        means[number % 2].add(view(true, number))
    return calibrated(means, GAUGE_M, is_guess_measured=False)


@pytest.mark.parametrize(
    "true",
    [
        GroundCamera(2.4, 4.0, 560, (320, 180)),
        GroundCamera(3.0, 1.5, 500, (320, 180), lateral_offset_m=0.2, yaw_deg=0.8),
        GroundCamera(2.0, 6.0, 640, (320, 180), lateral_offset_m=-0.1, yaw_deg=-1.0),
    ],
    ids=["low floor", "train", "looks aside"],
)
def test_pose_is_read_from_a_wrong_guess(true: GroundCamera) -> None:
    guess = GroundCamera(2.4, 3.0, true.focal_px, true.principal_px)
    found = read(true, guess)
    assert found is not None
    assert found.camera.pitch_deg == pytest.approx(true.pitch_deg, abs=0.25)
    assert found.camera.yaw_deg == pytest.approx(true.yaw_deg, abs=0.25)
    assert found.camera.height_m == pytest.approx(true.height_m, rel=0.05)
    assert found.camera.lateral_offset_m == pytest.approx(true.lateral_offset_m, abs=0.08)


def located(stated: GroundCamera, shares: tuple[float, float]) -> LocatedRails | None:
    mean = RailMean(stated, SIZE, shares)
    for number in range(10):
        mean.add(view(GroundCamera(2.4, 4.0, 560, (320, 180)), number))
    steps = rails_near(mean, GAUGE_M)
    try:
        while True:
            next(steps)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


@pytest.mark.parametrize("pitch_deg", [2.0, 4.0, 6.0])
def test_a_search_near_the_stated_pose_needs_no_more_of_the_picture_than_it_takes(
    pitch_deg: float,
) -> None:
    stated = GroundCamera(2.4, pitch_deg, 560, (320, 180))
    found = located(stated, NEAR_SHARES)
    assert found is not None
    assert found == located(stated, SEARCH_SHARES)
    assert found.camera.pitch_deg == pytest.approx(4.0, abs=0.25)


def test_a_picture_flatter_than_the_spare_rows_is_taken_whole() -> None:
    mean = RailMean(GroundCamera(2.4, 4.0, 560, (320, 5)), (640, 10), NEAR_SHARES)
    mean.add(np.zeros((10, 640, 3), np.uint8))
    assert mean.ridges().shape == (10, 640)


def test_pictures_without_rails_say_nothing() -> None:
    random = np.random.default_rng(2)
    mean = RailMean(GroundCamera(2.4, 3.0, 560, (320, 180)), SIZE)
    for _ in range(8):
        mean.add(random.integers(0, 255, (SIZE[1], SIZE[0], 3)).astype(np.uint8))
    assert calibrated([mean], GAUGE_M, is_guess_measured=False) is None


def test_disagreement_names_what_is_off_and_the_rest_is_silent() -> None:
    found = RailCalibration(GroundCamera(2.4, 4.0, 560, (320, 180)), 0.05, 0.05, 0.07, 0.02, 1.0, 4)
    stated = GroundCamera(2.4, 5.0, 560, (320, 180))
    assert disagreements(found, found.camera) == ()
    assert disagreements(found, stated) == (
        "pitch_deg is 5° in the site file, the rails say 4.00 ± 0.05°",
    )
