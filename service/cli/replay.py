"""`wayside replay`: recorded clips through a mission, compared, scored, reported."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from service.cameras.mission import annotate
from service.cli.given_options import refuse_others
from service.cli.options import AsJson
from service.cli.output_files import check_files, check_folder
from service.errors import MisuseError
from service.live.camera_state import Result
from service.replay.annotated_video import AnnotatedVideo
from service.replay.clip_length import picture_count
from service.replay.clip_run import ClipRun, camera_of, named_camera, run_clip
from service.replay.collection import CollectedRun, failures, find_clips, run_collected
from service.replay.comparison import compare
from service.replay.evidence import write_evidence
from service.replay.expectation import differences, read_events, write_events
from service.replay.recorded_run import read_run, write_run
from service.replay.report import write_report
from service.replay.site_run import run_site
from service.replay.summary import (
    KEY_FIGURES,
    clip_sentences,
    clip_summary,
    comparison_sentences,
)
from service.replay.truth import read_truth
from service.site.site import Site
from service.site.site_file import load_site
from vision.frame import Frame

OutFile = Path | None
RunPair = tuple[Path, Path] | None
REPORT_SUFFIX = ".html"
TAKEN = {
    "--compare": ("compared", "truth_file", "as_json"),
    "--all": (
        "collection",
        "report_file",
        "evidence_dir",
        "model",
        "threads",
        "estimate_speed",
        "as_json",
    ),
}
"""The options of the forms that replay no single clip or site."""


def replay_clip(
    context: typer.Context,
    clip: Annotated[
        str | None, typer.Argument(metavar="CLIP", help="Video file or folder of pictures.")
    ] = None,
    site_file: Annotated[
        OutFile, typer.Option("--site", metavar="SITE.yaml", help="The clip's site file.")
    ] = None,
    camera_id: Annotated[
        str | None, typer.Option("--camera", help="Which of the site's cameras took it.")
    ] = None,
    events_file: Annotated[
        OutFile, typer.Option("--events", metavar="OUT.jsonl", help="Write all events here.")
    ] = None,
    run_file: Annotated[
        OutFile, typer.Option("--run", metavar="OUT.json", help="Write all of the run here.")
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
    truth_file: Annotated[
        OutFile, typer.Option("--truth", metavar="FILE", help="What is true: score against it.")
    ] = None,
    report_file: Annotated[
        OutFile,
        typer.Option("--report", metavar="OUT.html", help="Write a page; with --all a folder."),
    ] = None,
    evidence_dir: Annotated[
        OutFile, typer.Option("--evidence", metavar="DIR", help="A bundle for every wrong state.")
    ] = None,
    compared: Annotated[
        RunPair, typer.Option("--compare", metavar="RUN_A RUN_B", help="Two files of --run.")
    ] = None,
    collection: Annotated[
        OutFile, typer.Option("--all", metavar="DIR", help="Every clip of a folder that has truth.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="Manifest name or path, in place of the site's.")
    ] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of the network.")] = None,
    estimate_speed: Annotated[
        bool,
        typer.Option(
            "--estimate-speed", help="A tram's own speed from its pictures, whatever the site says."
        ),
    ] = False,
    realtime: Annotated[bool, typer.Option(help="At the clip's own speed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Replay a clip: the same events every time, as fast as the machine can.

    Without CLIP, the clips of all cameras of the site file, together in order of time.

    With --truth, scores it by the limits of the site file's expect: block. Exits with 1 when
    events differ from those of --expect, a limit is missed, a clip is missing or ends before its
    truth does, or the second run of --compare is worse (without --truth: differs).
    """
    forms = {"CLIP": clip, "--compare": compared, "--all": collection}
    said = [form for form, given in forms.items() if given is not None]
    if len(said) > 1 or not (said or site_file):
        raise MisuseError("say one of CLIP, --compare RUN_A RUN_B and --all DIR")
    for form in TAKEN.keys() & said:
        refuse_others(context, form, TAKEN[form])
    if compared is not None:
        _compare(compared, truth_file, as_json)
        return
    if collection is not None:
        how = {"model": model, "threads": threads, "estimates_speed": estimate_speed}
        _replay_all(collection, report_file, evidence_dir, as_json=as_json, **how)
        return
    if site_file is None:
        raise MisuseError("a clip wants its site file: --site SITE.yaml")
    if update_golden and expect_file is None:
        raise MisuseError("--update-golden wants --expect FILE, the file to rewrite")
    if evidence_dir is not None and truth_file is None:
        raise MisuseError("--evidence wants --truth FILE, which tells what is wrong")
    expected = read_events(expect_file) if expect_file and not update_golden else None
    site = load_site(site_file)
    outputs = {
        "--events": events_file,
        "--run": run_file,
        "--annotate": video_file,
        "--report": report_file,
        "--expect": expect_file if update_golden else None,
    }
    read = (clip, site_file, truth_file, None if update_golden else expect_file)
    check_files(outputs, _inputs(site, *read), made=("--events", "--expect"))
    if evidence_dir is not None:
        check_folder(evidence_dir)
    done = _replay_one(
        clip,
        site.estimating_speed() if estimate_speed else site,
        camera_id,
        video_file,
        model=model,
        threads=threads,
        truth=read_truth(truth_file) if truth_file else None,
        keeps_results=bool(report_file or evidence_dir),
        is_realtime=realtime,
    )
    if events_file is not None:
        write_events(events_file, done.report.events)
    if expect_file is not None and update_golden:
        write_events(expect_file, done.report.events)
    if run_file is not None:
        write_run(run_file, done.run)
    faults = None if expected is None else differences(expected, done.report.events)
    _write_findings(done, report_file, evidence_dir, faults or [])
    _print(done, faults, as_json)
    if faults or done.failures:
        raise typer.Exit(1)


def _inputs(site: Site, *read: str | Path | None) -> list[Path]:
    """All files that a replay reads or could read; none may be written."""
    of_cameras = [path for camera in site.cameras for path in camera.files]
    return [*of_cameras, *(Path(each) for each in read if each is not None)]


def _replay_one(
    clip: str | None, site: Site, camera_id: str | None, video_file: Path | None, **how: Any
) -> ClipRun:
    """Replay with a progress bar, and with an annotated copy where one is wanted.

    Without a clip all cameras are replayed; the copy is of the first one.
    """
    if clip is None and camera_id is not None:
        clip = named_camera(site, camera_id).source
    camera = site.cameras[0] if clip is None else camera_of(site, clip, camera_id)
    clips = [each.source for each in site.cameras] if clip is None else [clip]
    total = sum(picture_count(each) or 0 for each in clips) or None
    with ExitStack() as stack:
        video = stack.enter_context(AnnotatedVideo(video_file)) if video_file else None
        advance = stack.enter_context(_progress(Path(clips[0]).name, total))

        def on_picture(frame: Frame, result: Result) -> None:
            if video is not None and frame.camera_id == camera.camera_id:
                video.add(annotate(camera, frame.image, result), frame.timestamp_ns)
            advance()

        if clip is None:
            return run_site(site, on_picture=on_picture, **how)
        return run_clip(clip, site, camera, on_picture=on_picture, **how)


def _write_findings(
    done: ClipRun, report_file: Path | None, evidence_dir: Path | None, faults: list[str]
) -> None:
    if report_file is not None:
        write_report(report_file, done, faults)
    if evidence_dir is not None and done.truth is not None:
        for folder in write_evidence(evidence_dir, done, done.truth):
            typer.echo(f"wayside: evidence in {folder}", err=True)


def _print(done: ClipRun, faults: list[str] | None, as_json: bool) -> None:
    for fault in [*(faults or []), *done.failures]:
        typer.echo(fault, err=True)
    if done.report.truncated:
        typer.echo(f"wayside: {done.report.truncated}", err=True)
    if as_json:
        _print_json(clip_summary(done, faults))
        return
    for line in clip_sentences(done, faults):
        typer.echo(line)


def _compare(files: tuple[Path, Path], truth_file: Path | None, as_json: bool) -> None:
    truth = read_truth(truth_file) if truth_file else None
    comparison = compare(read_run(files[0]), read_run(files[1]), truth)
    if as_json:
        _print_json(comparison.summary())
    else:
        for line in comparison_sentences(comparison):
            typer.echo(line)
    if comparison.seconds("worse") or (truth is None and comparison.divergences):
        raise typer.Exit(1)


def _replay_all(
    folder: Path,
    report_dir: Path | None,
    evidence_dir: Path | None,
    *,
    as_json: bool,
    **how: Any,
) -> None:
    for written in (report_dir, evidence_dir):
        if written is not None:
            check_folder(written)
    clips = find_clips(folder)
    counts = [picture_count(str(path)) or 0 for clip in clips for path in clip.paths]
    runs: list[CollectedRun] = []
    if report_dir is not None:
        report_dir.mkdir(parents=True, exist_ok=True)
    with _progress(f"{len(clips)} clips", sum(counts)) as advance:
        for clip in clips:
            run = run_collected(
                clip,
                **how,
                keeps_results=bool(report_dir or evidence_dir),
                on_picture=lambda _frame, _result: advance(),
            )
            if run.done is not None:
                _write_findings(
                    run.done,
                    report_dir / f"{clip.name}{REPORT_SUFFIX}" if report_dir else None,
                    evidence_dir / clip.name if evidence_dir else None,
                    [],
                )
                run = run.without_results()
            runs.append(run)
    for line in failures(runs):
        typer.echo(line, err=True)
    is_ok = all(run.is_ok for run in runs)
    if as_json:
        _print_json({"ok": is_ok, "clips": [run.summary() for run in runs]})
    else:
        _print_tables(runs)
    if not is_ok:
        raise typer.Exit(1)


def _print_tables(runs: list[CollectedRun]) -> None:
    """One table per mission; a clip that did not run stands below them with its reason."""
    console = Console()
    for mission, heads in KEY_FIGURES.items():
        rows = [run.row() for run in runs if run.mission == mission]
        if not rows:
            continue
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column(mission, no_wrap=True)
        table.add_column("verdict", no_wrap=True)
        for head in heads.values():
            table.add_column(head, justify="right")
        for row in rows:
            table.add_row(*map(Text, row))
        console.print(table)
    for run in runs:
        if run.mission is None:
            console.print(Text(f"{run.name}: did not run"))
    passed = sum(run.verdict == "pass" for run in runs)
    failed = sum(not run.is_ok for run in runs)
    console.print(f"{len(runs)} clips, {passed} passed, {failed} failed", highlight=False)


def _print_json(summary: dict[str, Any]) -> None:
    typer.echo(json.dumps(summary, ensure_ascii=False))


@contextmanager
def _progress(name: str, total: int | None) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(name, total=total)
        yield lambda: bar.advance(task)
