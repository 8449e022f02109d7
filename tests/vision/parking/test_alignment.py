"""Cameras that are pushed, drift, sway or stand in changing light, as stories of pictures."""

import cv2
import numpy as np
import pytest

from tests.builders import NS_PER_S, make_picture
from vision.arrays import FloatArray, ImageArray
from vision.parking import alignment
from vision.parking.alignment import (
    NOT_ALIGNED_YET,
    Alignment,
    AlignmentLook,
    AlignmentMonitor,
    AlignmentStatus,
    judge_look,
    next_alignment,
)
from vision.parking.landmarks import map_points
from vision.parking.working_picture import WorkingPicture

FOCAL_PX = 500.0
SPOT = np.array([[200, 150], [300, 150], [320, 250], [190, 250]], float)
UNKNOWN, ALIGNED = AlignmentStatus.UNKNOWN, AlignmentStatus.ALIGNED
DRIFTED, MOVED = AlignmentStatus.DRIFTED, AlignmentStatus.MOVED


def turned(image: ImageArray, yaw_deg: float, pitch_deg: float = 0.0, roll_deg: float = 0.0):
    """The picture after the camera turned by so much, and the homography to it."""
    height_px, width_px = image.shape[:2]
    inner = np.array([[FOCAL_PX, 0, width_px / 2], [0, FOCAL_PX, height_px / 2], [0, 0, 1]])
    rotation, _ = cv2.Rodrigues(np.radians([pitch_deg, yaw_deg, roll_deg]))
    homography = inner @ rotation @ np.linalg.inv(inner)
    size = (width_px, height_px)
    warped = cv2.warpPerspective(image, homography, size, borderMode=cv2.BORDER_REFLECT)
    return warped, homography


def seen(monitor: AlignmentMonitor, images: list[ImageArray], from_s: float = 0) -> list[Alignment]:
    """Half a second from picture to picture."""
    return [
        monitor.update(WorkingPicture(image), round((from_s + 0.5 * number) * NS_PER_S))
        for number, image in enumerate(images)
    ]


def off_px(alignment: Alignment, homography: FloatArray) -> float:
    """How far the corners of the spot are from where they truly are now."""
    return float(np.abs(alignment.points(SPOT, 640) - map_points(homography, SPOT)).max())


@pytest.mark.parametrize("yaw_deg", [2.0, -4.0, 8.0])
@pytest.mark.parametrize(("pitch_deg", "roll_deg"), [(0.0, 0.0), (1.5, 2.0)])
def test_pushed_camera_is_found_within_three_pictures_and_its_spots_again(
    yaw_deg, pitch_deg, roll_deg
):
    monitor = AlignmentMonitor([SPOT])
    before = [make_picture(seed=seed) for seed in range(4)]
    assert {each.status for each in seen(monitor, before)} == {ALIGNED}
    pushed = [turned(make_picture(seed=10 + seed), yaw_deg, pitch_deg, roll_deg) for seed in (0, 1)]
    told = seen(monitor, [image for image, _ in pushed], from_s=2)
    assert told[0].is_doubtful
    assert told[1].status is MOVED
    assert off_px(told[1], pushed[0][1]) < 1.0


def test_small_drift_is_followed_and_counts_as_no_move():
    monitor = AlignmentMonitor([SPOT])
    seen(monitor, [make_picture(seed=seed) for seed in range(2)])
    drifted, homography = turned(make_picture(seed=5), 0.8)
    told = seen(monitor, [drifted] * 3, from_s=1)[-1]
    assert (told.status, told.is_doubtful) == (DRIFTED, False)
    assert told.shift_px == pytest.approx(7, abs=1)
    assert off_px(told, homography) < 1.0


def test_camera_put_back_is_aligned_again():
    monitor = AlignmentMonitor([SPOT])
    seen(monitor, [make_picture(seed=seed) for seed in range(2)])
    pushed, _ = turned(make_picture(seed=5), 5)
    assert seen(monitor, [pushed] * 3, from_s=1)[-1].status is MOVED
    assert seen(monitor, [make_picture(seed=6)] * 3, from_s=3)[-1].status is ALIGNED


def test_one_swaying_picture_is_no_move():
    monitor = AlignmentMonitor([SPOT])
    seen(monitor, [make_picture(seed=seed) for seed in range(2)])
    swayed, _ = turned(make_picture(seed=5), 5)
    told = seen(monitor, [swayed, make_picture(seed=6), make_picture(seed=7)], from_s=1)
    assert [each.status for each in told] == [ALIGNED] * 3
    assert not told[-1].is_doubtful


def test_light_that_fades_and_cars_that_come_are_no_move():
    monitor = AlignmentMonitor([SPOT])
    images = []
    for step in range(12):
        image = np.clip(make_picture(seed=step) * (1 - step / 15.0), 0, 255).astype(np.uint8)
        cv2.rectangle(image, (40 * step, 200), (40 * step + 120, 330), (200, 60, 40), -1)
        images.append(image)
    assert {each.status for each in seen(monitor, images)} == {ALIGNED}


def test_another_place_is_told_as_moved_without_a_proposal_once_it_lasts():
    monitor = AlignmentMonitor([SPOT])
    seen(monitor, [make_picture(seed=seed) for seed in range(2)])
    elsewhere = cv2.rotate(make_picture(360, 640), cv2.ROTATE_90_CLOCKWISE)
    told = [
        monitor.update(WorkingPicture(elsewhere), second * NS_PER_S)
        for second in (2, 12, 22, 33, 34)
    ]
    assert told[0].is_doubtful
    assert (told[-1].status, told[-1].homography) == (MOVED, None)


@pytest.mark.parametrize("away_s", [5, 60], ids=["a glance", "long enough to be told as moved"])
def test_camera_that_swung_to_another_place_and_back_is_trusted_again_within_two_seconds(away_s):
    monitor = AlignmentMonitor([SPOT])
    seen(monitor, [make_picture(seed=seed) for seed in range(2)])
    elsewhere = cv2.rotate(make_picture(360, 640), cv2.ROTATE_90_CLOCKWISE)
    away = seen(monitor, [elsewhere] * (2 * away_s), from_s=1)[-1]
    assert away.is_doubtful or away.status is MOVED
    back = seen(monitor, [make_picture(seed=6)] * 4, from_s=1 + away_s)[-1]
    assert (back.status, back.is_doubtful) == (ALIGNED, False)


def test_camera_that_looks_elsewhere_for_less_than_half_a_minute_is_not_told_as_moved():
    monitor = AlignmentMonitor([SPOT])
    seen(monitor, [make_picture(seed=seed % 9) for seed in range(100)])
    elsewhere = cv2.rotate(make_picture(360, 640), cv2.ROTATE_90_CLOCKWISE)
    away = seen(monitor, [elsewhere] * 50, from_s=50)
    assert {each.status for each in away} == {ALIGNED}
    assert away[-1].is_doubtful


def with_print(image: ImageArray, time: str) -> ImageArray:
    """The picture with what cameras write into it."""
    seen = image.copy()
    for text, at in ((f"2026-11-29 Sunday {time}", (12, 24)), ("PARKING NORTH 03", (330, 348))):
        cv2.putText(seen, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (0, 0, 0), 4, cv2.LINE_AA)
        cv2.putText(seen, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 1, cv2.LINE_AA)
    return seen


def test_time_and_name_written_into_the_picture_do_not_make_another_place_the_same():
    monitor = AlignmentMonitor([SPOT])
    seen(monitor, [with_print(make_picture(seed=seed), f"12:00:0{seed}") for seed in range(2)])
    elsewhere = cv2.rotate(make_picture(360, 640), cv2.ROTATE_90_CLOCKWISE)
    told = seen(monitor, [with_print(elsewhere, f"12:00:{n}") for n in range(10, 80)], from_s=1)
    assert told[-1].status is MOVED


def test_reference_picture_tells_of_a_move_before_the_first_picture():
    pushed, homography = turned(make_picture(seed=5), 5)
    monitor = AlignmentMonitor([SPOT], reference=make_picture(seed=1))
    told = seen(monitor, [pushed] * 3)[-1]
    assert told.status is MOVED
    assert off_px(told, homography) < 1.0


def recalled() -> AlignmentMonitor:
    """A monitor that begins with what an earlier one saw."""
    earlier, later = AlignmentMonitor([SPOT]), AlignmentMonitor([SPOT])
    seen(earlier, [make_picture(seed=1)])
    assert earlier.reference is not None
    later.recall(earlier.reference)
    return later


def test_recalled_reference_tells_of_a_move_between_two_runs():
    pushed, homography = turned(make_picture(seed=5), 5)
    told = seen(recalled(), [pushed] * 3)
    assert told[0].is_doubtful
    assert told[-1].status is MOVED
    assert off_px(told[-1], homography) < 1.0


def test_recalled_place_is_aligned_and_then_watched_without_a_look_at_every_picture(monkeypatch):
    monitor = recalled()
    told = seen(monitor, [make_picture(seed=seed) for seed in (5, 6)])
    assert (told[-1].status, told[-1].is_doubtful) == (ALIGNED, False)
    monkeypatch.setattr(alignment, "find_landmarks", None)  # a thorough look would fail
    assert seen(monitor, [make_picture(seed=7)] * 6, from_s=1)[-1].status is ALIGNED


def test_recalled_place_that_is_not_recognised_may_be_in_a_new_light_until_it_is():
    unlike = WorkingPicture(cv2.rotate(make_picture(360, 640), cv2.ROTATE_90_CLOCKWISE))
    monitor = recalled()
    told = [monitor.update(unlike, second * NS_PER_S) for second in (0, 10, 20, 31, 60)]
    assert {(each.status, each.is_doubtful) for each in told} == {(UNKNOWN, False)}
    pushed, _ = turned(make_picture(seed=5), 5)
    assert seen(monitor, [pushed] * 3, from_s=120)[-1].status is MOVED


def test_place_that_never_fitted_the_reference_picture_is_told_as_moved_once_it_lasts():
    elsewhere = WorkingPicture(cv2.rotate(make_picture(360, 640), cv2.ROTATE_90_CLOCKWISE))
    monitor = AlignmentMonitor([SPOT], reference=make_picture(seed=1))
    told = [monitor.update(elsewhere, second * NS_PER_S) for second in (0, 10, 20, 31, 32)]
    assert told[0].is_doubtful
    assert (told[-1].status, told[-1].homography) == (MOVED, None)


def test_first_picture_that_shows_little_is_not_worth_keeping():
    monitor = AlignmentMonitor([SPOT])
    seen(monitor, [np.full((360, 640, 3), 90, np.uint8)])
    assert monitor.reference is None


def look(status: AlignmentStatus) -> AlignmentLook:
    return AlignmentLook(status, np.eye(3), 0.0)


@pytest.mark.parametrize(
    ("looks", "believed"),
    [
        pytest.param([ALIGNED, ALIGNED], [ALIGNED, ALIGNED], id="stands still"),
        pytest.param([MOVED, ALIGNED], [ALIGNED, ALIGNED], id="sways once"),
        pytest.param([MOVED, MOVED], [ALIGNED, MOVED], id="is pushed"),
        pytest.param([DRIFTED, MOVED, MOVED], [ALIGNED, ALIGNED, MOVED], id="is pushed slowly"),
        pytest.param(
            [DRIFTED, DRIFTED, ALIGNED, ALIGNED],
            [ALIGNED, DRIFTED, DRIFTED, ALIGNED],
            id="drifts and returns",
        ),
    ],
)
def test_two_looks_must_agree_on_news(looks, believed):
    now = next_alignment(NOT_ALIGNED_YET, look(ALIGNED), look(ALIGNED), 640, 0)
    previous = look(ALIGNED)
    told = []
    for number, status in enumerate(looks, 1):
        now = next_alignment(now, previous, look(status), 640, number)
        previous = look(status)
        told.append(now.status)
    assert told == believed


def test_shift_is_judged_where_the_spots_are():
    zoom = np.array([[1.1, 0, -32], [0, 1.1, -18], [0, 0, 1.0]])
    middle, edge = np.array([[320.0, 180.0]]), np.array([[10.0, 10.0]])
    monitor = AlignmentMonitor([SPOT])
    assert judge_look(zoom, middle, monitor._settings).status is ALIGNED
    assert judge_look(zoom, edge, monitor._settings).status is MOVED
