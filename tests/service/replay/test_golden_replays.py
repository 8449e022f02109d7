"""Clips whose answers were looked at and kept; timings are left out.

`pytest tests/service/replay/test_golden_replays.py --update-golden` writes them anew, and the
commit says why.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path

import httpx
import pytest

from models.catalogue import Catalogue
from models.spec import Task
from service.cameras.mission import Mission, ParkingMission, TramMission
from service.cameras.mission_loading import FAINT_CONFIDENCE
from service.cameras.model_loading import load_detector, load_spot_classifier
from service.cameras.workers import Workers
from service.live.camera_state import Result
from service.live.hub import Hub
from service.live.records import EventRecord
from service.replay.expectation import differences
from service.replay.run import ReplayReport, replay
from service.site.site import Camera, ParkingPlan, Site, TramPlan
from service.site.site_file import load_site
from service.timestamps import NS_PER_S
from streams.source import Source, open_source
from streams.tally import SourceStats
from tests.service.replay.recordings import (
    RecordingClassifier,
    RecordingDetector,
    recorded_classifier,
    recorded_detector,
)
from tests.service.running import running_server
from tests.service.scenes import LOT_YAML, BrightSpots, lot_picture, write_clip
from vision.detector import ObjectDetector
from vision.frame import Frame
from vision.parking.looks import GateSettings
from vision.parking.watch import ParkingResult
from vision.tracker import TrackerSettings

CLIPS = Path(__file__).parents[3] / "sample_videos"
TASKS = {"lot_day": Task.PARKING, "tram_crossing": Task.OBSTACLES}
EVERY_SPOT = GateSettings(is_on=False)  # so that a recording has a row for every picture
MODELS_SAY = "{name}.said.json"
EXACT, CLOSE, RECEIVED = "{name}.results.txt", "{name}.events.jsonl", "yard.received.txt"


@dataclass(frozen=True)
class Beginning:
    """The first seconds of a source."""

    source: Source
    until_s: float

    @property
    def stats(self) -> SourceStats:
        return self.source.stats

    def __iter__(self) -> Iterator[Frame]:
        until_ns = self.until_s * NS_PER_S
        return takewhile(lambda frame: frame.timestamp_ns <= until_ns, self.source)


def play(site: Site, mission: Mission, until_s: float = math.inf) -> tuple[ReplayReport, list[str]]:
    """Replay the site's own clip; gives the report and a line per picture."""
    (camera,) = site.cameras
    rows: list[str] = []

    def on_frame(_frame: Frame, result: Result, _changes: list[EventRecord]) -> None:
        rows.append(row_of(result))

    with open_source(camera.source, camera.camera_id, mode=camera.frames) as source:
        return replay(Beginning(source, until_s), site, camera, mission, on_frame), rows


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
        return ParkingMission(camera.plan, recorded_classifier(recording), gate=EVERY_SPOT)
    return followed(camera, recorded_detector(recording))


def followed(camera: Camera, detector: ObjectDetector) -> TramMission:
    """The mission as the service runs it: sure finds start a track, faint ones keep it."""
    assert isinstance(camera.plan, TramPlan)
    sure = Catalogue.load().find(None, Task.OBSTACLES).spec.confidence
    tracking = TrackerSettings(high_confidence=sure)
    return TramMission(camera.camera_id, camera.plan, detector, tracking)


@dataclass(frozen=True)
class RealRun:
    """A clip replayed with its embedded network, and what that said of every picture."""

    events: list[EventRecord]
    recording: dict


@cache
def real_run(name: str, threads: int = 1, until_s: float = math.inf) -> RealRun:
    site = load_site(CLIPS / f"{name}.site.yaml")
    (camera,) = site.cameras
    model = Catalogue.load().defaults[TASKS[name]]
    network: RecordingClassifier | RecordingDetector
    if isinstance(camera.plan, TramPlan):
        detector = load_detector(threads=threads, confidence=FAINT_CONFIDENCE)
        network = RecordingDetector(detector)
        mission: Mission = followed(camera, network)
    else:
        network = RecordingClassifier(load_spot_classifier(threads=threads))
        mission = ParkingMission(camera.plan, network, gate=EVERY_SPOT)
    report, _ = play(site, mission, until_s)
    return RealRun(report.events, network.recording(model))


@pytest.mark.parametrize("name", TASKS)
def test_real_networks_on_clips_within_tolerance(name, golden):
    run = real_run(name)
    if golden.is_updating:
        golden.write_recording(MODELS_SAY.format(name=name), run.recording)
    kept = golden.lines(CLOSE.format(name=name), [event.json_line() for event in run.events])
    assert len(kept) > 5
    expected = [EventRecord.model_validate_json(line) for line in kept]
    assert differences(expected, run.events) == []


@pytest.mark.parametrize(("name", "until_s"), [("lot_day", 20.0), ("tram_crossing", 4.0)])
def test_another_run_on_two_threads_gives_the_same_bytes(name, until_s):
    one = [each for each in real_run(name).events if each.timestamp_ns <= until_s * NS_PER_S]
    other = real_run(name, 2, until_s).events
    assert len(one) > 3
    assert [each.json_line() for each in one] == [each.json_line() for each in other]


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
