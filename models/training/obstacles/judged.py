"""What we saw with our own eyes on the tram line where no label speaks.

`judged_line.csv` speaks of the part that trains and chooses. `judged_block.csv` speaks of the
validation block and serves judging alone: what four teachers, the untouched start and every
network of ours found there was looked at in random order of networks, none of them named.
"""

import csv
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from models.training.obstacles.agreement import group_ids
from models.training.obstacles.classes import CLASSES
from models.training.obstacles.overlap import BoolArray, FloatArray, IntArray, covered, iou
from models.training.obstacles.pictures import Picture, stack

JUDGED_FILE = Path(__file__).with_name("judged_line.csv")
JUDGED_BLOCK = Path(__file__).with_name("judged_block.csv")
COLUMNS = ("frame", "x0_px", "y0_px", "x1_px", "y1_px", "verdict")
NOTHING, UNSURE = "none", "unsure"
SAME_PLACE_IOU = 0.4  # a box that overlaps a judged one more is another view of it
LOOSE_IOU = 0.25  # a label drawn so wide around our box of the same object gives way to it
LOOSE_SHARE = 0.8  # of our box lies inside such a label


@dataclass(frozen=True, slots=True)
class Verdict:
    """One box that a detector found, and what it shows: a class, nothing, or nobody can tell."""

    box: tuple[float, float, float, float]  # x0 y0 x1 y1 px
    name: str  # a class of ours, NOTHING or UNSURE


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdicts on one picture, sorted."""

    verdicts: list[Verdict] = field(default_factory=list)

    def boxes(self, *names: str) -> FloatArray:
        """Boxes (N, 4) px of the verdicts with one of the names."""
        return stack([np.array(v.box) for v in self.verdicts if v.name in names])

    @property
    def class_id(self) -> IntArray:
        """Classes (N,) of `boxes(*CLASSES)`."""
        names = [v.name for v in self.verdicts if v.name in CLASSES]
        return np.array([CLASSES.index(name) for name in names], dtype=int)


def read_judged(path: Path = JUDGED_FILE) -> dict[str, Judgement]:
    """Judgements by frame name.

    Raises:
        ValueError: a column is missing, or a verdict is neither a class nor `none` nor `unsure`.
    """
    judged: dict[str, Judgement] = {}
    with path.open(newline="") as file:
        rows = csv.DictReader(file)
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise ValueError(f"{path.name} has columns {rows.fieldnames}, wanted {COLUMNS}")
        for row in rows:
            name = row["verdict"]
            if name not in (*CLASSES, NOTHING, UNSURE):
                raise ValueError(f"{path.name}: {row['frame']} has the unknown verdict {name!r}")
            x0, y0, x1, y1 = (float(row[column]) for column in COLUMNS[1:-1])
            verdict = Verdict((x0, y0, x1, y1), name)
            judged.setdefault(row["frame"], Judgement()).verdicts.append(verdict)
    return judged


def with_judgement(picture: Picture, judgement: Judgement) -> Picture:
    """The picture with what was seen added as labels, ignored regions and empty regions."""
    return replace(
        picture,
        boxes=np.concatenate((picture.boxes, judgement.boxes(*CLASSES))),
        class_id=np.concatenate((picture.class_id, judgement.class_id)),
        ignored=np.concatenate((picture.ignored, judgement.boxes(UNSURE))),
        empty=np.concatenate((picture.empty, judgement.boxes(NOTHING))),
    )


def as_seen(picture: Picture, judgement: Judgement) -> Picture:
    """The picture with all that we saw as its truth: for judging, never for training or choosing.

    Labels of the line are often drawn wide: where we boxed their object more tightly, our box
    takes their place. What nobody could tell is ignored; all else is nothing.
    """
    ours, kinds = judgement.boxes(*CLASSES), judgement.class_id
    same = group_ids(kinds)[:, None] == group_ids(picture.class_id)[None, :]
    same &= covered(ours, picture.boxes) > LOOSE_SHARE
    overlap = np.where(same, iou(ours, picture.boxes), 0.0)
    is_loose = np.zeros(len(picture.boxes), bool)
    if overlap.size:
        is_loose[overlap.argmax(1)[overlap.max(1) > LOOSE_IOU]] = True
    return replace(
        picture,
        boxes=np.concatenate((picture.boxes[~is_loose], ours)),
        class_id=np.concatenate((picture.class_id[~is_loose], kinds)),
        ignored=np.concatenate((picture.ignored, judgement.boxes(UNSURE))),
    )


def is_nothing(boxes: FloatArray, picture: Picture) -> BoolArray:
    """Whether each box (N, 4) is another view of a region that holds nothing."""
    return (iou(boxes, picture.empty) > SAME_PLACE_IOU).any(1)
