"""One clip through one camera's mission, by the clip's own time."""

import heapq
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from service.cabin.assistance_tally import AssistanceTally, next_tally
from service.cameras.mission import Mission
from service.cameras.stage_timer import StageTimer, stage_ms
from service.live.camera_state import (
    CameraCounts,
    CameraState,
    CameraStatus,
    Result,
    fault_of,
    link_and_view,
)
from service.live.records import EventRecord
from service.live.site_state import SiteState
from service.site.site import Camera, Site
from service.timestamps import NS_PER_S
from streams.source import Source
from vision.frame import Frame
from vision.tram.watch import TramResult

OnFrame = Callable[[Frame, Result, list[EventRecord]], None]
PERCENTILES = (50, 95, 99)


@dataclass(slots=True)
class ReplayReport:
    """What a replay saw; events and final states are the same on every run."""

    events: list[EventRecord] = field(default_factory=list)
    frames: int = 0
    skipped: int = 0
    damaged: int = 0
    resolution_changes: int = 0
    truncated: str = ""
    duration_s: float = 0.0
    """Clip time from the first to the last picture."""
    seen_until_s: dict[str, float] = field(default_factory=dict)
    """The same for each camera by itself."""
    wall_s: float = 0.0
    final: dict[str, Any] = field(default_factory=dict)
    """Spots, lots and alerts after the last picture, as records."""
    tallies: dict[str, AssistanceTally] = field(default_factory=dict)
    """How often each tram's assistant spoke, by camera."""
    stage_ms: dict[str, list[float]] = field(default_factory=dict)
    """Per stage, one value per picture; `frame` is the whole without decoding."""

    def event_counts(self) -> dict[str, int]:
        """How many events of each type."""
        counts: dict[str, int] = {}
        for event in self.events:
            counts[event.type] = counts.get(event.type, 0) + 1
        return counts

    def stage_percentiles(self) -> dict[str, dict[str, float]]:
        """p50, p95 and p99 per stage in ms."""
        return {
            stage: {
                f"p{percent}": round(float(np.percentile(values, percent)), 3)
                for percent in PERCENTILES
            }
            for stage, values in self.stage_ms.items()
        }


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """One camera's recorded clip on its way through its mission."""

    source: Source
    camera: Camera
    mission: Mission


def replay(
    source: Source,
    site: Site,
    camera: Camera,
    mission: Mission,
    on_frame: OnFrame | None = None,
    *,
    is_realtime: bool = False,
) -> ReplayReport:
    """Run the source to its end; raises SourceError, VisionError.

    `on_frame` is called after every picture with its result and the changes it made.
    """
    return replay_together(site, [Take(source, camera, mission)], on_frame, is_realtime=is_realtime)


def replay_together(
    site: Site,
    takes: Sequence[Take],
    on_frame: OnFrame | None = None,
    *,
    is_realtime: bool = False,
) -> ReplayReport:
    """Run the clips of several cameras, all begun at the same moment, in order of time.

    Raises SourceError, VisionError.
    """
    state = SiteState(site, itertools.count(1))
    report = ReplayReport()
    timer = StageTimer()
    began_s = time.monotonic()
    frames: dict[str, int] = {take.camera.camera_id: 0 for take in takes}
    last_ns = 0
    for clip_ns, take, frame in _in_order_of_time(takes):
        camera_id = take.camera.camera_id
        if is_realtime:
            _wait_until(began_s + clip_ns / NS_PER_S)
        start_ns = time.perf_counter_ns()
        result = take.mission.update(frame, clip_ns, timer)
        spent_ms = (time.perf_counter_ns() - start_ns) / 1e6
        report.frames += 1
        frames[camera_id] += 1
        if isinstance(result, TramResult):
            tally = report.tallies.get(camera_id, AssistanceTally())
            report.tallies[camera_id] = next_tally(tally, result)
        last_ns = max(last_ns, frame.timestamp_ns)
        report.seen_until_s[camera_id] = clip_ns / NS_PER_S
        report.duration_s = max(report.duration_s, clip_ns / NS_PER_S)
        changes = state.update(result)
        changes += state.set_camera(
            camera_id, _camera_state(frame, result, frames[camera_id]), frame.timestamp_ns
        )
        report.events += changes
        for stage, value in {**stage_ms(timer.take()), "frame": spent_ms}.items():
            report.stage_ms.setdefault(stage, []).append(value)
        if on_frame is not None:
            on_frame(frame, result, changes)
    report.wall_s = time.monotonic() - began_s
    for take in takes:
        _take_stats(report, take.source)
    report.final = _final(state, last_ns)
    return report


def _in_order_of_time(takes: Sequence[Take]) -> Iterator[tuple[int, Take, Frame]]:
    """Every picture with the time since its clip's first one; the first camera goes first."""
    return heapq.merge(*(_timed(take) for take in takes), key=lambda each: each[0])


def _timed(take: Take) -> Iterator[tuple[int, Take, Frame]]:
    first_ns: int | None = None
    for frame in take.source:
        first_ns = frame.timestamp_ns if first_ns is None else first_ns
        yield frame.timestamp_ns - first_ns, take, frame


def _camera_state(frame: Frame, result: Result, frames: int) -> CameraState:
    status, reason = link_and_view(CameraStatus.LIVE, None, fault_of(result))
    return CameraState(
        status=status,
        reason=reason,
        observed_at_ns=frame.timestamp_ns,
        frame_id=frame.frame_id,
        width_px=frame.width_px,
        height_px=frame.height_px,
        counts=CameraCounts(frames=frames),
    )


def _take_stats(report: ReplayReport, source: Source) -> None:
    stats = source.stats
    report.skipped += stats.skipped
    report.damaged += stats.damaged
    report.resolution_changes += stats.resolution_changes
    report.truncated = report.truncated or stats.truncated


def _final(state: SiteState, now_ns: int) -> dict[str, Any]:
    left_out = {"polygon"}
    return {
        "spots": [record.model_dump(exclude=left_out) for record in state.spots(now_ns)],
        "lots": [record.model_dump() for record in state.lots(now_ns)],
        "alerts": [record.model_dump() for record in state.alerts(now_ns)],
    }


def _wait_until(moment_s: float) -> None:
    early_s = moment_s - time.monotonic()
    if early_s > 0:
        time.sleep(early_s)
