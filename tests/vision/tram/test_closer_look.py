import numpy as np
import pytest

from tests.builders import ScriptedDetector, make_detections, make_frame, make_picture
from vision.detections import Detections
from vision.ground import GroundCamera
from vision.tram.centre_line import STRAIGHT
from vision.tram.closer_look import Part, detections_in, part_along
from vision.tram.ego_motion import EgoMotion
from vision.tram.ego_track import EgoTrack
from vision.tram.road_users import RoadUsers
from vision.tram.scene import Scene

CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))


def scene_at(at_s: float) -> Scene:
    """A picture of a street, taken at that second."""
    return Scene(make_frame(at_s), CAMERA, EgoTrack(), EgoMotion(), 0.0, None)


def test_part_lies_about_the_track_ahead_and_inside_the_picture() -> None:
    part = part_along(CAMERA, STRAIGHT, (640, 360))
    assert (part.right - part.left, part.bottom - part.top) == (320, 180)
    assert abs((part.left + part.right) / 2 - 320) <= 1
    assert part.top < CAMERA.horizon_px < part.bottom


def test_looking_far_down_keeps_the_part_inside() -> None:
    steep = GroundCamera(height_m=2.4, pitch_deg=30, focal_px=560, principal_px=(320, 180))
    part = part_along(steep, STRAIGHT, (640, 360))
    assert part.top == 0


def test_boxes_come_back_in_the_whole_picture_without_cut_ones() -> None:
    boxes = [[10.0, 20, 30, 60], [0, 20, 30, 60], [10, 20, 30, 100]]
    detector = ScriptedDetector([make_detections(boxes)], ("person",))
    found = detections_in(detector, make_picture(), Part(100, 50, 200, 150))
    np.testing.assert_allclose(found.xyxy, [[110, 70, 130, 110]])


def test_closer_looks_show_far_people_and_leave_vehicles_to_the_whole_view() -> None:
    nothing = Detections.empty()
    closer = make_detections([[20, 10, 30, 40], [60, 10, 90, 30]], class_id=[0, 1])
    detector = ScriptedDetector([nothing, nothing, closer], ("person", "car"))
    users = RoadUsers(detector, closer_look_every_s=0.4)
    assert len(users.look_at(scene_at(0.0)).detections) == 0
    assert users.look_at(scene_at(0.2)).detections.class_id.tolist() == [0]
    assert detector.seen == 3, "the first picture once, the second one twice"


@pytest.mark.parametrize(
    ("pictures_per_s", "every_s", "runs"),
    [(25, 0.4, 25), (10, 0.4, 10), (5, 0.4, 7), (2, 0.4, 3), (25, 0.0, 25)],
    ids=[
        "in place of a whole look",
        "likewise",
        "beside one where pictures are rare",
        "no more often than every second picture",
        "never",
    ],
)
def test_pictures_are_looked_at_once_unless_they_are_rare(
    pictures_per_s: int, every_s: float, runs: int
) -> None:
    detector = ScriptedDetector([Detections.empty()] * 99, ("person", "car"))
    users = RoadUsers(detector, closer_look_every_s=every_s)
    for step in range(pictures_per_s):
        users.look_at(scene_at(step / pictures_per_s))
    assert detector.seen == runs


def test_what_a_closer_look_does_not_show_is_followed_meanwhile() -> None:
    """A car and somebody near stand in every whole look; the closer one finds his arm alone."""
    near = make_detections([[300, 40, 420, 350], [320, 170, 390, 220]], class_id=[0, 1])
    his_arm = make_detections([[150.0, 60, 200, 100]])
    detector = ScriptedDetector([near, his_arm, near, near], ("person", "car"))
    users = RoadUsers(detector, closer_look_every_s=0.4)
    followed = []
    for at_s in (0.0, 0.1, 0.2):
        scene = scene_at(at_s)
        followed.append(users.follow(users.look_at(scene), scene))
    assert [tracks.track_id.tolist() for tracks in followed] == [[1, 2]] * 3
    assert followed[1].is_seen.tolist() == [False, False]
    assert followed[2].is_confirmed.all()
