"""Whoever stands before a tram's camera is recognised in no picture that is shown or kept."""

import weakref

import cv2
import numpy as np
import pytest

from service.cabin.alert_ring import masked_picture
from service.live.hub import Hub
from service.pictures import Pictures
from service.site.site_file import load_site
from tests.builders import ScriptedDetector, make_detections, make_frame, make_picture
from tests.service.scenes import TRAM_YAML
from vision.arrays import ImageArray
from vision.frame import Frame
from vision.ground import GroundCamera
from vision.tram.alert_state import UnavailableReason
from vision.tram.settings import TramSettings
from vision.tram.watch import TramResult, TramWatch

CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))
AHEAD = (300, 180, 330, 270)
ABOVE_THE_HORIZON = (500, 30, 530, 120)


def with_a_face(person: tuple[int, int, int, int], seed: int) -> ImageArray:
    """A street with somebody in it whose head is full of fine detail."""
    image = make_picture(seed=seed)
    left, top, right, _ = person
    image[top : top + 27, left:right] = 255
    image[top : top + 27 : 2, left:right] = 0
    return image


def detail_of_face(jpeg: bytes, person: tuple[int, int, int, int]) -> float:
    """In grey levels from row to row, away from what is drawn at the box's border."""
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    left, top, right, _ = person
    rows = image[top + 6 : top + 22, left + 6 : right - 6].astype(float)
    return float(np.abs(np.diff(rows, axis=0)).mean())


def watched(person: tuple[int, int, int, int], what: str) -> tuple[Frame, TramResult]:
    """Two seconds before a person, at the end of which something may befall the camera."""
    finds = ScriptedDetector([make_detections([person])])
    watch = TramWatch(TramSettings(CAMERA, closer_look_every_s=0), finds, camera_id="cab")
    for number in range(20):
        seed = 10 if what == "frozen" and number > 10 else number
        image = with_a_face(person, seed)
        if what == "another shape" and number == 19:
            image = image[:300].copy()
        frame = make_frame(number / 10, image, camera_id="cab")
        result = watch.update(frame, 8.0)
    if what == "lost":
        result = watch.lose(3 * 10**9, UnavailableReason.NO_PICTURE)
    return frame, result


@pytest.mark.parametrize(
    ("person", "what", "level", "obstacles"),
    [
        pytest.param(AHEAD, "nothing", "information", 1, id="seen ahead"),
        pytest.param(ABOVE_THE_HORIZON, "nothing", "clear", 0, id="followed, but not ranged"),
        pytest.param(AHEAD, "frozen", "unavailable", 0, id="frozen picture"),
        pytest.param(AHEAD, "another shape", "unavailable", 0, id="picture of another shape"),
        pytest.param(AHEAD, "lost", "unavailable", 0, id="last picture of a lost camera"),
    ],
)
def test_nobody_is_recognised_in_a_tram_picture(tmp_path, person, what, level, obstacles):
    frame, result = watched(person, what)
    assert (result.alert.level, len(result.obstacles)) == (level, obstacles)
    (tmp_path / "line.yaml").write_text(TRAM_YAML)
    hub = Hub([load_site(tmp_path / "line.yaml")])
    hub.publish("line", result, frame)
    shown = Pictures(hub).newest("line", "cab")
    assert shown is not None
    assert detail_of_face(shown.jpeg, person) < 20
    assert detail_of_face(masked_picture(frame, result).jpeg, person) < 20


def test_last_picture_of_a_camera_that_is_taken_away_goes_with_it(tmp_path):
    frame, result = watched(AHEAD, "nothing")
    (tmp_path / "line.yaml").write_text(TRAM_YAML)
    hub = Hub([load_site(tmp_path / "line.yaml")])
    hub.publish("line", result, frame)
    pictures = Pictures(hub)
    assert pictures.newest("line", "cab") is pictures.newest("line", "cab"), "drawn once"
    image = weakref.ref(frame.image)
    del frame, result
    hub.change_sites([], 0)
    assert pictures.newest("line", "cab") is None
    assert image() is None
