"""Spots that lie side by side, and the vehicle that stands half in each of two.

To a network that judges one spot at a time, half a vehicle is neither one nor none, and to a
detector it is the neighbour's. Where two neighbours are unclear, what lies between their middles is
looked at as if it were a spot.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from vision.arrays import FloatArray
from vision.parking.layout import Spot
from vision.parking.looks import is_clear

NEIGHBOUR_SHARE = 0.15  # of the spots' mean width: gap up to which they lie side by side
SHARED_SHARE = 0.5  # of the shorter long side, that neighbours share
HALF_SEEN = 0.03  # probability that half a vehicle leaves, though its neighbour was given it

Pair = tuple[str, str]


def neighbours(spots: Sequence[Spot]) -> list[Pair]:
    """Pairs of spots of one camera that lie side by side, each pair once."""
    if not spots:
        return []
    grounds = np.array([shapely.Polygon(spot.polygon) for spot in spots], object)
    widest = max(_sides(spot.polygon)[0] for spot in spots)
    near = shapely.STRtree(grounds).query(grounds, "dwithin", NEIGHBOUR_SHARE * widest)
    pairs = [(spots[one], spots[other]) for one, other in sorted(near.T.tolist()) if one < other]
    return [
        (one.spot_id, other.spot_id)
        for one, other in pairs
        if one.lot_id == other.lot_id and _lie_side_by_side(one.polygon, other.polygon)
    ]


def unclear_pairs(
    pairs: Sequence[Pair], probabilities: Mapping[str, float], least: float
) -> list[Pair]:
    """The neighbours of which one is not clear, by `least`, and the other may hold its half."""

    def is_unclear(pair: Pair) -> bool:
        seen = [probabilities[spot_id] for spot_id in pair if spot_id in probabilities]
        return (
            len(seen) == len(pair)
            and min(seen) > HALF_SEEN
            and max(seen) < least
            and not all(is_clear(each, least) for each in seen)
        )

    return [pair for pair in pairs if is_unclear(pair)]


def outline_between(one: FloatArray, other: FloatArray) -> FloatArray:
    """(K, 2) the ground from the middle of one outline to the middle of its neighbour."""
    step = other.mean(axis=0) - one.mean(axis=0)
    if len(one) != len(other):
        return np.asarray(one + step / 2)
    orders = [np.roll(other, turn, axis=0) for turn in range(len(other))]
    orders += [each[::-1] for each in orders]
    alike: FloatArray = min(orders, key=lambda corners: float(np.abs(corners - one - step).sum()))
    between: FloatArray = (one + alike) / 2
    return between


def _lie_side_by_side(one: FloatArray, other: FloatArray) -> bool:
    """Whether two outlines share most of a long side."""
    first, second = shapely.Polygon(one), shapely.Polygon(other)
    width = (_sides(one)[0] + _sides(other)[0]) / 2
    gap = NEIGHBOUR_SHARE * width
    if first.distance(second) > gap:
        return False
    shared = first.buffer(gap).intersection(second.exterior).length / 2
    return bool(shared >= SHARED_SHARE * min(_sides(one)[1], _sides(other)[1]) / 2)


def _sides(polygon: FloatArray) -> tuple[float, float]:
    """The shorter and the longer side of an outline, by its tightest box."""
    box = shapely.Polygon(polygon).minimum_rotated_rectangle
    corners = np.asarray(box.exterior.coords)
    lengths = np.linalg.norm(np.diff(corners[:3], axis=0), axis=1)
    return float(lengths.min()), float(lengths.max())
