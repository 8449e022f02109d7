"""`wayside models`: which networks there are, whether they are sound, fetching and exporting."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.table import Table
from rich.text import Text

from models.catalogue import Catalogue, cache_dir, check_sha256
from models.errors import DamagedModel, ModelError
from models.export import export_ultralytics
from models.pull import pull
from service.cli.options import AsJson

app = typer.Typer(no_args_is_help=True, help="Networks: list, verify, pull and export them.")


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """List the networks that the manifest knows, and where each one's file is."""
    catalogue = Catalogue.load()
    rows: list[dict[str, Any]] = []
    for spec in catalogue.specs:
        path = catalogue.locate(spec)
        rows.append(
            {
                "name": spec.name,
                "task": spec.task,
                "family": spec.family,
                "licence": spec.licence,
                "file": spec.file,
                "path": None if path is None else str(path),
                "sha256": spec.sha256,
                "origin": spec.origin,
                "url": spec.url,
                "note": spec.note,
                "is_default": spec.name in catalogue.defaults.values(),
            }
        )
    if as_json:
        typer.echo(json.dumps({"models": rows}))
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("name (* default)", no_wrap=True)
    for heading in ("for", "licence", "here"):
        table.add_column(heading, no_wrap=True)
    table.add_column("note")
    for row in rows:
        mark = " *" if row["is_default"] else ""
        here = "yes" if row["path"] else ("pull" if row["url"] else "no")
        cells = (f"{row['name']}{mark}", row["task"], row["licence"], here, row["note"])
        table.add_row(*map(Text, cells))
    Console().print(table)


@app.command()
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="Which; all by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check every file that is here against the sha256 in the manifest."""
    catalogue = Catalogue.load()
    specs = [catalogue.spec(name) for name in names] if names else list(catalogue.specs)
    states: dict[str, str] = {}
    for spec in specs:
        path = catalogue.locate(spec)
        if path is None:
            states[spec.name] = "missing"
            continue
        try:
            check_sha256(spec, path)
            states[spec.name] = "sound"
        except DamagedModel as error:
            states[spec.name] = "damaged"
            typer.echo(str(error), err=True)
    if as_json:
        typer.echo(json.dumps({"models": states}))
    else:
        for name, state in states.items():
            typer.echo(f"{name}: {state}")
    asked_and_missing = bool(names) and "missing" in states.values()
    embedded = [name for name in catalogue.defaults.values() if states.get(name) == "missing"]
    if "damaged" in states.values() or asked_and_missing or embedded:
        raise typer.Exit(1)


@app.command("pull")
def pull_models(
    names: Annotated[list[str], typer.Argument(help="Names from `wayside models list`.")],
    folder: Annotated[
        Path | None, typer.Option(help="Where to keep them; the cache folder by default.")
    ] = None,
) -> None:
    """Fetch networks from their public addresses, resuming what was begun."""
    catalogue = Catalogue.load()
    specs = [catalogue.spec(name) for name in names]
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, TransferSpeedColumn(), console=Console(stderr=True)) as progress:
        for spec in specs:
            task = progress.add_task(spec.name, total=None)
            path = pull(
                spec,
                folder or cache_dir(),
                lambda done, total, task=task: progress.update(  # type: ignore[misc]
                    task, completed=done, total=total
                ),
            )
            typer.echo(str(path))


@app.command()
def export(
    checkpoint: Annotated[Path, typer.Argument(help="A trained Ultralytics .pt file.")],
    target: Annotated[Path | None, typer.Option("--out", help="Where the ONNX file goes.")] = None,
) -> None:
    """Turn an Ultralytics checkpoint into ONNX (needs the extra `train`)."""
    if target is not None and target.suffix != ".onnx":
        raise ModelError(f"--out wants a name that ends in .onnx, got {target.name}")
    typer.echo(str(export_ultralytics(checkpoint, target)))
