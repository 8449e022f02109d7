"""Views as stories: what a picture looks like, and when that is reported as a fault."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.builders import make_frame, make_picture
from vision.arrays import ImageArray
from vision.frame import Frame
from vision.view_health import (
    ViewFault,
    ViewMonitor,
    ViewSettings,
    suspected_fault,
    view_statistics,
)

SETTINGS = ViewSettings(confirm_s=2, recover_s=1, frozen_after_s=6)


def _noise(image: ImageArray) -> np.ndarray:
    return np.random.default_rng(3).normal(0, 4, image.shape)


def _dark(image: ImageArray) -> ImageArray:
    return np.clip(image * 0.02 + _noise(image), 0, 255).astype(np.uint8)


def _overexposed(image: ImageArray) -> ImageArray:
    return np.clip(image * 2.0 + 180, 0, 255).astype(np.uint8)


def _defocused(image: ImageArray) -> ImageArray:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), image.shape[1] / 80), np.uint8)


def _covered(image: ImageArray) -> ImageArray:
    ramp = np.linspace(40, 130, image.shape[1])[None, :, None]
    return np.clip(ramp + _noise(image), 0, 255).astype(np.uint8)


def _mostly_covered(image: ImageArray) -> ImageArray:
    hidden = _covered(image)
    hidden[int(0.85 * len(image)) :] = image[int(0.85 * len(image)) :]
    return hidden


def _lamp_lit_night(image: ImageArray) -> ImageArray:
    night = image * 0.12
    for x in range(40, image.shape[1], image.shape[1] // 4):
        night[image.shape[0] // 3 :, x : x + image.shape[1] // 20] *= 4  # a lamp's light
    return np.clip(night + _noise(image) / 2, 0, 255).astype(np.uint8)


def _as_it_is(image: ImageArray) -> ImageArray:
    return image


@pytest.mark.parametrize("size", [(640, 360), (1000, 750)])
@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_as_it_is, None),
        (_lamp_lit_night, None),
        (_dark, ViewFault.DARK),
        (_overexposed, ViewFault.OVEREXPOSED),
        (_defocused, ViewFault.BLURRED),
        (_covered, ViewFault.COVERED),
        (_mostly_covered, ViewFault.COVERED),
    ],
)
def test_one_picture(
    spoil: Callable[[ImageArray], ImageArray], fault: ViewFault | None, size: tuple[int, int]
) -> None:
    statistics = view_statistics(spoil(make_picture(*size)))
    assert suspected_fault(statistics, SETTINGS) is fault


def _faults(frames: list[Frame], *, may_stand_still: bool = False) -> dict[float, ViewFault | None]:
    monitor = ViewMonitor(SETTINGS)
    return {
        frame.timestamp_ns / 1e9: monitor.update(frame, may_stand_still).fault for frame in frames
    }


def _seconds(start: float, end: float, step: float = 0.5) -> Iterator[float]:
    return iter(np.arange(start, end, step).tolist())


def test_one_black_picture_is_no_fault() -> None:
    black = np.zeros((360, 640, 3), np.uint8)
    frames = [make_frame(s, black if s == 5 else None) for s in _seconds(0, 10)]
    assert set(_faults(frames).values()) == {None}


def test_cover_is_reported_and_lifted() -> None:
    cover = _covered(make_picture())
    frames = [make_frame(s, cover if 5 <= s < 10 else None) for s in _seconds(0, 15)]
    faults = _faults(frames)
    assert faults[6.5] is None
    assert faults[7.0] is ViewFault.COVERED
    assert faults[10.5] is ViewFault.COVERED
    assert faults[11.0] is None


def test_daylight_that_goes_suddenly_is_a_cover_and_stays_one() -> None:
    black = _dark(make_picture())
    faults = _faults([make_frame(s, black if s >= 5 else None) for s in _seconds(0, 90)])
    assert {fault for s, fault in faults.items() if s >= 7} == {ViewFault.COVERED}


def test_nightfall_without_lamps_is_dark() -> None:
    picture = make_picture().astype(np.float32)
    frames = [
        make_frame(s, np.clip(picture * (1 - s / 300) + _noise(picture), 0, 255).astype(np.uint8))
        for s in _seconds(0, 298, 2)
    ]
    faults = _faults(frames)
    assert faults[200] is None
    assert faults[296] is ViewFault.DARK


def test_picture_at_the_threshold_does_not_flicker() -> None:
    dim = [
        np.clip(make_picture(seed=k) * (0.22 if k % 8 < 5 else 0.26), 0, 255).astype(np.uint8)
        for k in range(120)
    ]
    frames = [make_frame(300 + k / 2, image) for k, image in enumerate(dim)]
    faults = list(_faults([make_frame(0), *frames]).values())
    assert sum(a is not b for a, b in pairwise(faults)) <= 1


def test_frozen_picture_is_reported() -> None:
    still = make_picture(seed=99)
    faults = _faults([make_frame(s, still if s >= 5 else None) for s in _seconds(0, 15)])
    assert faults[10.5] is None
    assert faults[11.0] is ViewFault.FROZEN


def test_frozen_picture_that_the_encoder_refreshes_is_reported() -> None:
    still = make_picture(seed=99)
    refreshed = still.copy()
    refreshed[:, ::3] = np.clip(refreshed[:, ::3].astype(np.int16) + 1, 0, 255)
    frames = [
        make_frame(s, (refreshed if s % 4 == 0 else still) if s >= 5 else None)
        for s in _seconds(0, 20, 0.25)
    ]
    assert _faults(frames)[19.75] is ViewFault.FROZEN


def test_noise_of_a_quiet_lot_is_a_live_view() -> None:
    assert set(_faults([make_frame(s) for s in _seconds(0, 60, 2)]).values()) == {None}


def test_slow_dusk_without_noise_is_a_live_view() -> None:
    picture = make_picture().astype(np.float32)
    frames = [make_frame(s, (picture * (1 - s / 200)).astype(np.uint8)) for s in _seconds(0, 60)]
    assert set(_faults(frames).values()) == {None}


def test_standing_tram_may_see_the_same_picture() -> None:
    still = make_picture()
    frames = [make_frame(s, still) for s in _seconds(0, 15)]
    assert set(_faults(frames, may_stand_still=True).values()) == {None}


def test_lost_camera_is_known_at_once_and_comes_back() -> None:
    monitor = ViewMonitor(SETTINGS)
    monitor.update(make_frame(0))
    assert monitor.lose(3 * 10**9).fault is ViewFault.LOST
    back = [monitor.update(make_frame(s)).fault for s in (10.0, 10.5, 11.0)]
    assert back == [ViewFault.LOST, ViewFault.LOST, None]


@pytest.mark.parametrize("is_frozen", [False, True], ids=["lost", "frozen"])
def test_a_dim_view_that_was_lost_or_frozen_comes_back(is_frozen: bool) -> None:
    """A picture that good ends no darkness, but shows that there is a view again."""
    dim = [np.clip(make_picture(seed=k) * 0.26, 0, 255).astype(np.uint8) for k in range(20)]
    monitor = ViewMonitor(SETTINGS)
    for s in range(10):
        monitor.update(make_frame(s, dim[0] if is_frozen else dim[s]))
    gone = monitor.update(make_frame(10, dim[0])) if is_frozen else monitor.lose(10 * 10**9)
    back = [monitor.update(make_frame(s, dim[s])) for s in range(11, 20)]
    assert gone.fault is (ViewFault.FROZEN if is_frozen else ViewFault.LOST)
    assert back[-1].fault is None


@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    "pictures",
    [
        "data/tram/tram_line/images/night*",
        "data/tram/tram_line/images/day*",
        "data/tram/stills/*.jpg",
        "data/parking/acpds/frames/*.jpg",
    ],
)
def test_no_fault_in_real_pictures(shared: Path, pictures: str) -> None:
    files = sorted(shared.glob(pictures))[::5]
    assert files
    for file in files:
        image = cv2.imread(str(file))
        assert image is not None
        assert suspected_fault(view_statistics(np.asarray(image)), SETTINGS) is None, file.name
