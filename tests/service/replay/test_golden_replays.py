"""Clips whose answers were looked at and kept; timings are left out.

`pytest tests/service/replay/test_golden_replays.py --update-golden` writes them anew, and the
commit says why.
"""

import json
from pathlib import Path

import httpx
import pytest

from models.catalogue import Catalogue
from models.spec import Task
from service.hub import Hub
from service.mission import Mission, ParkingMission, TramMission
from service.model_loading import load_detector, load_spot_classifier
from service.records import EventRecord
from service.replay.expectation import differences
from service.replay.run import ReplayReport, replay
from service.site import Camera, ParkingPlan, Site, TramPlan
from service.site_file import load_site
from service.site_state import Result
from service.timestamps import NS_PER_S
from service.workers import Workers
from streams.source import open_source
from tests.service.replay.recordings import (
    RecordingClassifier,
    RecordingDetector,
    recorded_classifier,
    recorded_detector,
)
from tests.service.running import running_server
from tests.service.scenes import LOT_YAML, BrightSpots, lot_picture, write_clip
from vision.frame import Frame
from vision.parking.watch import ParkingResult

CLIPS = Path(__file__).parents[3] / "sample_videos"
TASKS = {
    name: task
    for name, task in {"lot_day": Task.PARKING, "tram_crossing": Task.OBSTACLES}.items()
    if task in Catalogue.load().defaults
}
MODELS_SAY = "{name}.said.json"
EXACT, CLOSE, RECEIVED = "{name}.results.txt", "{name}.events.jsonl", "yard.received.txt"


def play(site: Site, mission: Mission) -> tuple[ReplayReport, list[str]]:
    """Replay the site's own clip; gives the report and a line per picture."""
    (camera,) = site.cameras
    rows: list[str] = []

    def on_frame(_frame: Frame, result: Result, _changes: list[EventRecord]) -> None:
        rows.append(row_of(result))

    with open_source(camera.source, camera.camera_id, mode=camera.frames) as source:
        return replay(source, site, camera, mission, on_frame), rows


def row_of(result: Result) -> str:
    """What one picture led to, in a line."""
    at_s = f"{result.timestamp_ns / NS_PER_S:6.2f} s"
    if isinstance(result, ParkingResult):
        return f"{at_s} {''.join(state.status[0] for state in result.spots.values())}"
    obstacles = (
        f"{each.track_id}:{each.kind}:{each.distance_m:.1f}m:{each.closing_speed_mps:.1f}m/s"
        for each in result.obstacles
    )
    return " ".join([at_s, result.alert.level, *obstacles])


def recorded_mission(camera: Camera, recording: dict) -> Mission:
    if isinstance(camera.plan, ParkingPlan):
        return ParkingMission(camera.plan, recorded_classifier(recording))
    return TramMission(camera.camera_id, camera.plan, recorded_detector(recording))


@pytest.mark.parametrize("name", TASKS)
def test_real_networks_on_clips_within_tolerance(name, golden):
    site = load_site(CLIPS / f"{name}.site.yaml")
    plan = site.cameras[0].plan
    model = Catalogue.load().defaults[TASKS[name]]
    network: RecordingClassifier | RecordingDetector
    if isinstance(plan, TramPlan):
        network = RecordingDetector(load_detector(threads=1))
        mission: Mission = TramMission(site.cameras[0].camera_id, plan, network)
    else:
        network = RecordingClassifier(load_spot_classifier(threads=1))
        mission = ParkingMission(plan, network)
    report, _ = play(site, mission)
    if golden.is_updating:
        golden.write_recording(MODELS_SAY.format(name=name), network.recording(model))
    kept = golden.lines(CLOSE.format(name=name), [event.json_line() for event in report.events])
    assert len(kept) > 5
    expected = [EventRecord.model_validate_json(line) for line in kept]
    assert differences(expected, report.events) == []


@pytest.mark.parametrize("name", TASKS)
def test_recorded_answers_of_networks_lead_to_the_very_same_results(name, golden):
    site = load_site(CLIPS / f"{name}.site.yaml")
    recording = golden.recording(MODELS_SAY.format(name=name))
    report, rows = play(site, recorded_mission(site.cameras[0], recording))
    got = [*rows, *(event.json_line() for event in report.events)]
    assert got == golden.lines(EXACT.format(name=name), got)
    assert len(rows) == report.frames


def test_what_a_client_receives_of_a_clip(tmp_path, golden):
    """A car comes to A2 after two seconds and the one on A1 leaves after four."""
    (tmp_path / "yard.site.yaml").write_text(LOT_YAML)
    cars = [*[{"A1"}] * 20, *[{"A1", "A2"}] * 20, *[{"A2"}] * 20]
    pictures = [lot_picture(each, seed) for seed, each in enumerate(cars)]
    write_clip(tmp_path / "yard.mp4", pictures, rate_hz=10)
    site = load_site(tmp_path / "yard.site.yaml")
    hub = Hub([site])
    workers = Workers([site], hub, make_mission=bright_spots)
    with (
        running_server(hub) as root,
        httpx.stream("GET", f"{root}/api/v1/events?last_event_id=0", timeout=20) as stream,
    ):
        workers.start()
        try:
            got = received(stream)
        finally:
            workers.stop()
    assert got == golden.lines(RECEIVED, got)


def bright_spots(camera: Camera) -> ParkingMission:
    assert isinstance(camera.plan, ParkingPlan)
    return ParkingMission(camera.plan, BrightSpots())


def received(stream: httpx.Response) -> list[str]:
    """Every change of a spot or camera in order per subject, until the clip has ended."""
    subjects: dict[str, list[str]] = {}
    for line in stream.iter_lines():
        if not line.startswith("data: "):
            continue
        event = json.loads(line.removeprefix("data: "))
        data = event["data"]
        state = data.get("status") or data.get("text")
        name = f"{event['type']} {event['subject']}"
        subjects.setdefault(name, []).append(f"{state} {data['reason'] or ''}".strip())
        if event["type"] == "camera.changed" and data["status"] == "ended":
            break
    return [f"{name}: {', '.join(states)}" for name, states in sorted(subjects.items())]
