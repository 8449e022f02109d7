"""Spots where they lie on the ground, drawn in metres with north on top."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from service.live.records import SpotRecord

METRES_PER_DEGREE = 111_320.0  # of latitude; of longitude at the equator
RADIUS_M = 1.4  # of a spot's mark
MARGIN_M = 3.0


@dataclass(frozen=True, slots=True)
class MapSpot:
    """One spot's middle."""

    record: SpotRecord
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class GroundMap:
    """A drawing in metres."""

    view_box: str
    radius: float
    spots: list[MapSpot]


def draw_map(spots: Sequence[SpotRecord]) -> GroundMap | None:
    """The spots that have a place on the map; None when there are none."""
    placed = [(spot, *spot.lonlat) for spot in spots if spot.lonlat is not None]
    if not placed:
        return None
    _, west, north = placed[0]
    narrowing = math.cos(math.radians(north))
    found = [
        MapSpot(
            spot,
            (lon - west) * METRES_PER_DEGREE * narrowing,
            (north - lat) * METRES_PER_DEGREE,
        )
        for spot, lon, lat in placed
    ]
    left, top = min(each.x for each in found), min(each.y for each in found)
    width = max(each.x for each in found) - left + 2 * MARGIN_M
    height = max(each.y for each in found) - top + 2 * MARGIN_M
    box = f"{left - MARGIN_M:.2f} {top - MARGIN_M:.2f} {width:.2f} {height:.2f}"
    return GroundMap(box, RADIUS_M, found)
