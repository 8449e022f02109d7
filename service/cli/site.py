"""`wayside site`: check a site file, print its schema."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from service.errors import SiteFileError
from service.site import Camera, ParkingPlan, Site
from service.site_file import load_site, site_schema
from streams.errors import SourceError
from streams.source import open_source
from vision.errors import LayoutError

app = typer.Typer(no_args_is_help=True, help="Site files: check them, print their schema.")


@app.command()
def check(
    site_file: Annotated[Path, typer.Argument(metavar="SITE.yaml", help="The file to check.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Check a site file, and its spots against the pictures of clips and folders it names."""
    faults: list[str] = []
    site: Site | None = None
    try:
        site = load_site(site_file)
        faults = _source_faults(site)
    except SiteFileError as error:
        faults = str(error).splitlines()
    for fault in faults:
        typer.echo(f"wayside: {fault}", err=True)
    if as_json:
        typer.echo(json.dumps(_report(site, faults)))
    elif site is not None and not faults:
        spots = sum(1 for _ in site.spots())
        typer.echo(f"{site_file} is fine: {len(site.cameras)} cameras, {spots} spots")
    if faults:
        raise typer.Exit(1)


@app.command()
def schema() -> None:
    """Print the JSON schema of site files, for editors."""
    typer.echo(json.dumps(site_schema(), indent=2))


def _report(site: Site | None, faults: list[str]) -> dict[str, Any]:
    report: dict[str, Any] = {"ok": not faults, "faults": faults}
    if site is not None:
        report |= {
            "site": site.site_id,
            "lots": len(site.lots),
            "cameras": len(site.cameras),
            "spots": sum(1 for _ in site.spots()),
        }
    return report


def _source_faults(site: Site) -> list[str]:
    """Faults that show only on a picture; cameras that are not files are left alone."""
    faults = []
    for row, camera in enumerate(site.cameras):
        if camera.is_file:
            try:
                _look_at_first_picture(camera)
            except (SourceError, LayoutError) as error:
                faults.append(f"{site.path}: cameras.{row}: {error}")
    return faults


def _look_at_first_picture(camera: Camera) -> None:
    with open_source(camera.source, camera.camera_id, mode=camera.frames) as source:
        for frame in source:
            if isinstance(camera.plan, ParkingPlan):
                camera.plan.layout.check_inside(frame.width_px, frame.height_px)
            return
