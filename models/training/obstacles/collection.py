"""All training pictures by source, those that choose, and those that only judge."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from models.training.obstacles.agreement import Agreement, agree, complete
from models.training.obstacles.blocks import split_every, split_inner, split_videos, thin
from models.training.obstacles.classes import CLASSES
from models.training.obstacles.findings import gather
from models.training.obstacles.judged import Judgement, is_nothing, read_judged, with_judgement
from models.training.obstacles.overlap import areas
from models.training.obstacles.pictures import Picture, read_folder
from models.training.obstacles.settings import Settings

TRAM_LINE = Path("data/tram/tram_line")
LARGEST_SUSPECT = 0.08  # of the picture; larger ones are mostly the track bed taken for a train
RAIL_VEHICLE = CLASSES.index("rail_vehicle")
TWO_WHEELER = CLASSES.index("two_wheeler")
RARE = tuple(CLASSES.index(name) for name in ("two_wheeler", "rail_vehicle", "animal"))
RARE_SHARE = 1 / 6  # of an exhaustive set's pictures show such a class, by repetition
MOST_REPEATS = 3
EXHAUSTIVE = ("general", "rendered")  # parts of the hold-out whose labels leave no object out


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """What trains, by source, and what chooses, by name of the measure."""

    train: dict[str, list[Picture]]
    holdout: dict[str, list[Picture]]


def read_validation(shared: Path, at_most: int | None = None) -> list[Picture]:
    """The last quarter of each tram video: for judging alone."""
    return thin(split_videos(read_folder(shared / TRAM_LINE, is_exhaustive=False))[1], at_most)


def judge(pictures: Sequence[Picture]) -> list[Picture]:
    """Pictures of the tram line with what we saw in them ourselves."""
    judged = read_judged()
    return [
        with_judgement(without_riders(picture), judged.get(picture.path.stem, Judgement()))
        for picture in pictures
    ]


def without_riders(picture: Picture) -> Picture:
    """A picture whose labels put rider and vehicle into one box, with such boxes ignored.

    COCO has two boxes there, so the one box teaches what other sets contradict.
    """
    is_rider = picture.class_id == TWO_WHEELER
    return replace(
        picture, boxes=picture.boxes[~is_rider], class_id=picture.class_id[~is_rider],
        ignored=np.concatenate((picture.ignored, picture.boxes[is_rider])),
    )  # fmt: skip


def repeat_rare(pictures: Sequence[Picture]) -> list[Picture]:
    """Pictures, those that show a rare class repeated until they are about a share of all.

    A class that nothing in the set shows stays away, and nothing is repeated too often.
    """
    repeated = []
    for class_id in RARE:
        rare = [picture for picture in pictures if (picture.class_id == class_id).any()]
        lacking = len(pictures) * RARE_SHARE - len(rare)
        if rare and lacking > 0:
            repeated += rare * min(math.ceil(lacking / len(rare)), MOST_REPEATS)
    return [*pictures, *repeated]


def complete_all(pictures: Sequence[Picture], weights: Path, cache: Path) -> list[Picture]:
    """Pictures with what the teachers agree on added, and what they suspect ignored."""
    found = gather(pictures, weights, cache)
    finished = []
    for picture in pictures:
        limit = LARGEST_SUSPECT * picture.width * picture.height
        agreed = without_judged(without_track_bed(agree(found[picture.name]), limit), picture)
        boxes, class_id, suspected = complete(picture.boxes, picture.class_id, agreed)
        small = areas(suspected) < limit
        ignored = np.concatenate((picture.ignored, suspected[small]))
        finished.append(replace(picture, boxes=boxes, class_id=class_id, ignored=ignored))
    return finished


def without_track_bed(agreed: Agreement, limit: float) -> Agreement:
    """The agreement less its rail vehicles larger than a limit in px²: mostly track bed."""
    large_train = (agreed.class_id == RAIL_VEHICLE) & (areas(agreed.boxes) > limit)
    return replace(agreed, boxes=agreed.boxes[~large_train], class_id=agreed.class_id[~large_train])


def without_judged(agreed: Agreement, picture: Picture) -> Agreement:
    """The agreement less what we saw to be nothing."""
    label, doubt = ~is_nothing(agreed.boxes, picture), ~is_nothing(agreed.suspected, picture)
    return Agreement(
        agreed.boxes[label], agreed.class_id[label],
        agreed.suspected[doubt], agreed.suspected_class[doubt],
    )  # fmt: skip


def read_collection(
    settings: Settings, shared: Path, cache: Path, rendered: Path, at_most: int | None = None
) -> Collection:
    """Read everything that may train, from a folder laid out as `../shared`.

    `cache` keeps what the teachers found; they look only at pictures that are not in it.
    `rendered` holds stills of streets, if they were made; their masts and lamps are background of
    which nobody needs to be unsure. `at_most` so many pictures are taken of every set.
    """
    weights = shared / "weights"

    def read(folder: Path, *, is_exhaustive: bool = True) -> list[Picture]:
        return thin(read_folder(folder, is_exhaustive=is_exhaustive), at_most)

    before, _ = split_videos(read_folder(shared / TRAM_LINE, is_exhaustive=False))
    tram, inner = split_inner(complete_all(judge(thin(before, at_most)), weights, cache))
    streets, streets_held = split_every(read(rendered) if rendered.is_dir() else [])
    train = {
        "tram_day": [p for p in tram if not p.is_night],
        "tram_night": [p for p in tram if p.is_night],
        "rendered": streets,
    }
    general: list[Picture] = []
    for name in settings.exhaustive:
        kept, held = split_every(read(shared / "data" / name))
        train[name] = repeat_rare(kept)
        general += held
    for name in settings.incomplete:
        street = read(shared / "data" / name, is_exhaustive=False)
        train[name] = complete_all(street, weights, cache)
    holdout = {
        "tram_day": [p for p in inner if not p.is_night],
        "tram_night": [p for p in inner if p.is_night],
        "general": general,
        "rendered": streets_held,
    }
    return Collection({name: train[name] for name in settings.sources}, holdout)
