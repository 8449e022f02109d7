"""`wayside calibrate`: a cab camera's height and direction, read from the rails in a clip."""

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
import yaml
from rich.console import Console
from rich.table import Table

from service.cli.given_options import refuse_others
from service.cli.options import AsJson
from service.cli.output_files import check_files
from service.errors import ClipError, MisuseError
from service.replay.clip_length import picture_count
from service.site.site import Camera, TramPlan
from service.site.site_file import load_site
from streams.source import open_source
from vision.arrays import ImageArray
from vision.canvas import Canvas
from vision.ground import GroundCamera, ground_to_image
from vision.tram.rail_calibration import (
    RailCalibration,
    RailMean,
    calibrated,
    disagreements,
)
from vision.tram.rail_fit import RAIL_HEAD_M

PARTS = 6  # stretches of the clip that are judged each for itself
PER_PART = 30  # pictures of each
PASSES = 2  # the second one knows where the first one found the ground
USUAL_FOCAL_SHARE = 0.9  # of the picture's width, where nothing is known of the lens
USUAL_HEIGHT_M, USUAL_PITCH_DEG = 2.4, 1.0
DRAWN_TO_M = 60.0
FOR_ALL = ("clip", "draw", "as_json")
TAKEN = {
    "--site": (*FOR_ALL, "site_file", "camera_id"),
    "a clip without --site": (*FOR_ALL, "focal_px", "gauge_m"),
}
FOUND, STATED = (60, 200, 60), (40, 140, 250)


def calibrate_clip(
    context: typer.Context,
    clip: Annotated[str, typer.Argument(metavar="CLIP", help="Video file or folder of pictures.")],
    site_file: Annotated[
        Path | None, typer.Option("--site", metavar="SITE.yaml", help="What is to be checked.")
    ] = None,
    camera_id: Annotated[
        str | None, typer.Option("--camera", help="Which of the site's cameras took it.")
    ] = None,
    focal_px: Annotated[
        float | None, typer.Option("--focal", min=1, help="Focal length in px, without --site.")
    ] = None,
    gauge_m: Annotated[float, typer.Option("--gauge", min=0.5, help="Without --site.")] = 1.435,
    draw: Annotated[
        Path | None, typer.Option("--draw", metavar="OUT.png", help="Draw the rails found.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find pitch, yaw, height and offset of a cab camera from the rails of a run.

    What it prints last goes into the site file, under tram.

    The focal length cannot be told from rails: it comes from the site file or --focal.
    """
    form = "--site" if site_file is not None else "a clip without --site"
    refuse_others(context, form, TAKEN[form])
    if draw is not None:
        _check_drawing(draw, clip, site_file)
    stated, gauge_m = _stated(site_file, camera_id, gauge_m)
    size_px, middle = _first_look(clip)
    guess = stated or _usual(size_px, focal_px)
    found = _read(clip, guess, size_px, gauge_m, is_measured=stated is not None)
    for _ in range(PASSES - 1):
        found = _read(clip, found.camera, size_px, gauge_m, is_measured=True)
    differences = disagreements(found, stated) if stated is not None else ()
    if draw is not None:
        _write(draw, _drawn(middle, found.camera, stated, gauge_m))
    is_lens_known = stated is not None or focal_px is not None
    _print(found, gauge_m, differences, as_json, is_lens_known=is_lens_known)
    if differences:
        raise typer.Exit(1)


def _stated(
    site_file: Path | None, camera_id: str | None, gauge_m: float
) -> tuple[GroundCamera | None, float]:
    if site_file is None:
        return None, gauge_m
    site = load_site(site_file)
    trams = [camera for camera in site.cameras if isinstance(camera.plan, TramPlan)]
    wanted = [each for each in trams if camera_id in (None, each.camera_id)]
    if len(wanted) != 1:
        known = ", ".join(each.camera_id for each in trams) or "none"
        raise MisuseError(
            f"say by --camera which tram camera took the clip; {site_file} has {known}"
        )
    return _plan(wanted[0]).settings.camera, _plan(wanted[0]).settings.gauge_m


def _plan(camera: Camera) -> TramPlan:
    assert isinstance(camera.plan, TramPlan)  # noqa: S101 - chosen by that
    return camera.plan


def _usual(size_px: tuple[int, int], focal_px: float | None) -> GroundCamera:
    return GroundCamera(
        USUAL_HEIGHT_M,
        USUAL_PITCH_DEG,
        focal_px or USUAL_FOCAL_SHARE * size_px[0],
        (size_px[0] / 2, size_px[1] / 2),
    )


def _first_look(clip: str) -> tuple[tuple[int, int], ImageArray]:
    with open_source(clip, "calibrate") as source:
        if source.is_live:
            raise ClipError(f"{source.name} is a live camera; this wants a recorded clip")
        for frame in source:
            return frame.size_px, frame.image
    raise ClipError(f"{clip} holds no picture")


def _read(
    clip: str, guess: GroundCamera, size_px: tuple[int, int], gauge_m: float, *, is_measured: bool
) -> RailCalibration:
    means = _means(clip, guess, size_px)
    found = calibrated(means, gauge_m, is_guess_measured=is_measured) if means else None
    if found is None:
        raise ClipError(f"{clip} shows no two rails that run straight ahead")
    return found


def _means(clip: str, guess: GroundCamera, size_px: tuple[int, int]) -> list[RailMean]:
    """The mean of the ridges of each part of the clip."""
    count = picture_count(clip) or PARTS * PER_PART
    means = [RailMean(guess, size_px) for _ in range(PARTS)]
    every = max(count // (PARTS * PER_PART), 1)
    with open_source(clip, "calibrate") as source:
        for number, frame in enumerate(source):
            if number % every == 0 and frame.size_px == size_px:
                means[min(number * PARTS // count, PARTS - 1)].add(frame.image)
    return [mean for mean in means if mean.count]


def _drawn(
    image: ImageArray, found: GroundCamera, stated: GroundCamera | None, gauge_m: float
) -> ImageArray:
    canvas = Canvas(image)
    half_m = (gauge_m + RAIL_HEAD_M) / 2
    ahead = np.geomspace(3.0, DRAWN_TO_M, 40)
    cameras = [(found, FOUND)] if stated is None else [(stated, STATED), (found, FOUND)]
    for camera, colour in cameras:
        for side in (-half_m, half_m):
            points = ground_to_image(camera, np.stack([ahead, np.full_like(ahead, side)], axis=1))
            for start, end in pairwise(points):
                if np.isfinite([start, end]).all():
                    canvas.line(_point(start), _point(end), colour, 1.0)
    text = f"{found.pitch_deg:.2f} deg down, {found.height_m:.2f} m high"
    canvas.label(text if stated is None else f"{text}   orange: site file", 0, 0)
    return canvas.image


def _point(place: Any) -> tuple[float, float]:
    return float(place[0]), float(place[1])


def _check_drawing(path: Path, clip: str, site_file: Path | None) -> None:
    if path.suffix.lower() not in (".png", ".jpg"):
        raise MisuseError(f"--draw wants a file .png or .jpg, got {path}")
    check_files({"--draw": path}, [Path(clip), *([site_file] if site_file else [])])


def _write(path: Path, image: ImageArray) -> None:
    if not cv2.imwrite(str(path), image):
        raise ClipError(f"cannot write {path}")


def _print(
    found: RailCalibration,
    gauge_m: float,
    differences: tuple[str, ...],
    as_json: bool,
    *,
    is_lens_known: bool,
) -> None:
    camera = found.camera
    rows = (
        ("pitch_deg", camera.pitch_deg, found.pitch_sigma_deg),
        ("yaw_deg", camera.yaw_deg, found.yaw_sigma_deg),
        ("height_m", camera.height_m, found.height_sigma_m),
        ("lateral_offset_m", camera.lateral_offset_m, found.lateral_sigma_m),
    )
    if as_json:
        figures = {
            name: {"value": round(value, 3), "sigma": round(sigma, 3)}
            for name, value, sigma in rows
        }
        lens = {"focal_px": round(camera.focal_px, 2), "horizon_px": round(camera.horizon_px, 1)}
        clear = {"score": round(found.score, 3), "parts": found.parts}
        typer.echo(json.dumps(figures | lens | clear | {"disagreements": list(differences)}))
        return
    table = Table("camera", "from the rails", "may be off by")
    for name, value, sigma in rows:
        table.add_row(name, f"{value:.2f}", f"± {sigma:.2f}")
    console = Console()
    console.print(table)
    if not is_lens_known:
        view_deg = 2 * math.degrees(math.atan(camera.principal_px[0] / camera.focal_px))
        console.print(f"for a lens of {view_deg:.0f}° across; name the true one with --focal")
    for sentence in differences:
        console.print(sentence)
    typer.echo(_as_site_file(camera, gauge_m))


def _as_site_file(camera: GroundCamera, gauge_m: float) -> str:
    """What stands under `tram:` in the site file of such a camera."""
    block = {
        "height_m": round(camera.height_m, 2),
        "pitch_deg": round(camera.pitch_deg, 2),
        "yaw_deg": round(camera.yaw_deg, 2),
        "lateral_offset_m": round(camera.lateral_offset_m, 2),
        "focal_px": round(camera.focal_px, 2),
        "principal_px": list(camera.principal_px),
    }
    return yaml.safe_dump(
        {"camera": block, "gauge_m": gauge_m}, sort_keys=False, default_flow_style=None
    )
