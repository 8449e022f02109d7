"""Make the bed network: train, export, judge; or all."""

import argparse
import statistics
import time
from pathlib import Path

import cv2
import numpy as np

from models.catalogue import file_sha256
from models.training.bed.settings import SETTINGS, Settings, quick, read_settings
from models.training.faults import told_in_one_line
from models.training.manifest import record

WEIGHTS = Path("models/weights/wayside_bed.onnx")
CARD = Path("models/cards/wayside_bed.md")
QUICK_PROPS = 16  # photographs and pictures with cutouts


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    everywhere = argparse.ArgumentParser(add_help=False)
    option = everywhere.add_argument
    option("--shared", type=Path, default=Path("../shared"), help="data and weights")
    option(
        "--folder", type=Path, default=Path("models/training/.cache/bed"),
        help="checkpoint and logs",
    )  # fmt: skip
    option(
        "--stills", type=Path, default=Path("models/training/.cache/stills"),
        help="folders of rendered views from cabs",
    )  # fmt: skip
    option("--settings", type=Path, default=SETTINGS, help="the numbers to train with")
    option(
        "--quick", action="store_true",
        help="few steps, everything in quick/ of the folder: shows that all works",
    )  # fmt: skip
    top = argparse.ArgumentParser(prog="python -m models.training.bed", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("all", help="train, export, judge, write the card", parents=[everywhere])
    commands.add_parser("train", help="train, or resume", parents=[everywhere])
    write = commands.add_parser("export", help="write the ONNX file", parents=[everywhere])
    write.add_argument("--output", type=Path, default=WEIGHTS)
    judge = commands.add_parser("evaluate", help="judge it", parents=[everywhere])
    judge.add_argument("--model", type=Path, default=WEIGHTS)
    judge.add_argument("--card", type=Path, help="whose table to write")
    return top


def make_all(arguments: argparse.Namespace, settings: Settings) -> None:
    """Every step, one after the other."""
    arguments.output = arguments.folder / WEIGHTS.name if arguments.quick else WEIGHTS
    arguments.model, arguments.card = arguments.output, None if arguments.quick else CARD
    train(arguments, settings)
    export(arguments, settings)
    if not arguments.quick:
        record(WEIGHTS)
    evaluate(arguments, settings)


def folders_in(stills: Path) -> list[Path]:
    """The folders of stills, in the order of their names; ends where there are none."""
    found = sorted(path for path in stills.glob("*") if path.is_dir())
    if not found:
        raise SystemExit(f"no folder of stills in {stills}: render some first, as the card tells")
    return found


def train(arguments: argparse.Namespace, settings: Settings) -> None:
    """Train, resuming where a checkpoint is."""
    from models.training.bed.cab_picture import pictures
    from models.training.bed.evaluation import held_strips
    from models.training.bed.props import gather_props
    from models.training.bed.strips import Pool
    from models.training.bed.training import Trainer

    cv2.setNumThreads(1)  # the next batch is made in a thread of its own
    trained, held = pictures(arguments.shared, folders_in(arguments.stills))
    for name, found in [*trained.items(), *held.items()]:
        print(f"{name}: {len(found)}")
    props = gather_props(arguments.shared, QUICK_PROPS if arguments.quick else None)
    strips = held_strips(held, props, settings)
    Trainer(settings, arguments.folder).train(Pool(trained), props, strips)


def export(arguments: argparse.Namespace, settings: Settings) -> None:
    """Write the file and print its hash."""
    from models.training.bed.export import export as write
    from models.training.bed.training import Trainer

    trainer = Trainer(settings, arguments.folder)
    write(trainer.run.trained, arguments.output)
    path, steps = arguments.output, trainer.run.step
    print(f"{path.name} after {steps} steps, sha256 {file_sha256(path)}")


def evaluate(arguments: argparse.Namespace, settings: Settings) -> None:
    """Print the figures of the hold-out, and write the card's table."""
    from models.session import open_network
    from models.training.bed.cab_picture import pictures
    from models.training.bed.card import BEGIN, table
    from models.training.bed.evaluation import figures, held_strips
    from models.training.bed.props import gather_props
    from models.training.card import write_table

    _, held = pictures(arguments.shared, folders_in(arguments.stills))
    props = gather_props(arguments.shared, QUICK_PROPS if arguments.quick else None)
    strips = held_strips(held, props, settings)
    network = open_network(arguments.model, threads=1)
    name = network.inputs[0].name

    def judge(shown: np.ndarray) -> np.ndarray:
        return np.concatenate([network.run({name: each[None]})[0] for each in shown])

    times = []
    for each in strips[:60]:
        start = time.process_time()
        judge(each.shown[None])
        times.append(1000 * (time.process_time() - start))
    found = figures(judge, strips)
    content = table(found, sorted({each.source for each in strips}), statistics.median(times))
    print(content)
    if arguments.card:
        write_table(arguments.card, BEGIN, content)


def main() -> None:
    """Do what the command line asks."""
    arguments = parser().parse_args()
    settings = read_settings(arguments.settings)
    if arguments.quick:
        settings, arguments.folder = quick(settings), arguments.folder / "quick"
    commands = {"all": make_all, "train": train, "export": export, "evaluate": evaluate}
    commands[arguments.command](arguments, settings)


if __name__ == "__main__":
    with told_in_one_line():
        main()
