"""What the shipped file scores: by `wayside evaluate track`, and on the hold-out."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.catalogue import Catalogue
from models.session import open_network
from models.spec import Task
from models.training.track.arrays import ImageArray
from models.training.track.pictures import Guided, Picture, holdout, read_tram_line
from models.training.track.sample import EVERY, OWN, TRACKLESS_IOU
from vision.tram.track_evidence import TrackMasks, TrackReader

RAILSEM = Path("data/tram/railsem19")
THREADS = 1
TIMED = 60

Report = dict[str, Any]
"""What `wayside evaluate track --json` prints."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The card's figures of one file."""

    railsem: Report
    line: Report
    held: dict[str, tuple[float, float]]
    """Mean overlap of own and all track on each part of the hold-out."""
    size_bytes: int
    median_ms: float


def evaluate(path: Path, shared: Path, folder: Path, stills: Sequence[Path]) -> Figures:
    """Judge one file on what it has not been trained on."""
    found = Catalogue.load().find(str(path), Task.TRACK)
    reader = TrackReader(open_network(path, threads=THREADS), found.spec)
    with tempfile.TemporaryDirectory() as judged:
        _gather(read_tram_line(shared)[2], Path(judged))
        line = _report(path, Path(judged))
    parts = holdout(folder, shared, stills)
    return Figures(
        railsem=_report(path, shared / RAILSEM),
        line=line,
        held={name: _held(pictures, reader) for name, pictures in parts.items() if pictures},
        size_bytes=path.stat().st_size,
        median_ms=_median_ms(reader),
    )


def _report(model: Path, folder: Path) -> Report:
    """What the program itself says of a network on a labelled set."""
    program = str(Path(sys.executable).parent / "wayside")
    command = [program, "evaluate", "track", str(folder), "--model", str(model.resolve()), "--json"]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    report: Report = json.loads(said.strip().splitlines()[-1])
    return report


def _gather(judged: Sequence[Guided], folder: Path) -> None:
    """A labelled set of these frames alone, as links."""
    for part in ("images", "ego_track"):
        (folder / part).mkdir()
    for guided in judged:
        mask = guided.path.parent.parent / "ego_track" / f"{guided.path.stem}.png"
        (folder / "images" / guided.path.name).symlink_to(guided.path.resolve())
        (folder / "ego_track" / mask.name).symlink_to(mask.resolve())


def _seen(reader: TrackReader, image: ImageArray) -> TrackMasks:
    """Own and all track of one picture, as the program tells them."""
    return reader(image).masks((image.shape[1], image.shape[0]), reader.confidence)


def _held(pictures: Sequence[Picture], reader: TrackReader) -> tuple[float, float]:
    ious: tuple[list[float], list[float]] = ([], [])
    for picture in pictures:
        sample = picture.read()
        seen, masks = _seen(reader, sample.image), sample.masks()
        for channel, found in ((OWN, seen.own), (EVERY, seen.every)):
            is_known, wanted = masks[..., channel] <= 1, masks[..., channel] == 1
            if not is_known.any():
                continue
            either = int(((found & is_known) | wanted).sum())
            both = int((found & wanted).sum())
            ious[channel].append(both / either if either else TRACKLESS_IOU)
    return float(np.mean(ious[OWN])), float(np.mean(ious[EVERY]))


def _median_ms(reader: TrackReader) -> float:
    """Processor time of one picture of 960x540, resizing included."""
    image = np.random.default_rng(1).integers(0, 256, (540, 960, 3), np.uint8)
    times = []
    for _ in range(TIMED):
        start = time.process_time()
        _seen(reader, image)
        times.append(1000 * (time.process_time() - start))
    return statistics.median(times)
