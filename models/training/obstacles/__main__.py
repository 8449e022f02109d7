"""Make the obstacle detector: train it, choose by the hold-out, export it, judge it; or all."""

from __future__ import annotations

import argparse
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

from models.catalogue import file_sha256
from models.training.faults import told_in_one_line
from models.training.manifest import record
from models.training.obstacles.settings import SETTINGS_FILE, Settings, quick, read_settings

if TYPE_CHECKING:  # each step imports what it needs
    from models.training.obstacles.collection import Collection

WEIGHTS = Path("models/weights/wayside_obstacles.onnx")
WEIGHTS_INT8 = WEIGHTS.with_stem("wayside_obstacles_int8")
CALIBRATION_EVERY = 4  # training picture of each set, for the ranges of 8 bits
CARD = Path("models/cards/wayside_obstacles.md")
SHARES = (0.5, 0.7, 0.85, 0.92, 1.0)
QUICK_PICTURES = 8  # of every set


def size_of(text: str) -> tuple[int, int]:
    """`640x384`, width before height, to (height, width)."""
    width, height = (int(part) for part in text.split("x"))
    return height, width


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    everywhere = argparse.ArgumentParser(add_help=False)
    option = everywhere.add_argument
    option("--shared", type=Path, default=Path("../shared"), help="data and weights")
    option(
        "--folder", type=Path, default=Path("models/training/.cache/obstacles"),
        help="checkpoints, logs and what the teachers found",
    )  # fmt: skip
    option(
        "--rendered", type=Path, default=Path("models/training/.cache/stills/streets"),
        help="streets made by `python -m sample_videos.render stills --kind tram`",
    )  # fmt: skip
    option("--settings", type=Path, default=SETTINGS_FILE, help="the numbers to train with")
    option(
        "--quick", action="store_true",
        help="few pictures and steps, everything in quick/ of the folder: shows that all works",
    )  # fmt: skip
    top = argparse.ArgumentParser(prog="python -m models.training.obstacles", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    def command(name: str, purpose: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=purpose, parents=[everywhere])

    command("all", "train, export in floats and 8 bits, judge, write the card's table")
    command("train", "train from the published start, or resume")
    choose = command("choose", "compare mixes of weights on the hold-out")
    export = command("export", "write the ONNX file, choose its confidence")
    for mixing in (choose, export):
        mixing.add_argument(
            "--from", dest="begin", type=Path, metavar="FILE",
            help="mix with this exported file, not with the published start",
        )  # fmt: skip
    export.add_argument("--share", type=float, help="of the trained weights; default: settings'")
    export.add_argument("--output", type=Path, default=WEIGHTS)
    rounded = command("quantise", "write the 8-bit copy of an exported file")
    rounded.add_argument("--model", type=Path, default=WEIGHTS)
    rounded.add_argument("--quantised", type=Path, default=WEIGHTS_INT8)
    judge = command("evaluate", "judge it beside its start, write the card's table")
    judge.add_argument("--model", type=Path, default=WEIGHTS)
    judge.add_argument("--also", type=Path, nargs="*", default=[], help="more networks")
    judge.add_argument(
        "--bfloat16", action="store_true", help="judge it in OpenVINO's brain floats as well"
    )
    judge.add_argument("--size", type=size_of, action="append", help="width x height, repeatable")
    judge.add_argument("--confidence", type=float, help="default: the settings'")
    judge.add_argument("--card", type=Path, help="whose table to write")
    return top


def read(arguments: argparse.Namespace, settings: Settings) -> Collection:
    """The material, what the teachers found in it, and the rendered stills."""
    from models.training.obstacles.collection import read_collection

    return read_collection(
        settings, arguments.shared, arguments.folder / "findings", arguments.rendered,
        at_most(arguments),
    )  # fmt: skip


def at_most(arguments: argparse.Namespace) -> int | None:
    """How many pictures of a set are looked at; None: all."""
    return QUICK_PICTURES if arguments.quick else None


def make_all(arguments: argparse.Namespace, settings: Settings) -> None:
    """Every step, one after the other, as the hold-out and not the settings choose."""
    target = arguments.folder if arguments.quick else WEIGHTS.parent
    arguments.output = arguments.model = target / WEIGHTS.name
    arguments.quantised = target / WEIGHTS_INT8.name
    arguments.also, arguments.bfloat16 = [arguments.quantised], False
    arguments.size, arguments.confidence, arguments.card = None, None, CARD
    arguments.begin, arguments.share = None, None
    train(arguments, settings)
    settings = replace(settings, trained_share=choose(arguments, settings))
    settings = replace(settings, confidence=export(arguments, settings))
    quantise(arguments, settings)
    if arguments.quick:
        arguments.card = Path(shutil.copy(CARD, arguments.folder))
    else:
        record(WEIGHTS)
        record(WEIGHTS_INT8)
    evaluate(arguments, settings)


def train(arguments: argparse.Namespace, settings: Settings) -> None:
    """Train, resuming where a checkpoint is."""
    from models.training.obstacles.training import Trainer

    cv2.setNumThreads(1)  # the next batch is made in a thread of its own
    collection = read(arguments, settings)
    for name, pictures in [*collection.train.items(), *collection.holdout.items()]:
        print(f"{name}: {len(pictures)}")
    Trainer(settings, arguments.shared, arguments.folder).train(collection)


def choose(arguments: argparse.Namespace, settings: Settings) -> float:
    """Print what each mix of weights does on the hold-out; the share that is best there."""
    from models.training.obstacles.choosing import compare_shares
    from models.training.obstacles.reading_back import read_back
    from models.training.obstacles.training import Trainer, holdout_figures
    from models.training.obstacles.verdict import best_share, lost, verdict

    trainer = Trainer(settings, arguments.shared, arguments.folder)
    holdout = read(arguments, settings).holdout
    untouched = holdout_figures(trainer.start, holdout)
    begin = read_back(arguments.begin) if arguments.begin else trainer.start
    rows = compare_shares(begin, trainer.run.trained, holdout, (0.0, *SHARES))
    for share, figures in rows.items():
        numbers = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
        falls = "".join(
            f"  loses {k} {v:.3f}" for k, v in lost(figures, untouched, holdout).items()
        )
        print(f"share {share:.2f}  verdict {verdict(figures):.4f}  {numbers}{falls}")
    best = best_share(rows, untouched, holdout)
    print(f"best share {best}")
    return best


def export(arguments: argparse.Namespace, settings: Settings) -> float:
    """Write the file, print its hash and the confidence that the hold-out chooses, return that."""
    from models.training.mixing import mixed
    from models.training.obstacles.choosing import best_confidence
    from models.training.obstacles.export import export as write
    from models.training.obstacles.reading_back import read_back
    from models.training.obstacles.training import Trainer

    trainer = Trainer(settings, arguments.shared, arguments.folder)
    begin = read_back(arguments.begin) if arguments.begin else trainer.start
    share = settings.trained_share if arguments.share is None else arguments.share
    write(mixed(begin, trainer.run.trained, share), arguments.output)
    size = (settings.default_size[0], settings.default_size[1])
    path = arguments.output
    confidence, score = best_confidence(path, size, read(arguments, settings).holdout)
    print(f"{path.name} sha256 {file_sha256(path)} best confidence {confidence} (F1 {score:.3f})")
    return confidence


def quantise(arguments: argparse.Namespace, settings: Settings) -> None:
    """Write the 8-bit copy and print its hash."""
    from models.training.obstacles.export import export_int8

    pools = read(arguments, settings).train.values()
    pictures = [picture for pool in pools for picture in pool[::CALIBRATION_EVERY]]
    random.Random(settings.seed).shuffle(pictures)  # ranges lean to what comes last
    size = (settings.default_size[0], settings.default_size[1])
    export_int8(arguments.model, arguments.quantised, pictures, size)
    print(f"{arguments.quantised.name} sha256 {file_sha256(arguments.quantised)}")


def evaluate(arguments: argparse.Namespace, settings: Settings) -> None:
    """Print the figures, one JSON per network and size, and write the card's table."""
    from models.training.card import write_table
    from models.training.obstacles.card import BEGIN, table
    from models.training.obstacles.evaluation import as_json
    from models.training.obstacles.evaluation import evaluate as judge

    sizes = arguments.size or [(settings.default_size[0], settings.default_size[1])]
    confidence = arguments.confidence or settings.confidence
    start = arguments.shared / "weights" / settings.start
    judged = [(start, "untouched start", False)]
    judged += [(path, path.stem, False) for path in (arguments.model, *arguments.also)]
    if arguments.bfloat16:
        judged.append((arguments.model, f"{arguments.model.stem} in brain floats", True))
    columns = []
    for size in sizes:
        for path, title, in_bfloat16 in judged:
            figures = judge(
                path, size, confidence, arguments.shared, arguments.folder / "findings",
                in_bfloat16=in_bfloat16, at_most=at_most(arguments),
            )  # fmt: skip
            print(as_json(figures))
            columns.append((f"{title}, {size[1]}×{size[0]}", figures))
    print(table(columns))
    if arguments.card:
        write_table(arguments.card, BEGIN, table(columns))


def main() -> None:
    """Do what the command line asks."""
    arguments = parser().parse_args()
    settings = read_settings(arguments.settings)
    if arguments.quick:
        settings, arguments.folder = quick(settings), arguments.folder / "quick"
    commands = {
        "all": make_all, "train": train, "choose": choose, "export": export,
        "quantise": quantise, "evaluate": evaluate,
    }  # fmt: skip
    commands[arguments.command](arguments, settings)


if __name__ == "__main__":
    with told_in_one_line():
        main()
