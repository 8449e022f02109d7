"""How well a network finds the track in labelled pictures."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from service.evaluate.labelled_track import TrackKind, TrackPicture
from vision.tram.track_evidence import TrackReader

WORST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class TrackScore:
    """Intersection over union; a picture without track in which none is found has 1."""

    iou: float
    """Of all pixels together."""
    mean_iou: float
    """Mean of the pictures'."""
    worst_tenth_iou: float
    """Mean of the worst tenth of the pictures."""
    n: int


@dataclass(frozen=True, slots=True)
class TrackReport:
    """What `wayside evaluate track` prints; fractions between 0 and 1."""

    score: TrackScore
    by: dict[str, TrackScore] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The report as plain values, rounded to four places."""
        content = _rounded(self.score)
        if self.by:
            content["by"] = {group: _rounded(score) for group, score in self.by.items()}
        return content


@dataclass(frozen=True, slots=True)
class Overlap:
    """Pixels of one picture that are track in both, and in either."""

    both_px: int
    either_px: int

    @property
    def iou(self) -> float:
        """1 where there is nothing in either."""
        return self.both_px / self.either_px if self.either_px else 1.0


def evaluate_track(
    pictures: Sequence[TrackPicture],
    reader: TrackReader,
    *,
    on_picture: Callable[[], None] = lambda: None,
) -> TrackReport:
    """Judge the network on every picture; `on_picture` is called after each."""
    overlaps: list[Overlap] = []
    for picture in pictures:
        overlaps.append(_overlap(picture, reader))
        on_picture()
    groups: dict[str, list[Overlap]] = {}
    for picture, overlap in zip(pictures, overlaps, strict=True):
        if picture.group is not None:
            groups.setdefault(picture.group, []).append(overlap)
    return TrackReport(_score(overlaps), {name: _score(part) for name, part in groups.items()})


def _overlap(picture: TrackPicture, reader: TrackReader) -> Overlap:
    image = picture.read()
    wanted, counts = picture.read_mask((image.shape[1], image.shape[0]))
    masks = reader(image).masks((image.shape[1], image.shape[0]), reader.confidence)
    found = masks.own if picture.kind is TrackKind.OWN else masks.every
    both, either = found & wanted & counts, (found | wanted) & counts
    return Overlap(int(both.sum()), int(either.sum()))


def _score(overlaps: Sequence[Overlap]) -> TrackScore:
    ious = np.sort([overlap.iou for overlap in overlaps])
    worst = ious[: max(1, round(WORST_SHARE * len(ious)))]
    both = sum(overlap.both_px for overlap in overlaps)
    either = sum(overlap.either_px for overlap in overlaps)
    return TrackScore(
        Overlap(both, either).iou, float(ious.mean()), float(worst.mean()), len(overlaps)
    )


def _rounded(score: TrackScore) -> dict[str, Any]:
    return {
        name: round(value, 4) if isinstance(value, float) else value
        for name, value in asdict(score).items()
    }
