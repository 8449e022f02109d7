"""`wayside site`: check a site file, print its schema, propose or import a layout."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from service.cli.options import AsJson
from service.cli.output_files import check_files
from service.errors import MisuseError, SiteFileError
from service.layout_import.outline import Outline
from service.layout_import.reading import as_spots, is_geographic, on_picture, read_outlines
from service.layout_import.site_text import site_text
from service.layout_import.stood_vehicles import stood_vehicles
from service.site.block import Id
from service.site.ground_map import GroundMap
from service.site.site import ADDRESS, Camera, ParkingPlan, Site
from service.site.site_file import load_site, site_schema
from streams.errors import SourceError
from streams.source import open_source
from vision.errors import LayoutError
from vision.parking.discovery import propose_spots

LEAST_SCALE, MOST_SCALE = 0.001, 1000.0
OVERLAP_SHARE = 1 / 3  # of the smaller of two spots: more looks like two outlines of one place

app = typer.Typer(no_args_is_help=True, help="Site files: check, suggest, import, schema.")


@app.command()
def check(
    site_file: Annotated[Path, typer.Argument(metavar="SITE.yaml", help="The file to check.")],
    as_json: AsJson = False,
) -> None:
    """Check a site file, and its spots against the pictures of clips and folders it names.

    Spots of one camera that lie on one another are told as a hint, and are no fault.
    """
    faults: list[str] = []
    hints: list[str] = []
    site: Site | None = None
    try:
        site = load_site(site_file)
        faults = _source_faults(site)
        hints = [] if faults else _overlap_hints(site)
    except SiteFileError as error:
        faults = str(error).splitlines()
    for told in faults + hints:
        typer.echo(f"wayside: {told}", err=True)
    if as_json:
        typer.echo(json.dumps(_report(site, faults, hints)))
    elif site is not None and not faults:
        spots = sum(1 for _ in site.spots())
        typer.echo(f"{site_file} is fine: {len(site.cameras)} cameras, {spots} spots")
    if faults:
        raise typer.Exit(1)


@app.command()
def schema() -> None:
    """Print the JSON schema of site files, for editors."""
    typer.echo(json.dumps(site_schema(), indent=2))


def _new_file(out: Path | None) -> Path | None:
    """Refuses before the work what could not be written after it."""
    if out is None:
        return None
    if out.exists():
        raise MisuseError(f"{out} is there already; give another name to --out")
    check_files({"--out": out}, ())
    return out


def _lot_id(lot: str) -> str:
    try:
        return TypeAdapter[str](Id).validate_python(lot)
    except ValidationError:
        raise MisuseError(
            "--lot: wanted up to 64 of A-Z, a-z, 0-9, '.', '_' and '-', a letter or digit first,"
            f" got {lot!r}"
        ) from None


def _some_source(source: str) -> str:
    if not source.strip():
        raise MisuseError(f"wanted a file or address of the camera's pictures, got {source!r}")
    return source


def _scale(scale: float) -> float:
    if not LEAST_SCALE <= scale <= MOST_SCALE:
        raise MisuseError(f"--scale: wanted {LEAST_SCALE:g} to {MOST_SCALE:g}, got {scale:g}")
    return scale


OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="SITE.yaml",
        callback=_new_file,
        help="Write here, not to the screen.",
    ),
]
LotOption = Annotated[
    str, typer.Option("--lot", callback=_lot_id, help="Id of the lot of all spots.")
]
SourceOption = Annotated[
    str,
    typer.Option("--source", callback=_some_source, help="Where the camera's pictures come from."),
]


@app.command()
def suggest(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE", callback=_some_source, help="Recording in which vehicles park."
        ),
    ],
    lot: LotOption = "main",
    out: OutOption = None,
    per_second: Annotated[
        float, typer.Option(min=0.01, help="Pictures looked at per second of the recording.")
    ] = 1.0,
    least_stand_s: Annotated[
        float, typer.Option(min=0.0, help="A vehicle that stands for less is passing.")
    ] = 3.0,
    model: Annotated[str | None, typer.Option(help="Detector, by manifest name or path.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads of the network.")] = None,
) -> None:
    """Propose spots from where vehicles stood and from the regularity of their rows.

    The proposal is to be looked at and edited; a recording of a busy day gives the best one.
    """
    seen = stood_vehicles(
        source, per_second=per_second, least_stand_s=least_stand_s, model=model, threads=threads
    )
    outlines = [
        Outline("", polygon)
        for polygon in propose_spots(seen.places, seen.width_px, seen.height_px)
    ]
    text = site_text(
        Path(source).stem,
        _seen_from(out, source),
        as_spots(outlines, lot),
        lot,
        (seen.width_px, seen.height_px),
    )
    _write(text, out, f"{len(outlines)} spots from {len(seen.places)} vehicles that stood")


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CVAT or COCO polygons, PKLot XML, Ultralytics bounding_boxes.json, GeoJSON, or a"
            " mask picture.",
        ),
    ],
    lot: LotOption = "main",
    out: OutOption = None,
    source: SourceOption = "rtsp://CAMERA/stream",
    scale: Annotated[
        float,
        typer.Option(
            callback=_scale,
            help="Size of the camera's picture over the drawn one's, 0.001 to 1000.",
        ),
    ] = 1.0,
    map_site: Annotated[
        Path | None,
        typer.Option("--site", metavar="SITE.yaml", help="Its map turns degrees into px."),
    ] = None,
    camera_id: Annotated[
        str | None, typer.Option("--camera", help="Camera of --site whose map is meant.")
    ] = None,
) -> None:
    """Turn outlines that were drawn with another tool into spots of a site file."""
    outlines = read_outlines(file)
    if is_geographic(outlines, file):
        outlines = on_picture(outlines, *_ground_map(file, map_site, camera_id))
    outlines = [each.scaled(scale) for each in outlines]
    spots = as_spots(outlines, lot)
    text = site_text(file.stem, _seen_from(out, source), spots, lot, outlines[0].drawn_px)
    _write(text, out, f"{len(spots)} spots from {file}")


def _seen_from(out: Path | None, source: str) -> str:
    """The source as a site file at `out` names it: a path there is meant from the file's folder."""
    path = Path(source)
    if out is None or ADDRESS.match(source) or path.is_absolute() or not path.exists():
        return source
    return os.path.relpath(path.parent.resolve() / path.name, out.parent.resolve())


def _ground_map(
    file: Path, site_file: Path | None, camera_id: str | None
) -> tuple[GroundMap, tuple[int, int] | None]:
    """A camera's map, and the size of the picture in whose px it is."""
    if site_file is None:
        raise MisuseError(f"{file} is in degrees: give --site SITE.yaml with a camera's map")
    site = load_site(site_file)
    for camera in site.cameras:
        if not isinstance(camera.plan, ParkingPlan) or camera_id not in (None, camera.camera_id):
            continue
        if camera.plan.ground_map is not None:
            return camera.plan.ground_map, camera.plan.layout.drawn_px
    raise MisuseError(f"{site_file} has no such camera with a map; wanted map: {{points: …}}")


def _write(text: str, out: Path | None, what: str) -> None:
    if out is None:
        typer.echo(text, nl=False)
        typer.echo(f"wayside: {what}; look at them and edit", err=True)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MisuseError(f"cannot write {out}: {error.strerror}") from error
    typer.echo(f"wayside: {what} in {out}; look at them and edit", err=True)


def _report(site: Site | None, faults: list[str], hints: list[str]) -> dict[str, Any]:
    report: dict[str, Any] = {"ok": not faults, "faults": faults, "hints": hints}
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


def _overlap_hints(site: Site) -> list[str]:
    return [
        f"{site.path}: cameras.{row}: hint: spots {one} and {other} share {share:.0%} of the"
        " smaller one; if they are two outlines of one place, remove one"
        for row, camera in enumerate(site.cameras)
        if isinstance(camera.plan, ParkingPlan)
        for one, other, share in camera.plan.layout.overlaps(OVERLAP_SHARE)
    ]


def _look_at_first_picture(camera: Camera) -> None:
    with open_source(camera.source, camera.camera_id, mode=camera.frames) as source:
        for frame in source:
            if isinstance(camera.plan, ParkingPlan):
                camera.plan.layout.check_fits(*frame.size_px)
            return
