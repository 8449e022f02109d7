"""How far off distances and times to collision were, by range."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import linear_sum_assignment

from service.replay.figure import Figure
from service.replay.recorded_run import RecordedRun, SeenObstacle
from service.replay.truth import TrueBox, Truth
from vision.boxes import iou_matrix

BAND_EDGES_M = (0, 10, 20, 40, 80)
NEAR_M = 40.0  # to here a tram can stop from 50 km/h; from here on distances may be less exact
ASIDE_M = 4.0  # from the track's middle; what is farther aside passes, and has no range to speak of
SAME_IOU = 0.3
LONGEST_TTC_S = 20.0  # beyond it nobody acts on the number
DECIMALS = 3


@dataclass(frozen=True, slots=True)
class RangePair:
    """One obstacle in one picture, as seen and as it is."""

    t_s: float
    box_id: str
    true_m: float
    seen_m: float
    true_ttc_s: float | None
    seen_ttc_s: float | None

    @property
    def distance_error(self) -> float:
        """Relative, without sign."""
        return abs(self.seen_m - self.true_m) / max(self.true_m, 1.0)

    @property
    def ttc_error(self) -> float | None:
        """Relative, without sign; None where either has no time or it is far off."""
        if self.true_ttc_s is None or self.seen_ttc_s is None or self.true_ttc_s > LONGEST_TTC_S:
            return None
        return abs(self.seen_ttc_s - self.true_ttc_s) / max(self.true_ttc_s, 0.5)


def range_pairs(run: RecordedRun, truth: Truth) -> list[RangePair]:
    """Every seen obstacle that overlaps a true box, picture by picture."""
    found: list[RangePair] = []
    for sighting in run.sightings:
        boxes = [
            box
            for box in truth.frame_at(sighting.t_s).boxes
            if box.distance_along_track_m is not None
            and 0 < box.distance_along_track_m <= BAND_EDGES_M[-1]
            and abs(box.lateral_m or 0.0) <= ASIDE_M
        ]
        for seen, box in _same(sighting.obstacles, boxes):
            found.append(
                RangePair(
                    sighting.t_s,
                    box.id,
                    box.distance_along_track_m or 0.0,
                    seen.distance_m,
                    box.time_to_collision_s,
                    seen.time_to_collision_s,
                )
            )
    return found


def range_bands(pairs: Sequence[RangePair]) -> list[dict[str, object]]:
    """Median and p90 of the relative errors per band of true distance."""
    rows: list[dict[str, object]] = []
    for near_m, far_m in pairwise(BAND_EDGES_M):
        inside = [each for each in pairs if near_m < each.true_m <= far_m]
        rows.append(
            {
                "from_m": near_m,
                "to_m": far_m,
                "n": len(inside),
                "distance": _quantiles(each.distance_error for each in inside),
                "ttc": _quantiles(_ttc_errors(inside)),
            }
        )
    return rows


def range_figures(pairs: Sequence[RangePair]) -> Iterator[Figure]:
    """Median relative errors, over all ranges and near and far alone, with the worst moment."""
    off = [(each.distance_error, each, f"{each.seen_m:.1f} m") for each in pairs]
    yield _median("distance_error", off)
    yield _median("near_distance_error", [each for each in off if each[1].true_m <= NEAR_M])
    yield _median("far_distance_error", [each for each in off if each[1].true_m > NEAR_M])
    soon = [
        (error, each, f"{each.true_ttc_s:.1f} s before collision as {each.seen_ttc_s:.1f} s")
        for each in pairs
        if (error := each.ttc_error) is not None
    ]
    yield _median("ttc_error", soon)


def _same(
    seen: Sequence[SeenObstacle], boxes: Sequence[TrueBox]
) -> Iterator[tuple[SeenObstacle, TrueBox]]:
    if not seen or not boxes:
        return
    overlap = iou_matrix(_corners(seen), _corners(boxes))
    for row, column in zip(*linear_sum_assignment(-overlap), strict=True):
        if overlap[row, column] >= SAME_IOU:
            yield seen[row], boxes[column]


def _corners(items: Sequence[SeenObstacle] | Sequence[TrueBox]) -> np.ndarray:
    return np.array([each.xyxy for each in items], np.float32)


def _ttc_errors(pairs: Iterable[RangePair]) -> Iterator[float]:
    return (error for each in pairs if (error := each.ttc_error) is not None)


def _quantiles(errors: Iterable[float]) -> dict[str, float] | None:
    values = list(errors)
    if not values:
        return None
    middle, high = np.percentile(values, (50, 90))
    return {"median": round(float(middle), DECIMALS), "p90": round(float(high), DECIMALS)}


def _median(name: str, errors: Sequence[tuple[float, RangePair, str]]) -> Figure:
    """`errors` holds each error with its pair and how it was seen, in words."""
    if not errors:
        return Figure(name, None)
    error, worst, seen = max(errors, key=lambda each: each[0])
    middle = float(np.median([value for value, *_ in errors]))
    where = f"{worst.box_id} at {worst.t_s:.2f} s, {worst.true_m:.1f} m away"
    return Figure(name, round(middle, DECIMALS), f"worst {error:.0%}: {where}, seen {seen}")
