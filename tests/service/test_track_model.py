"""A site file names the network that helps to find the rails ahead of a tram."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from models.errors import UnknownModel, UnsuitableModel
from service.cameras.mission_loading import load_mission
from service.site.site import Camera, TramPlan
from service.site.site_file import load_site
from tests.vision.tram.rail_scene import CAMERA, draw_track
from vision.frame import Frame
from vision.stages import UNTIMED
from vision.tram.centre_line import STRAIGHT
from vision.tram.watch import TramResult


def camera_with(folder: Path, track_model: str | None) -> Camera:
    """The camera of a site whose tram names this network."""
    tram = {
        "camera": {
            "height_m": CAMERA.height_m,
            "pitch_deg": CAMERA.pitch_deg,
            "focal_px": CAMERA.focal_px,
            "principal_px": list(CAMERA.principal_px),
        },
        "speed_mps": 5.0,
    }
    if track_model is not None:
        tram["track_model"] = track_model
    (folder / "clip.mp4").touch()
    cab = {"id": "cab", "mission": "tram", "source": "clip.mp4", "tram": tram}
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump({"site": "line", "name": "Line", "cameras": [cab]}))
    return load_site(path).cameras[0]


def seen_by(camera: Camera) -> TramResult:
    """What the camera's mission knows after five pictures of a straight track."""
    mission = load_mission(camera, threads=1)
    image = draw_track(STRAIGHT)
    for number in range(5):
        noise = np.random.default_rng(number).integers(-3, 4, image.shape)
        shown = np.clip(image.astype(np.int16) + noise, 0, 255).astype(np.uint8)
        frame = Frame("cab", number, number * 100_000_000, shown)
        result = mission.update(frame, number * 100_000_000, UNTIMED)
    assert isinstance(result, TramResult)
    return result


def test_lines_alone_by_default(tmp_path: Path) -> None:
    plan = camera_with(tmp_path, None).plan
    assert isinstance(plan, TramPlan)
    assert plan.track_model is None


def test_the_named_network_helps_and_the_straight_stays_straight(tmp_path: Path) -> None:
    track = seen_by(camera_with(tmp_path, "wayside-track")).ego_track
    assert track.sure_to_m > 20
    assert np.abs(track.line.lateral_at(np.array([10.0, 20.0]))).max() < 0.15


def test_an_unknown_network_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match="no model is called 'rails'"):
        load_mission(camera_with(tmp_path, "rails"))


def test_a_network_for_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsuitableModel, match="wayside-obstacles is no track network"):
        load_mission(camera_with(tmp_path, "wayside-obstacles"))
