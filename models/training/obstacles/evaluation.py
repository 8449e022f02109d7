"""Figures of one network file on the sets that only judge, and the card's table of them.

The labels of the tram line are right but not exhaustive, so a detection without a label may be
right all the same. Precision is therefore judged in two ways. On the tram line itself, a
detection without a label is false unless one of three independent teachers, looking closely,
sees an object of that group there: then it is neither right nor wrong. `coco_val310` is
labelled exhaustively: the confidence at which a group is precise enough there is also tried on
the tram line. And beside it stands what our own eyes saw in the same pictures (`judged.py`),
where everything counts: what no detector found is missing there too, so its recall is of all
that any of them found.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models.training.obstacles.agreement import Findings
from models.training.obstacles.blocks import thin
from models.training.obstacles.classes import CLASSES, GROUPS
from models.training.obstacles.collection import read_validation
from models.training.obstacles.findings import gather
from models.training.obstacles.judged import JUDGED_BLOCK, Judgement, as_seen, read_judged
from models.training.obstacles.overlap import FloatArray
from models.training.obstacles.pictures import Picture, read_folder
from models.training.obstacles.scoring import (
    at_confidence,
    curve,
    group_ap50,
    recall_at_precision,
)
from models.training.obstacles.teachers import START_TEACHER, TEACHERS, glance, nanodet
from models.training.setting_names import EVALUATION_SET

WANTED_PRECISION = 0.85
SEEN_CONFIDENCE = 0.3  # from which a teacher's finding sets a detection aside
TRAM_GROUPS = ("vehicle", "person")


@dataclass(frozen=True, slots=True)
class TramFigures:
    """One group in one light on the validation block of the tram line."""

    light: str
    group: str
    n: int
    recall_at_wanted_precision: float
    confidence_there: float
    recall_at_coco_precision: float  # where coco_val310 reaches the wanted precision
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
    tram_as_seen: list[TramFigures]  # by our eyes
    coco_ap50: dict[str, float]
    coco_recall: dict[str, float]
    coco_precision: dict[str, float]


def evaluate(
    path: Path, size: tuple[int, int], confidence: float, shared: Path, cache: Path,
    *, in_bfloat16: bool = False, at_most: int | None = None,
) -> Figures:  # fmt: skip
    """Run a NanoDet-Plus file, published or ours, over both judging sets at (height, width).

    `at_most` so many pictures are looked at of either set.
    """
    network = nanodet(path, size, in_bfloat16=in_bfloat16)
    block = read_validation(shared, at_most)
    others = gather(block, shared / "weights", cache)
    judged = read_judged(JUDGED_BLOCK)
    as_we_saw = [as_seen(picture, judged.get(picture.path.stem, Judgement())) for picture in block]
    found = [glance(network, picture.read()) for picture in tqdm(block, desc="tram line")]
    coco = thin(read_folder(shared / "data" / EVALUATION_SET), at_most)
    found_coco = [glance(network, picture.read()) for picture in tqdm(coco, desc=EVALUATION_SET)]
    curves = {group: curve(found_coco, coco, names) for group, names in GROUPS.items()}
    at = {group: at_confidence(result, confidence) for group, result in curves.items()}
    precise = {g: recall_at_precision(c, WANTED_PRECISION)[1] for g, c in curves.items()}
    return Figures(
        path.name, *size, confidence,
        tram_figures(block, found, [others[p.name] for p in block], confidence, precise),
        tram_figures(as_we_saw, found, None, confidence, precise),
        group_ap50(found_coco, coco),
        {group: recall for group, (recall, _) in at.items()},
        {group: precision for group, (_, precision) in at.items()},
    )  # fmt: skip


def seen_by_others(findings: Sequence[Findings], group: str) -> FloatArray:
    """Boxes (K, 4) where a teacher other than our start sees an object of a group."""
    wanted = [CLASSES.index(name) for name in GROUPS[group]]
    others = [f for name, f in zip(TEACHERS, findings, strict=True) if name != START_TEACHER]
    return np.concatenate(
        [f.boxes[np.isin(f.class_id, wanted) & (f.confidence >= SEEN_CONFIDENCE)] for f in others]
    )


def tram_figures(
    block: Sequence[Picture], found: Sequence[Findings],
    others: Sequence[Sequence[Findings]] | None, confidence: float, precise: dict[str, float],
) -> list[TramFigures]:  # fmt: skip
    """By light and group; `precise` are the confidences at which COCO is precise enough.

    What `others` see, one entry a picture, is not judged where no label speaks.
    """
    rows = []
    for light in ("day", "night"):
        chosen = [i for i, picture in enumerate(block) if picture.is_night == (light == "night")]
        for group in TRAM_GROUPS:
            result = curve(
                [found[i] for i in chosen],
                [block[i] for i in chosen],
                GROUPS[group],
                unjudged=[seen_by_others(others[i], group) for i in chosen] if others else None,
            )
            best, there = recall_at_precision(result, WANTED_PRECISION)
            recall, precision = at_confidence(result, confidence)
            carried = at_confidence(result, precise[group])[0]
            rows.append(
                TramFigures(light, group, result.count, best, there, carried, recall, precision)
            )
    return rows


def as_json(figures: Figures) -> str:
    """One line."""
    return json.dumps(asdict(figures))
