"""`python -m models.training.obstacles train|evaluate|export`."""

import argparse
from pathlib import Path

import cv2

from models.training.obstacles.settings import SETTINGS_FILE, read_settings


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="python -m models.training.obstacles", description=__doc__)
    top.add_argument("--shared", type=Path, default=Path("../shared"), help="data and weights")
    top.add_argument(
        "--folder", type=Path, default=Path("models/training/.cache/obstacles"),
        help="checkpoints, logs and what the teachers found",
    )  # fmt: skip
    top.add_argument("--settings", type=Path, default=SETTINGS_FILE)
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("train", help="train from the published start, or resume")
    return top


def train(arguments: argparse.Namespace) -> None:
    """Train, resuming where a checkpoint is."""
    from models.training.obstacles.collection import read_collection
    from models.training.obstacles.training import Trainer

    cv2.setNumThreads(1)  # the next batch is made in a thread of its own
    collection = read_collection(arguments.shared, arguments.folder / "findings")
    settings = read_settings(arguments.settings)
    Trainer(settings, arguments.shared, arguments.folder).train(collection)


def main() -> None:
    """Do what the command line asks."""
    arguments = parser().parse_args()
    {"train": train}[arguments.command](arguments)


if __name__ == "__main__":
    main()
