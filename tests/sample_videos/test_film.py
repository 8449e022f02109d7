from typing import Any

import numpy as np
import pytest

from sample_videos.render.film import Film
from sample_videos.render.raw_picture import RawPicture
from sample_videos.render.scene import Scene, scene_from
from sample_videos.render.truth import camera_health


def lot_scene(film: dict[str, Any] | None = None, weather: dict[str, Any] | None = None) -> Scene:
    return scene_from(
        "lot",
        {
            "seed": 3, "fps": 5.0, "duration_s": 2.0, "size": [160, 90],
            "camera": {"at": [0, -12], "height_m": 6.0, "yaw_deg": 90, "pitch_deg": 20,
                       "focal_px": 120},
            "light": {"sun": 3.0, "sun_deg": 45, "sky": 1.0},
            "place": {"kind": "lot", "rows": [{"id": "A", "at": [-5, 3], "count": 4,
                                "nose": "north",
                                "aisle": 0}]},
            "film": film or {}, "weather": weather or {},
        },
    )  # fmt: skip


def grey_picture(light: float = 0.3) -> RawPicture:
    picture = np.full((90, 160, 3), light, np.float16)
    picture[40:60, 60:100] = light * 3
    return RawPicture(picture, np.full((90, 160), 20, np.float16), np.zeros((90, 160), np.uint8))


def develop(number: int = 0, light: float = 0.3, **changes: dict[str, Any]) -> np.ndarray:
    return Film(lot_scene(**changes), still=grey_picture(light)).frame(number)


def test_same_frame_develops_the_same():
    assert np.array_equal(develop(4), develop(4))


def test_noise_differs_from_frame_to_frame():
    assert not np.array_equal(develop(4), develop(5))


def test_exposure_follows_the_light_but_not_all_the_way():
    dark, bright = develop(light=0.05).mean(), develop(light=0.6).mean()
    assert 0.6 * bright < dark < bright


def test_frozen_camera_repeats_its_last_picture():
    film = {"frozen_from_s": 1.0}
    assert np.array_equal(develop(5, film=film), develop(9, film=film))
    assert not np.array_equal(develop(4, film=film), develop(5, film=film))


def test_covered_lens_is_dark():
    film = {"covered": [[0.0, 0.0], [1.0, 1.0]]}
    assert develop(9, film=film).mean() < 0.25 * develop(0, film=film).mean()


@pytest.mark.parametrize(("part", "state"), [("covered", "covered"), ("dirt", "dirty")])
def test_picture_is_not_to_be_trusted_from_when_half_of_the_lens_is_taken(part: str, state: str):
    scene = lot_scene({part: [[0.0, 0.0], [0.4, 0.0], [1.4, 1.0], [2.0, 1.0]]})
    assert camera_health(scene) == [
        {"from_s": 0.0, "to_s": 0.9, "state": "ok"},
        {"from_s": 0.9, "to_s": 2.0, "state": state},
    ]


@pytest.mark.parametrize(
    ("film", "weather"),
    [
        pytest.param({"dirt": [[0.0, 0.9]]}, {}, id="mud"),
        pytest.param({}, {"rain": 1.0, "drops": 10}, id="rain"),
        pytest.param({}, {"fog_m": 30.0}, id="fog"),
    ],
)
def test_trouble_changes_the_picture(film: dict[str, Any], weather: dict[str, Any]):
    clear, troubled = develop().astype(int), develop(film=film, weather=weather).astype(int)
    assert np.abs(clear - troubled).mean() > 2
