"""Real footage: a train runs through switches, and nothing is in its way."""

from itertools import pairwise
from pathlib import Path

import pytest

from service.cameras.mission_loading import load_mission
from service.cameras.stage_timer import StageTimer
from service.site.site_file import load_site
from streams.source import open_source
from vision.classes import Kind
from vision.frame import NS_PER_S
from vision.tram.alert_state import AlertLevel
from vision.tram.watch import TramResult

CLIP = "videos/tram/train_cab_norway_raildb_640x368_924f.mp4"
# Nobody knows the focal length; with 600 px `wayside calibrate` finds this pose.
SITE = """
site: train
name: A train's cab
cameras:
- id: cab
  mission: tram
  source: {clip}
  tram:
    camera: {{height_m: 3.0, pitch_deg: 1.2, yaw_deg: 0.4, focal_px: 600,
             principal_px: [320, 184]}}
    speed: {{source: estimated}}
"""
MOST_CHANGE_MPS2, SLACK_MPS = 3.0, 3.0
SWITCH_TO_THE_LEFT, TRACK_THAT_JOINS = range(54, 63), range(772, 786)
"""Pictures, told apart by eye."""


@pytest.fixture(scope="module")
def ride(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[TramResult]:
    """The result of every picture; the own speed is read off them."""
    site_file = tmp_path_factory.mktemp("train") / "train.site.yaml"
    site_file.write_text(SITE.format(clip=shared / CLIP))
    camera = load_site(site_file).cameras[0]
    mission, results = load_mission(camera, threads=2), []
    with open_source(camera.source, camera.camera_id) as source:
        for frame in source:
            result = mission.update(frame, frame.timestamp_ns, StageTimer())
            assert isinstance(result, TramResult)
            results.append(result)
    return results


@pytest.mark.needs("shared")
def test_nobody_is_warned_of_anything(ride: list[TramResult]) -> None:
    warnings = {AlertLevel.CAUTION, AlertLevel.ALARM}
    assert not [result.frame_id for result in ride if result.alert.level in warnings]
    assert not [one for result in ride for one in result.obstacles if one.kind is Kind.OBJECT]
    told = [result for result in ride if result.alert.level is not AlertLevel.UNAVAILABLE]
    assert len(told) > 0.4 * len(ride), "the speed is not known in the others"


@pytest.mark.needs("shared")
def test_speed_never_jumps(ride: list[TramResult]) -> None:
    known = [
        (result.timestamp_ns, result.ego.speed_mps)
        for result in ride
        if result.ego.speed_mps is not None
    ]
    for (before_ns, before_mps), (now_ns, now_mps) in pairwise(known):
        possible_mps = SLACK_MPS + MOST_CHANGE_MPS2 * (now_ns - before_ns) / NS_PER_S
        assert abs(now_mps - before_mps) <= possible_mps


@pytest.mark.needs("shared")
def test_switch_is_a_fork_and_a_track_that_joins_is_none(ride: list[TramResult]) -> None:
    forks = [ride[number].ego_track.fork for number in SWITCH_TO_THE_LEFT]
    assert all(fork is not None and fork.curvature_per_m < 0 for fork in forks)
    assert not [number for number in TRACK_THAT_JOINS if ride[number].ego_track.fork is not None]
