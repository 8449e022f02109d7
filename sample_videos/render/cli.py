"""The renderer's command line."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from sample_videos.render.clips import finish_clip, write_records
from sample_videos.render.random_scene import StillKind
from sample_videos.render.raw_picture import layers_of, missing_takes
from sample_videos.render.scene import Scene, load_scene, scene_names

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)


@app.command()
def clip(
    names: Annotated[list[str], typer.Argument(help="scene names, or: all")],
    threads: Annotated[int, typer.Option(help="processor threads for the renderer")] = 1,
    film_only: Annotated[bool, typer.Option(help="develop kept raw pictures, render none")] = False,
) -> None:
    """Render clips with their truth and site files; a stopped run goes on where it was."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    for scene in _scenes(scene_names() if names == ["all"] else names):
        if film_only:
            _check_kept(scene)
        else:
            from sample_videos.render.takes import render_takes  # needs Blender

            render_takes(scene, threads)
        finish_clip(scene)


@app.command()
def records(names: Annotated[list[str], typer.Argument(help="scene names")]) -> None:
    """Write truth and site files anew for clips whose raw pictures are kept."""
    for scene in _scenes(names):
        _check_kept(scene)
        write_records(scene)


@app.command()
def stills(
    out: Annotated[Path, typer.Option(help="folder to write")],
    n: Annotated[int, typer.Option(help="how many pictures")] = 200,
    seed: Annotated[int, typer.Option(help="another seed, other scenes")] = 1,
    kind: Annotated[StillKind, typer.Option(help="what they show")] = StillKind.PARKING,
    threads: Annotated[int, typer.Option(help="processor threads for the renderer")] = 1,
) -> None:
    """Render labelled training stills of random scenes."""
    from sample_videos.render.stills import render_stills  # needs Blender

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    render_stills(out, n, seed, kind, threads)


@app.command()
def rides(
    out: Annotated[Path, typer.Option(help="folder to write")],
    n: Annotated[int, typer.Option(help="how many clips")] = 14,
    seed: Annotated[int, typer.Option(help="another seed, other rides")] = 1,
    threads: Annotated[int, typer.Option(help="processor threads for the renderer")] = 1,
) -> None:
    """Render tram rides at random, with truth and site files: lines nothing was chosen on."""
    from sample_videos.render.random_ride import ride_scenes
    from sample_videos.render.takes import render_takes  # needs Blender

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    out.mkdir(parents=True, exist_ok=True)
    for scene in ride_scenes(n, seed):
        if not (out / f"{scene.name}.truth.json").exists():
            render_takes(scene, threads)
            finish_clip(scene, out)


@app.command()
def detect() -> None:
    """Write into the README what public detectors (found through WAYSIDE_MODELS) see."""
    from models.errors import UnknownModel
    from sample_videos.render.detect import write_table  # needs the project

    try:
        write_table()
    except UnknownModel as missing:
        raise SystemExit(str(missing)) from None


@app.command()
def sheet() -> None:
    """Write the contact sheet and the README's list of all clips."""
    from sample_videos.render.contact_sheet import write_sheet
    from sample_videos.render.readme_table import write_clip_table

    write_sheet()
    write_clip_table()


def main() -> None:
    """Run the command line."""
    try:
        app()
    except ModuleNotFoundError as missing:
        raise SystemExit(
            f"{missing.name} is not installed here: `detect` runs in the project's environment, "
            "everything else in the renderer's (render/requirements.txt)"
        ) from None


def _scenes(names: list[str]) -> list[Scene]:
    """The scenes of these names; raises BadParameter for one that is not there."""
    known = scene_names()
    for name in names:
        if name not in known:
            raise typer.BadParameter(f"no scene is called {name!r}; there are: {', '.join(known)}")
    return [load_scene(name) for name in names]


def _check_kept(scene: Scene) -> None:
    """Raise BadParameter where raw pictures of a scene are missing."""
    if any(missing_takes(scene, layer) for layer in layers_of(scene)):
        raise typer.BadParameter(
            f"raw pictures of {scene.name} are missing; render them first, without --film-only: "
            f"python -m sample_videos.render clip {scene.name}"
        )
