"""How well spots of labelled pictures are judged free or occupied, every picture on its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.evaluate.labelled_spots import LabelledFrame, SpotSet
from vision.arrays import BoolArray, FloatArray
from vision.parking.watch import SpotClassifier

OCCUPIED_FROM = 0.5  # a probability from here on says "occupied"
UNNAMED = "unknown"  # conditions of a frame that states none


@dataclass(frozen=True, slots=True)
class UndecidedBand:
    """Probabilities between `low` and `high` say nothing; none do where the two are equal."""

    low: float = OCCUPIED_FROM
    high: float = OCCUPIED_FROM


NO_BAND = UndecidedBand()


@dataclass(frozen=True, slots=True)
class OccupancyScore:
    """Figures of some spots; fractions between 0 and 1, undecided counted as wrong."""

    balanced_accuracy: float
    """Mean over free and occupied of the share judged right; of one kind where only one occurs."""
    accuracy: float
    missed_cars: float
    """Share of the occupied judged free."""
    false_cars: float
    """Share of the free judged occupied."""
    undecided: float
    """Share of all that were judged neither."""
    n: int

    def to_json(self) -> dict[str, Any]:
        """The score as plain values, rounded to four places."""
        names = ("balanced_accuracy", "accuracy", "missed_cars", "false_cars", "undecided")
        return {name: round(getattr(self, name), 4) for name in names} | {"n": self.n}


@dataclass(frozen=True, slots=True)
class ParkingReport:
    """What `wayside evaluate parking` prints."""

    score: OccupancyScore
    by_camera: Mapping[str, OccupancyScore]
    by_conditions: Mapping[str, OccupancyScore]
    flips_per_1000: float | None
    """Changes of the judgement between neighbouring frames that the labels do not know, in a
    thousand spot-frames; None where no camera has two frames of one spot."""

    def to_json(self) -> dict[str, Any]:
        """The report as plain values, rounded to four places."""
        flips = (
            {} if self.flips_per_1000 is None else {"flips_per_1000": round(self.flips_per_1000, 2)}
        )
        return (
            self.score.to_json()
            | flips
            | {
                "by": {
                    "camera": {name: score.to_json() for name, score in self.by_camera.items()},
                    "conditions": {
                        name: score.to_json() for name, score in self.by_conditions.items()
                    },
                }
            }
        )


@dataclass(frozen=True, slots=True, eq=False)
class JudgedFrame:
    """One labelled frame beside the probabilities given to its spots."""

    frame: LabelledFrame
    probability: FloatArray
    """(N,)"""


def evaluate_parking(
    labelled: SpotSet,
    classify: SpotClassifier,
    *,
    band: UndecidedBand = NO_BAND,
    on_picture: Callable[[], None] = lambda: None,
) -> ParkingReport:
    """Judge the classifier on every picture; `on_picture` is called after each."""
    judged = []
    for frame in labelled.frames:
        judged.append(JudgedFrame(frame, classify(frame.read(), frame.polygons)))
        on_picture()
    return score_parking(judged, band)


def score_parking(judged: Sequence[JudgedFrame], band: UndecidedBand = NO_BAND) -> ParkingReport:
    """The figures of the judged frames."""

    def grouped(key: Callable[[LabelledFrame], str]) -> dict[str, OccupancyScore]:
        groups: dict[str, list[JudgedFrame]] = {}
        for item in judged:
            groups.setdefault(key(item.frame), []).append(item)
        return {name: _score(groups[name], band) for name in sorted(groups)}

    return ParkingReport(
        score=_score(judged, band),
        by_camera=grouped(lambda frame: frame.camera_id),
        by_conditions=grouped(lambda frame: frame.conditions or UNNAMED),
        flips_per_1000=_flips_per_1000(judged),
    )


def _score(judged: Sequence[JudgedFrame], band: UndecidedBand) -> OccupancyScore:
    probability = np.concatenate([np.empty(0), *(item.probability for item in judged)])
    truth = np.concatenate([np.empty(0, np.bool_), *(item.frame.is_occupied for item in judged)])
    says_occupied = probability >= band.high
    says_free = probability < band.low
    hits = [_share(says_occupied[truth]), _share(says_free[~truth])]
    present = [share for share, kind in zip(hits, (truth, ~truth), strict=True) if kind.any()]
    return OccupancyScore(
        balanced_accuracy=float(np.mean(present)) if present else 0.0,
        accuracy=_share(np.where(truth, says_occupied, says_free)),
        missed_cars=_share(says_free[truth]),
        false_cars=_share(says_occupied[~truth]),
        undecided=_share(~(says_occupied | says_free)),
        n=len(truth),
    )


def _share(flags: BoolArray) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def _flips_per_1000(judged: Sequence[JudgedFrame]) -> float | None:
    """Counted over neighbouring frames of a camera, in time order where times are known."""
    flips = pairs = 0
    by_camera: dict[str, list[JudgedFrame]] = {}
    for item in judged:
        by_camera.setdefault(item.frame.camera_id, []).append(item)
    for frames in by_camera.values():
        last: dict[str, tuple[bool, bool]] = {}
        for item in _in_time_order(frames):
            seen = item.probability >= OCCUPIED_FROM
            states = zip(
                item.frame.spot_ids, seen.tolist(), item.frame.is_occupied.tolist(), strict=True
            )
            for spot_id, is_seen, is_true in states:
                if spot_id in last:
                    pairs += 1
                    was_seen, was_true = last[spot_id]
                    flips += is_seen != was_seen and is_true == was_true
                last[spot_id] = (is_seen, is_true)
    return 1000 * flips / pairs if pairs else None


def _in_time_order(frames: Sequence[JudgedFrame]) -> list[JudgedFrame]:
    """By capture time where every frame has one, else in the set's own order."""
    timed = [(item.frame.captured_at, index) for index, item in enumerate(frames)]
    if any(moment is None for moment, _ in timed):
        return list(frames)
    return [frames[index] for _, index in sorted(timed)]
