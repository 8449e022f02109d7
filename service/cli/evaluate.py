"""`wayside evaluate`: how good a model is on a labelled set."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from models.precision import Precision
from service.cameras.model_loading import load_detector, load_spot_classifier, load_track_reader
from service.cli.options import AsJson
from service.evaluate.labelled_obstacles import read_obstacle_set
from service.evaluate.labelled_spots import read_spot_set
from service.evaluate.labelled_track import read_track_set
from service.evaluate.obstacles import evaluate_obstacles
from service.evaluate.parking import evaluate_parking
from service.evaluate.range import evaluate_range, read_lead_set
from service.evaluate.track import evaluate_track

app = typer.Typer(no_args_is_help=True, help="Judge a model on a labelled set.")

SetFolder = Annotated[Path, typer.Argument(metavar="DATASET_DIR", help="A labelled set.")]
ModelName = Annotated[
    str | None, typer.Option("--model", help="Manifest name or path; the embedded one by default.")
]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads for the network.")]
Form = Annotated[
    Precision, typer.Option("--precision", help="Form of the network; auto is what serve takes.")
]


@app.command()
def obstacles(
    dataset_dir: SetFolder,
    model: ModelName = None,
    threads: Threads = None,
    precision: Form = Precision.FLOAT,
    as_json: AsJson = False,
) -> None:
    """Judge an obstacle detector: AP, and recall and precision at its own threshold."""
    labelled = read_obstacle_set(dataset_dir)
    detector = load_detector(model, threads=threads, precision=precision)
    steps = iter(_progress(len(labelled.pictures), "pictures"))
    report = evaluate_obstacles(labelled, detector, on_picture=lambda: next(steps, None))
    _print(report.to_json() | {"model": detector.spec.name}, as_json)


@app.command()
def parking(
    dataset_dir: SetFolder,
    model: ModelName = None,
    threads: Threads = None,
    precision: Form = Precision.FLOAT,
    as_json: AsJson = False,
) -> None:
    """Judge a spot classifier, or a detector used as one, every picture on its own."""
    labelled = read_spot_set(dataset_dir)
    classifier = load_spot_classifier(model, threads=threads, precision=precision)
    steps = iter(_progress(len(labelled.frames), "pictures"))
    report = evaluate_parking(labelled, classifier, on_picture=lambda: next(steps, None))
    _print(report.to_json() | {"model": model or "default"}, as_json)


@app.command("track")
def judge_track(
    dataset_dir: SetFolder,
    model: ModelName = None,
    threads: Threads = None,
    precision: Form = Precision.FLOAT,
    as_json: AsJson = False,
) -> None:
    """Judge a track network: overlap with the own track, or with all track."""
    pictures = read_track_set(dataset_dir)
    reader = load_track_reader(model, threads=threads, precision=precision)
    steps = iter(_progress(len(pictures), "pictures"))
    report = evaluate_track(pictures, reader, on_picture=lambda: next(steps, None))
    _print(report.to_json() | {"model": reader.spec.name}, as_json)


@app.command("range")
def lead_range(
    dataset_dir: SetFolder,
    model: ModelName = None,
    threads: Threads = None,
    precision: Form = Precision.FLOAT,
    as_json: AsJson = False,
) -> None:
    """Judge distance and time to collision of a vehicle ahead, from the pictures alone."""
    lead = read_lead_set(dataset_dir)
    detector = load_detector(model, threads=threads, precision=precision)
    steps = iter(_progress(len(lead.pictures), "pictures"))
    report = evaluate_range(
        lead,
        detector,
        confidence=detector.spec.confidence,
        on_picture=lambda: next(steps, None),
    )
    _print(report.to_json() | {"model": detector.spec.name}, as_json)


def _progress(total: int, what: str) -> Any:
    console = Console(stderr=True)
    return track(range(total + 1), what, console=console, disable=not console.is_terminal)


def _print(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(report))
        return
    table = Table("figure", "value")
    for name, value in _flat(report):
        table.add_row(name, f"{value:.4f}" if isinstance(value, float) else str(value))
    Console().print(table)


def _flat(report: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in report.items():
        if isinstance(value, dict):
            rows.extend(_flat(value, f"{prefix}{name}."))
        else:
            rows.append((f"{prefix}{name}", value))
    return rows
