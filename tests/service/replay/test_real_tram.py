"""Real footage: a man walks beside a track and over it, before a camera that stands."""

from pathlib import Path

import pytest

from service.cameras.mission_loading import load_mission
from service.cameras.stage_timer import StageTimer
from service.site.site_file import load_site
from streams.source import open_source
from vision.classes import Kind
from vision.tram.alert_state import AlertLevel
from vision.tram.obstacle import Obstacle
from vision.tram.watch import TramResult

CLIP = "videos/tram/person_beside_track_960x540_396f.mp4"
# What `wayside calibrate --focal 900` finds; nobody knows the focal length.
SITE = """
site: rails
name: A man beside the rails
cameras:
- id: cab
  mission: tram
  source: {clip}
  tram:
    camera: {{height_m: 2.415, pitch_deg: 9.37, yaw_deg: -0.51, lateral_offset_m: -0.26,
             focal_px: 900, principal_px: [480, 270]}}
    speed_csv: speed.csv
"""
EVERY = 4  # pictures
BESIDE, ON_TRACK, BESIDE_AGAIN = range(36, 72), range(112, 172), range(348, 384)
"""Pictures, told apart by eye."""


def every_fourth(clip: Path, folder: Path, speed_mps: float) -> dict[int, TramResult]:
    """Every fourth picture's result, by its number, of a tram that says to drive so fast."""
    (folder / "rails.site.yaml").write_text(SITE.format(clip=clip))
    (folder / "speed.csv").write_text(f"t_s,speed_mps\n0,{speed_mps}\n20,{speed_mps}\n")
    camera = load_site(folder / "rails.site.yaml").cameras[0]
    mission, results = load_mission(camera, threads=2), {}
    with open_source(camera.source, camera.camera_id) as source:
        for number, frame in enumerate(source):
            if number % EVERY == 0:
                result = mission.update(frame, frame.timestamp_ns, StageTimer())
                assert isinstance(result, TramResult)
                results[number] = result
    return results


@pytest.fixture(scope="module")
def seen(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[int, TramResult]:
    """What a standing tram sees."""
    return every_fourth(shared / CLIP, tmp_path_factory.mktemp("rails"), 0.0)


def the_man(result: TramResult) -> Obstacle:
    """The surest person within a few metres of the track."""
    people = [one for one in result.obstacles if one.kind is Kind.PERSON]
    return max((one for one in people if abs(one.lateral_m) < 4), key=lambda one: one.confidence)


@pytest.mark.needs("shared")
def test_standing_tram_sees_all_along_and_warns_of_nobody(seen: dict[int, TramResult]) -> None:
    levels = {result.alert.level for number, result in seen.items() if number > EVERY}
    assert levels <= {AlertLevel.CLEAR, AlertLevel.INFORMATION}


@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    ("pictures", "level"),
    [(BESIDE, AlertLevel.CLEAR), (ON_TRACK, AlertLevel.INFORMATION)],
    ids=["beside the rails", "on the track"],
)
def test_driver_who_is_about_to_start_is_told_of_him_while_he_is_on_the_track(
    seen: dict[int, TramResult], pictures: range, level: AlertLevel
) -> None:
    assert {result.alert.level for number, result in seen.items() if number in pictures} == {level}


@pytest.mark.needs("shared")
@pytest.mark.parametrize(
    ("pictures", "is_in_the_way"),
    [(BESIDE, False), (ON_TRACK, True), (BESIDE_AGAIN, False)],
    ids=["beside the rails", "on the track", "beside it again"],
)
def test_man_is_told_to_be_in_the_way_when_he_is(
    seen: dict[int, TramResult], pictures: range, is_in_the_way: bool
) -> None:
    told = [the_man(result).in_envelope for number, result in seen.items() if number in pictures]
    assert len(told) >= len(pictures) // EVERY
    assert set(told) == {is_in_the_way}


@pytest.mark.needs("shared")
def test_driver_of_a_moving_tram_is_told_of_him_while_he_is_on_the_track(
    shared: Path, tmp_path: Path
) -> None:
    seen = every_fourth(shared / CLIP, tmp_path, 4.0)
    levels = {number: result.alert.level for number, result in seen.items()}
    assert {level for number, level in levels.items() if number in ON_TRACK} == {
        AlertLevel.INFORMATION  # he walks on and comes no nearer: the camera stands
    }
    assert AlertLevel.ALARM not in levels.values()
