"""One replay written down: what ran on which clip, what it said, and how long it took."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.catalogue import Catalogue, file_sha256
from service.cameras.mission_loading import task_of
from service.errors import ClipError
from service.live.camera_state import Result
from service.live.records import EventRecord
from service.replay.expectation import read_events
from service.replay.run import ReplayReport
from service.replay.timeline import Timeline, event_timelines
from service.shape_fault import shape_fault
from service.site.site import Camera, ParkingPlan, Site
from service.timestamps import NS_PER_S
from vision.tram.watch import TramResult


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Configuration(_Part):
    """What gave these answers.

    By one version of Wayside, whose networks beside the named one are its own, two runs of the
    same hashes give the same ones.
    """

    site_id: str
    camera_id: str
    mission: Literal["parking", "tram"]
    site_sha256: str
    model: str
    model_sha256: str
    clip_sha256: str | None = Field(default=None, description="None for a folder of pictures.")


class SeenObstacle(_Part):
    """One followed object in one picture of a tram."""

    track_id: int
    kind: str
    xyxy: tuple[float, float, float, float]
    confidence: float
    distance_m: float
    lateral_m: float
    closing_speed_mps: float
    time_to_collision_s: float | None
    in_envelope: bool


class Sighting(_Part):
    """The obstacles of one picture."""

    t_s: float
    estimated_speed_mps: float | None = Field(
        default=None, description="The tram's own, where it is taken from the picture."
    )
    obstacles: tuple[SeenObstacle, ...]


class RecordedRun(_Part):
    """A replay as a file; `configuration` is missing where only events were kept."""

    schema_name: Literal["wayside-run/1"] = Field(default="wayside-run/1", alias="schema")
    clip: str = ""
    configuration: Configuration | None = None
    duration_s: float
    spot_ids: tuple[str, ...] = ()
    closed_spot_ids: tuple[str, ...] = ()
    stage_ms: dict[str, dict[str, float]] = Field(default_factory=dict)
    events: tuple[EventRecord, ...]
    sightings: tuple[Sighting, ...] = ()

    @property
    def is_of_tram(self) -> bool:
        """Whether it has a display, also where no time passed in which it could show anything."""
        if self.configuration is not None:
            return self.configuration.mission == "tram"
        return any(each.type == "alert.changed" for each in self.events)

    def spot_timelines(self) -> dict[str, Timeline]:
        """What was told of each spot that is in service."""
        spots = [each for each in self.spot_ids if each not in self.closed_spot_ids]
        return event_timelines("spot", self.events, spots, self.duration_s)

    def alert_timeline(self) -> Timeline:
        """What the driver was shown; empty when the run is no tram's."""
        cameras = {each.subject for each in self.events if each.type == "alert.changed"}
        if self.configuration is not None and self.configuration.mission == "tram":
            cameras = {self.configuration.camera_id}
        shown = event_timelines("alert", self.events, cameras, self.duration_s)
        return next(iter(shown.values()), ())


def recorded(
    clip: str,
    camera: Camera,
    configuration: Configuration,
    report: ReplayReport,
    sightings: Iterable[Sighting] = (),
) -> RecordedRun:
    """A finished replay as it is written down."""
    spots = camera.plan.layout.spots if isinstance(camera.plan, ParkingPlan) else ()
    return RecordedRun(
        clip=Path(clip).name,
        configuration=configuration,
        duration_s=report.duration_s,
        spot_ids=tuple(each.spot_id for each in spots),
        closed_spot_ids=tuple(each.spot_id for each in spots if each.is_closed),
        stage_ms=report.stage_percentiles(),
        events=tuple(report.events),
        sightings=tuple(sightings),
    )


def configuration_of(site: Site, camera: Camera, clip: str, model: str | None) -> Configuration:
    """What is about to run; raises ModelError where its model is missing."""
    found = Catalogue.load().find(model or camera.model, task_of(camera))
    return Configuration(
        site_id=site.site_id,
        camera_id=camera.camera_id,
        mission=camera.mission,
        site_sha256=file_sha256(site.path),
        model=found.spec.name,
        model_sha256=file_sha256(found.path),
        clip_sha256=file_sha256(Path(clip)) if Path(clip).is_file() else None,
    )


def sighting_of(result: Result) -> Sighting:
    """The obstacles of a result, rounded to what is worth keeping."""
    obstacles = result.obstacles if isinstance(result, TramResult) else ()
    drive = result.drive if isinstance(result, TramResult) else None
    speed_mps = drive.speed_mps if drive is not None and drive.is_estimated else None
    return Sighting(
        t_s=round(result.timestamp_ns / NS_PER_S, 4),
        estimated_speed_mps=None if speed_mps is None else round(speed_mps, 3),
        obstacles=tuple(
            SeenObstacle(
                track_id=each.track_id,
                kind=each.kind.value,
                xyxy=_rounded_box(each.xyxy),
                confidence=round(each.confidence, 3),
                distance_m=round(each.distance_m, 3),
                lateral_m=round(each.lateral_m, 3),
                closing_speed_mps=round(each.closing_speed_mps, 3),
                time_to_collision_s=(
                    None if each.time_to_collision_s is None else round(each.time_to_collision_s, 3)
                ),
                in_envelope=each.in_envelope,
            )
            for each in obstacles
        ),
    )


def write_run(path: Path, run: RecordedRun) -> None:
    """One JSON file; raises ClipError."""
    try:
        path.write_text(run.model_dump_json(by_alias=True, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ClipError(f"cannot write {path}: {error.strerror}") from error


def read_run(path: Path) -> RecordedRun:
    """A file of `write_run`, or the bare events of `--events`; raises ClipError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not text"
        raise ClipError(f"cannot read the run {path}: {reason}") from error
    if not _is_run(text):
        return _from_events(read_events(path))
    try:
        return RecordedRun.model_validate_json(text)
    except ValidationError as error:
        raise ClipError(f"{path}: {shape_fault(error)}") from None


def _is_run(text: str) -> bool:
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError:
        return False  # several lines of JSON: events
    return isinstance(parsed, dict) and "schema" in parsed


def _from_events(events: list[EventRecord]) -> RecordedRun:
    spots = dict.fromkeys(each.subject for each in events if each.type == "spot.changed")
    return RecordedRun(
        duration_s=max((each.timestamp_ns for each in events), default=0) / NS_PER_S,
        spot_ids=tuple(spots),
        events=tuple(events),
    )


def _rounded_box(xyxy: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = (round(float(value), 1) for value in xyxy)
    return left, top, right, bottom
