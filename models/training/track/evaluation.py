"""What the shipped file scores, by the same code as `wayside evaluate track`."""

import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.session import open_network
from models.spec import ModelSpec, Task
from models.training.track.pictures import Guided, Picture, holdout, read_tram_line
from models.training.track.sample import TRACKLESS_IOU
from service.evaluate.labelled_track import TrackKind, TrackPicture, read_track_set
from service.evaluate.track import TrackReport, evaluate_track
from vision.tram.track_evidence import TrackReader

RAILSEM = Path("data/tram/railsem19")
THREADS = 1
TIMED = 60


@dataclass(frozen=True, slots=True)
class Figures:
    """The card's figures of one file."""

    railsem: TrackReport
    line: TrackReport
    held: dict[str, tuple[float, float]]
    """Mean overlap of own and all track on each part of the hold-out."""
    size_bytes: int
    median_ms: float


def evaluate(path: Path, shared: Path, folder: Path, stills: list[Path]) -> Figures:
    """Judge one file on what it has not been trained on."""
    network = open_network(path, threads=THREADS)
    reader = TrackReader(network, ModelSpec(path.stem, path.name, Task.TRACK, confidence=0.5))
    judged = [_as_labelled(guided) for guided in read_tram_line(shared)[2]]
    return Figures(
        railsem=evaluate_track(read_track_set(shared / RAILSEM), reader),
        line=evaluate_track(judged, reader),
        held={
            name: _held(pictures, reader)
            for name, pictures in holdout(folder, shared, stills).items()
        },
        size_bytes=path.stat().st_size,
        median_ms=_median_ms(reader),
    )


def _as_labelled(guided: Guided) -> TrackPicture:
    mask = guided.path.parent.parent / "ego_track" / f"{guided.path.stem}.png"
    return TrackPicture(guided.path, mask, TrackKind.OWN, guided.path.stem.rpartition("_")[0])


def _held(pictures: list[Picture], reader: TrackReader) -> tuple[float, float]:
    ious: tuple[list[float], list[float]] = ([], [])
    for picture in pictures:
        sample = picture.read()
        size = (sample.image.shape[1], sample.image.shape[0])
        found = reader(sample.image).masks(size, reader.confidence)
        unknown = (sample.own_unknown, sample.every_unknown)
        pairs = ((found.own, sample.own), (found.every, sample.every))
        for i, (seen, wanted) in enumerate(pairs):
            left = unknown[i]
            seen = seen if left is None else seen & ~left
            wanted = wanted if left is None else wanted & ~left
            either = int((seen | wanted).sum())
            ious[i].append(int((seen & wanted).sum()) / either if either else TRACKLESS_IOU)
    return float(np.mean(ious[0])), float(np.mean(ious[1]))


def _median_ms(reader: TrackReader) -> float:
    """Processor time of one picture of 960x540, resizing included."""
    image = np.random.default_rng(1).integers(0, 256, (540, 960, 3), np.uint8)
    times = []
    for _ in range(TIMED):
        start = time.process_time()
        reader(image)
        times.append(1000 * (time.process_time() - start))
    return statistics.median(times)
