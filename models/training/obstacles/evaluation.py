"""Figures of one network file on the sets that only judge, and the card's table of them.

The labels of the tram line are right but not exhaustive, so a detection without a label may be
right all the same. Precision is judged there on labelled objects and on what remains after
setting aside detections of objects that at least two of four independent teachers, looking
closely, agree on: those are neither right nor wrong. `coco_val310` is labelled exhaustively.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models.training.obstacles.agreement import Agreement, Findings, agree
from models.training.obstacles.classes import CLASSES, GROUPS
from models.training.obstacles.collection import LARGEST_SUSPECT, read_validation, without_track_bed
from models.training.obstacles.findings import gather
from models.training.obstacles.overlap import FloatArray
from models.training.obstacles.pictures import Picture, read_folder
from models.training.obstacles.scoring import (
    at_confidence,
    curve,
    group_ap50,
    recall_at_precision,
)
from models.training.obstacles.teachers import glance, nanodet

WANTED_PRECISION = 0.85
TRAM_GROUPS = ("vehicle", "person")


@dataclass(frozen=True, slots=True)
class TramFigures:
    """One group in one light on the validation block of the tram line."""

    light: str
    group: str
    n: int
    recall_at_wanted_precision: float
    confidence_there: float
    recall: float  # at the default confidence
    precision: float  # at the default confidence


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is measured of one network at one input size."""

    network: str
    height_px: int
    width_px: int
    confidence: float
    tram: list[TramFigures]
    coco_ap50: dict[str, float]
    coco_recall: dict[str, float]
    coco_precision: dict[str, float]


def evaluate(
    path: Path, size: tuple[int, int], confidence: float, shared: Path, cache: Path
) -> Figures:
    """Run a NanoDet-Plus file, published or ours, over both judging sets at (height, width)."""
    network = nanodet(path, size)
    block = read_validation(shared)
    seen = gather(block, shared / "weights", cache)
    agreed = [agreed_by_teachers(seen[picture.name], picture) for picture in block]
    found = [glance(network, picture.read()) for picture in tqdm(block, desc="tram line")]
    coco = read_folder(shared / "data/coco_val310")
    found_coco = [glance(network, picture.read()) for picture in tqdm(coco, desc="coco_val310")]
    at = {
        group: at_confidence(curve(found_coco, coco, names), confidence)
        for group, names in GROUPS.items()
    }
    return Figures(
        path.name, *size, confidence,
        tram_figures(block, found, agreed, confidence),
        group_ap50(found_coco, coco),
        {group: recall for group, (recall, _) in at.items()},
        {group: precision for group, (_, precision) in at.items()},
    )  # fmt: skip


def agreed_by_teachers(findings: Sequence[Findings], picture: Picture) -> Agreement:
    """What the teachers agree on, without the track bed taken for a train."""
    return without_track_bed(agree(findings), LARGEST_SUSPECT * picture.width * picture.height)


def tram_figures(
    block: Sequence[Picture], found: Sequence[Findings], agreed: Sequence[Agreement],
    confidence: float,
) -> list[TramFigures]:  # fmt: skip
    """By light and group."""
    rows = []
    for light in ("day", "night"):
        chosen = [i for i, picture in enumerate(block) if picture.is_night == (light == "night")]
        for group in TRAM_GROUPS:
            result = curve(
                [found[i] for i in chosen],
                [block[i] for i in chosen],
                GROUPS[group],
                unjudged=[of_group(agreed[i], group) for i in chosen],
            )
            best, there = recall_at_precision(result, WANTED_PRECISION)
            recall, precision = at_confidence(result, confidence)
            rows.append(TramFigures(light, group, result.count, best, there, recall, precision))
    return rows


def of_group(agreed: Agreement, group: str) -> FloatArray:
    """Boxes (K, 4) of the agreed objects of a group."""
    wanted = [CLASSES.index(name) for name in GROUPS[group]]
    return agreed.boxes[np.isin(agreed.class_id, wanted)]


def latency_ratio(path: Path, size: tuple[int, int], reference: Path, rounds: int = 60) -> float:
    """Fastest run of a network against that of another at its own size, taken in turns."""
    from models.training.obstacles.teachers import session

    ours, other = session(path, free_size=True, threads=2), session(reference, threads=2)
    noise = np.random.default_rng(0).standard_normal
    feeds = [
        (ours, {ours.get_inputs()[0].name: noise((1, 3, *size), dtype=np.float32)}),
        (other, {other.get_inputs()[0].name: noise((1, 3, 416, 416), dtype=np.float32)}),
    ]
    best = [np.inf, np.inf]
    for _ in range(rounds):
        for index, (run, feed) in enumerate(feeds):
            start = time.perf_counter()
            run.run(None, feed)
            best[index] = min(best[index], time.perf_counter() - start)
    return float(best[0] / best[1])


def as_json(figures: Figures) -> str:
    """One line."""
    return json.dumps(asdict(figures))
