"""`wayside replay`: a recorded clip through a mission, compared with what is expected."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from service.errors import ClipError, MisuseError
from service.mission import annotate
from service.mission_loading import load_mission
from service.records import EventRecord
from service.replay.annotated_video import AnnotatedVideo
from service.replay.clip_length import picture_count
from service.replay.expectation import differences, read_events, write_events
from service.replay.run import ReplayReport, replay
from service.site import Camera, Site
from service.site_file import load_site
from service.site_state import Result
from streams.source import open_source
from vision.frame import Frame

OutFile = Path | None


def replay_clip(
    clip: Annotated[str, typer.Argument(metavar="CLIP", help="Video file or folder of pictures.")],
    site_file: Annotated[Path, typer.Option("--site", metavar="SITE.yaml", help="Its site file.")],
    camera_id: Annotated[
        str | None, typer.Option("--camera", help="Which of the site's cameras took it.")
    ] = None,
    events_file: Annotated[
        OutFile, typer.Option("--events", metavar="OUT.jsonl", help="Write all events here.")
    ] = None,
    video_file: Annotated[
        OutFile, typer.Option("--annotate", metavar="OUT.mp4", help="Write the clip, drawn in.")
    ] = None,
    expect_file: Annotated[
        OutFile, typer.Option("--expect", metavar="FILE", help="Events that must come out.")
    ] = None,
    update_golden: Annotated[
        bool, typer.Option("--update-golden", help="Write the events to the file of --expect.")
    ] = False,
    model: Annotated[
        str | None, typer.Option(help="Manifest name or path, in place of the site's.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of the network.")] = None,
    realtime: Annotated[bool, typer.Option(help="At the clip's own speed.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Replay a clip: the same events every time, as fast as the machine can.

    Exits with 1 when the events differ from those of --expect.
    """
    if update_golden and expect_file is None:
        raise MisuseError("--update-golden wants --expect FILE, the file to rewrite")
    site = load_site(site_file)
    camera = _camera_of(site, clip, camera_id)
    expected = read_events(expect_file) if expect_file and not update_golden else None
    report = _run(clip, site, camera, video_file, model, threads, realtime)
    if events_file is not None:
        write_events(events_file, report.events)
    if expect_file is not None and update_golden:
        write_events(expect_file, report.events)
    faults = None if expected is None else differences(expected, report.events)
    _print(report, faults, clip, site, camera, as_json)
    if faults:
        raise typer.Exit(1)


def _camera_of(site: Site, clip: str, camera_id: str | None) -> Camera:
    known = ", ".join(camera.camera_id for camera in site.cameras)
    if camera_id is not None:
        camera = site.camera(camera_id)
        if camera is None:
            raise MisuseError(f"site {site.site_id} has no camera {camera_id!r}; it has {known}")
        return camera
    if len(site.cameras) == 1:
        return site.cameras[0]
    named = [each for each in site.cameras if Path(each.source).name == Path(clip).name]
    if len(named) == 1:
        return named[0]
    raise MisuseError(f"say which camera took the clip by --camera: {known}")


def _run(
    clip: str,
    site: Site,
    camera: Camera,
    video_file: Path | None,
    model: str | None,
    threads: int | None,
    is_realtime: bool,
) -> ReplayReport:
    with ExitStack() as stack:
        source = stack.enter_context(open_source(clip, camera.camera_id, mode=camera.frames))
        if source.is_live:
            raise ClipError(f"{source.name} is a live camera; a replay wants a recorded clip")
        mission = load_mission(camera, model=model, threads=threads)
        video = stack.enter_context(AnnotatedVideo(video_file)) if video_file else None
        advance = stack.enter_context(_progress(clip))

        def on_frame(frame: Frame, result: Result, _changes: list[EventRecord]) -> None:
            if video is not None:
                video.add(annotate(camera, frame.image, result), frame.timestamp_ns)
            advance()

        return replay(source, site, camera, mission, on_frame, is_realtime=is_realtime)


@contextmanager
def _progress(clip: str) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(Path(clip).name, total=picture_count(clip))
        yield lambda: bar.advance(task)


def _print(
    report: ReplayReport,
    faults: list[str] | None,
    clip: str,
    site: Site,
    camera: Camera,
    as_json: bool,
) -> None:
    for fault in faults or []:
        typer.echo(fault, err=True)
    if report.truncated:
        typer.echo(f"wayside: {report.truncated}", err=True)
    if as_json:
        typer.echo(json.dumps(_summary(report, faults, clip, site, camera), ensure_ascii=False))
        return
    for line in _sentences(report, faults):
        typer.echo(line)


def _sentences(report: ReplayReport, faults: list[str] | None) -> Iterator[str]:
    yield (
        f"{report.frames} pictures of {report.duration_s:.1f} s in {report.wall_s:.1f} s, "
        f"{report.damaged} damaged, {len(report.events)} events"
    )
    for lot in report.final["lots"]:
        yield f"{lot['name']}: {lot['text']} of {lot['total']}"
    for alert in report.final["alerts"]:
        reason = f" ({alert['reason']})" if alert["reason"] else ""
        yield f"display of {alert['camera_id']}: {alert['level']}{reason}"
    for stage, percentiles in report.stage_percentiles().items():
        shown = ", ".join(f"{name} {value:.1f}" for name, value in percentiles.items())
        yield f"{stage}: {shown} ms"
    if faults is not None:
        yield f"{len(faults)} differences from what was expected" if faults else "as expected"


def _summary(
    report: ReplayReport, faults: list[str] | None, clip: str, site: Site, camera: Camera
) -> dict[str, Any]:
    return {
        "clip": Path(clip).name,
        "site_id": site.site_id,
        "camera_id": camera.camera_id,
        "mission": camera.mission,
        "frames": report.frames,
        "skipped": report.skipped,
        "dropped": 0,
        "damaged": report.damaged,
        "resolution_changes": report.resolution_changes,
        "truncated": report.truncated or None,
        "duration_s": round(report.duration_s, 3),
        "wall_s": round(report.wall_s, 3),
        "events": report.event_counts(),
        "final": report.final,
        "stage_ms": report.stage_percentiles(),
        "expect": None if faults is None else {"ok": not faults, "differences": faults},
    }
