"""The rendered lots: what pushes, hides and disagrees in them is told as it is."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from service.cameras.model_loading import load_spot_classifier
from service.replay.collection import failures, find_clips, run_collected
from service.replay.site_run import run_site
from service.replay.truth import read_truth
from service.site.site import ParkingPlan
from service.site.site_file import load_site
from streams.source import open_source
from vision.frame import NS_PER_S, Frame
from vision.parking.alignment import AlignmentMonitor, AlignmentStatus
from vision.parking.layout import Zone, ZoneKind
from vision.parking.looks import GateSettings
from vision.parking.watch import ParkingResult, ParkingSettings, ParkingWatch
from vision.parking.working_picture import WorkingPicture

CLIPS = Path(__file__).parents[3] / "sample_videos"


def pictures(clip: str) -> Iterator[Frame]:
    with open_source(CLIPS / f"{clip}.mp4") as source:
        yield from source


def plan_of(clip: str) -> ParkingPlan:
    plan = load_site(CLIPS / f"{clip}.site.yaml").cameras[0].plan
    assert isinstance(plan, ParkingPlan)
    return plan


def watched(clip: str, plan: ParkingPlan, settings: ParkingSettings) -> list[ParkingResult]:
    watch = ParkingWatch(plan.layout, load_spot_classifier(), settings)
    return [watch.update(frame) for frame in pictures(clip)]


def test_pushed_camera_is_found_within_three_pictures_and_five_pixels():
    truth = json.loads((CLIPS / "lot_camera_pushed.truth.json").read_text())
    outlines = {name: np.array(corners) for name, corners in truth["spots"].items()}
    monitor = AlignmentMonitor(list(outlines.values()))
    pushed_s = next(each["from_s"] for each in truth["camera_health"] if each["state"] == "moved")
    found, farthest_px = None, 0.0
    for number, frame in enumerate(pictures("lot_camera_pushed")):
        believed = monitor.update(WorkingPicture(frame.image), frame.timestamp_ns)
        is_moved = believed.status is AlignmentStatus.MOVED
        assert not is_moved or frame.timestamp_ns >= pushed_s * NS_PER_S
        found = number if is_moved and found is None else found
        true = truth["frames"][number].get("spots")
        if found is not None and true:
            off = [believed.points(outlines[name], 640) - np.array(true[name]) for name in outlines]
            farthest_px = max(farthest_px, *(float(np.abs(each).max()) for each in off))
    # at 8.0 s the camera stands as before; the picture after it is the first pushed one
    first_pushed = round(pushed_s * truth["fps"]) + 1
    assert found is not None
    assert found - first_pushed < 3
    assert farthest_px < 5


@pytest.mark.parametrize("clip", ["lot_day", "lot_delivery_van"])
def test_gate_changes_no_final_state_and_spares_half_the_work(clip):
    plan = plan_of(clip)
    always = ParkingSettings(settling=plan.settling, gate=GateSettings(is_on=False))
    watch = ParkingWatch(plan.layout, load_spot_classifier(), ParkingSettings(plan.settling))
    gated = [watch.update(frame) for frame in pictures(clip)][-1]
    ungated = watched(clip, plan, always)[-1]
    said = [
        {name: (state.status, state.reason) for name, state in each.spots.items()}
        for each in (gated, ungated)
    ]
    assert said[0] == said[1]
    classified, spared = watch.classified
    assert spared > 0.4 * (classified + spared)


def test_van_in_the_lane_hides_three_spots_and_is_told_to_stand_there():
    plan = plan_of("lot_delivery_van")
    lane = np.array([[100, 162], [600, 158], [620, 205], [60, 208]], np.float32)
    zone = Zone("aisle", ZoneKind.LANE, lane, max_stop_s=3)
    plan = replace(plan, layout=replace(plan.layout, zones=(zone,)))
    results = watched("lot_delivery_van", plan, ParkingSettings(settling=plan.settling))
    hidden = {name for result in results[20:40] for name in result.hidden}
    assert {"A4", "A5", "A6"} <= hidden
    assert {result.spots["A4"].status.value for result in results[10:]} == {"occupied"}
    stood = [result.timestamp_ns / NS_PER_S for result in results if result.stopped]
    assert 4 < min(stood) < 7
    assert 8 < max(stood) < 11.3  # it drives off at 9 s
    assert {each.zone_id for result in results for each in result.stopped} == {"aisle"}


def test_two_views_together_are_never_wrong():
    site = load_site(CLIPS / "lot_two_views.site.yaml")
    done = run_site(site, truth=read_truth(CLIPS / "lot_two_views_a.truth.json"))
    assert done.score is not None
    figures = {name: done.score.figure(name).value for name in ("missed_changes", "wrong_share")}
    assert figures == {"missed_changes": 0, "wrong_share": 0}
    assert done.report.frames == 140
    votes = [spot["votes"] for spot in done.report.final["spots"]]
    assert all({vote["camera_id"] for vote in each} == {"south", "north-east"} for each in votes)


def test_night_falls_and_a_car_leaves_in_the_dark():
    clip = next(each for each in find_clips(CLIPS) if each.name == "lot_dusk")
    run = run_collected(clip)
    assert list(failures([run])) == []


def test_cameras_of_one_lot_stand_in_the_collection_together():
    clips = {clip.name: clip for clip in find_clips(CLIPS)}
    both = clips["lot_two_views"]
    assert [path.name for path in both.paths] == ["lot_two_views_a.mp4", "lot_two_views_b.mp4"]
    assert both.truth_path.name == "lot_two_views_a.truth.json"
    assert len(clips["lot_day"].paths) == 1
