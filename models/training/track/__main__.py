"""Make the track network: paint scenes, train its two parts, export, join, judge; or all."""

import argparse
import shutil
from functools import partial
from pathlib import Path

import cv2

from models.catalogue import file_sha256
from models.training.faults import told_in_one_line
from models.training.manifest import record
from models.training.track.settings import SETTINGS_FILES, Settings, quick, read_settings

WEIGHTS = Path("models/weights/wayside_track.onnx")
CARD = Path("models/cards/wayside_track.md")
STILLS = ("tracks", "tram")
QUICK_PROPS = 16  # photographs and cutouts that scenes are painted from


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    everywhere = argparse.ArgumentParser(add_help=False)
    option = everywhere.add_argument
    option("--shared", type=Path, default=Path("../shared"), help="data and weights")
    option(
        "--folder", type=Path, default=Path("models/training/.cache/track"),
        help="painted scenes, checkpoints and logs, each network's in a folder of its name",
    )  # fmt: skip
    option(
        "--stills", type=Path, default=Path("models/training/.cache/stills"),
        help="rendered views from cabs, in folders called tracks and tram",
    )  # fmt: skip
    option(
        "--settings", type=Path, default=SETTINGS_FILES[0],
        help="the numbers to train with; `all` takes those of both networks",
    )  # fmt: skip
    option(
        "--quick", action="store_true",
        help="few scenes and steps, everything in quick/ of the folder: shows that all works",
    )  # fmt: skip
    top = argparse.ArgumentParser(prog="python -m models.training.track", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    def command(name: str, purpose: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=purpose, parents=[everywhere])

    command("all", "paint, train both, export, join, judge, write the card's table")
    command("paint", "paint training scenes, or go on painting")
    fit = command("train", "train from the published start, or resume")
    fit.add_argument("--from", dest="begun_with", type=Path, help="an exported file to start from")
    export = command("export", "write the ONNX file")
    export.add_argument(
        "--from", dest="begun_with", type=Path, help="the exported file that training began with"
    )
    export.add_argument("--output", type=Path, default=WEIGHTS)
    export.add_argument("--quantised", type=Path, help="also write an 8-bit copy here")
    join = command("join", "make one file of exported ones: the mean of what they say")
    join.add_argument("parts", type=Path, nargs="+")
    join.add_argument("--output", type=Path, default=WEIGHTS)
    judge = command("evaluate", "judge it, write the card's table")
    judge.add_argument("--model", type=Path, default=WEIGHTS)
    judge.add_argument("--also", type=Path, nargs="*", default=[], help="more networks")
    judge.add_argument("--card", type=Path, help="whose table to write")
    return top


def make_all(arguments: argparse.Namespace, settings: Settings) -> None:
    """Every step, one after the other, for both networks."""
    folder = arguments.folder
    arguments.quantised, arguments.parts = None, []
    for path in SETTINGS_FILES:
        settings = quick(read_settings(path)) if arguments.quick else read_settings(path)
        arguments.folder = folder / settings.name
        arguments.output = folder / f"{settings.name}.onnx"
        paint(arguments, settings)
        train(arguments, settings)
        export(arguments, settings)
        arguments.parts.append(arguments.output)
    arguments.output = (folder if arguments.quick else WEIGHTS.parent) / WEIGHTS.name
    join(arguments, settings)
    if not arguments.quick:
        record(WEIGHTS)
    arguments.model, arguments.also = arguments.output, arguments.parts
    arguments.card = Path(shutil.copy(CARD, folder)) if arguments.quick else CARD
    evaluate(arguments, settings)


def paint(arguments: argparse.Namespace, settings: Settings) -> None:
    """Paint the scenes that are missing."""
    from models.training.track.props import gather_props, paint_scenes

    at_most = QUICK_PROPS if arguments.quick else None
    paint_scenes(
        arguments.folder / "painted",
        partial(gather_props, arguments.shared, settings.painted_seed, at_most),
        settings.painted_scenes, settings.painted_seed, settings.painted_size,
    )  # fmt: skip


def train(arguments: argparse.Namespace, settings: Settings) -> None:
    """Train, resuming where a checkpoint is."""
    from models.training.track.batches import Pool
    from models.training.track.pictures import holdout, sources
    from models.training.track.training import Trainer

    cv2.setNumThreads(1)  # the next batch is made in a thread of its own
    stills = [arguments.stills / name for name in STILLS]
    pool = Pool(sources(arguments.folder, arguments.shared, stills))
    held = holdout(arguments.folder, arguments.shared, stills)
    for name, pictures in [*pool.sources.items(), *held.items()]:
        print(f"{name}: {len(pictures)}")
    start = getattr(arguments, "begun_with", None)
    Trainer(settings, arguments.shared, arguments.folder, start).train(pool, held)


def export(arguments: argparse.Namespace, settings: Settings) -> None:
    """Write the file, and an 8-bit copy of it, and print their hashes."""
    from models.training.mixing import mixed
    from models.training.track.export import export as write
    from models.training.track.export import export_int8
    from models.training.track.network import load_exported, new_network
    from models.training.track.pictures import sources
    from models.training.track.training import Trainer

    trainer = Trainer(settings, arguments.shared, arguments.folder)
    shipped = trainer.run.trained
    if begun_with := getattr(arguments, "begun_with", None):
        start = new_network(settings.detector_in(arguments.shared))
        load_exported(start, begun_with)
        shipped = mixed(start, shipped, settings.trained_share)
    write(shipped, arguments.output, settings.shipped_size)
    if arguments.quantised:
        stills = [arguments.stills / name for name in STILLS]
        pools = sources(arguments.folder, arguments.shared, stills)
        pictures = [p for pool in pools.values() for p in pool[:: max(len(pool) // 40, 1)]]
        export_int8(arguments.output, arguments.quantised, pictures, settings.shipped_size)
    for path in filter(None, (arguments.output, arguments.quantised)):
        print(f"{path.name} after {trainer.run.step} steps, sha256 {file_sha256(path)}")


def join(arguments: argparse.Namespace, _: Settings) -> None:
    """Write one file that tells the mean of what the parts tell, and print its hash."""
    from models.training.track.joining import join as write

    write(arguments.parts, arguments.output)
    print(f"{arguments.output.name} sha256 {file_sha256(arguments.output)}")


def evaluate(arguments: argparse.Namespace, _: Settings) -> None:
    """Print the figures, one JSON per network, and write the card's table."""
    from models.training.card import write_table
    from models.training.track.card import BEGIN, table
    from models.training.track.evaluation import evaluate as judge

    stills = [arguments.stills / name for name in STILLS]
    columns = []
    for path in (arguments.model, *arguments.also):
        figures = judge(path, arguments.shared, arguments.folder, stills)
        print(path, figures)
        columns.append((path.stem, figures))
    content = table(columns)
    print(content)
    if arguments.card:
        write_table(arguments.card, BEGIN, content)


def main() -> None:
    """Do what the command line asks."""
    arguments = parser().parse_args()
    settings = read_settings(arguments.settings)
    if arguments.quick:
        settings, arguments.folder = quick(settings), arguments.folder / "quick"
    commands = {
        "all": make_all, "paint": paint, "train": train, "export": export, "join": join,
        "evaluate": evaluate,
    }  # fmt: skip
    if arguments.command != "all":
        arguments.folder /= settings.name
    commands[arguments.command](arguments, settings)


if __name__ == "__main__":
    with told_in_one_line():
        main()
