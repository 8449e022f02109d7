"""Spots where they lie on the ground, drawn in metres with north on top."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from service.live.records import SpotRecord
from service.site.ground_map import METRES_PER_DEGREE
from service.site.site import ParkingPlan, Site
from vision.arrays import FloatArray
from vision.polygons import polygon_area

MARGIN_M = 2.0
SCALE_M = (5, 10, 20, 50, 100, 200, 500)
MOST_SCALE_SHARE = 0.3  # of the drawing's width
LETTER_WIDTH = 0.66  # of its height
MOST_LETTER_SHARE = 0.42  # of a spot's narrow side: two lines stand in it


@dataclass(frozen=True, slots=True)
class MapSpot:
    """One spot; metres east and south of the first."""

    record: SpotRecord
    points: str
    """Corners in the way of SVG."""
    x: float
    y: float
    """Its middle."""
    letter_m: float
    """Height of its name."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A bar of known length below the spots."""

    length_m: int
    x: float
    y: float
    letter_m: float


@dataclass(frozen=True, slots=True)
class GroundMap:
    """A drawing in metres."""

    view_box: str
    spots: list[MapSpot]
    scale: Scale


def spot_outlines(site: Site) -> dict[str, FloatArray]:
    """(corners, 2) longitude and latitude by spot_id, of the first camera with a map."""
    outlines: dict[str, FloatArray] = {}
    for camera, spot in site.spot_views():
        plan = camera.plan
        if isinstance(plan, ParkingPlan) and plan.ground_map and spot.spot_id not in outlines:
            outlines[spot.spot_id] = plan.ground_map.lonlats(spot.polygon)
    return outlines


def draw_map(spots: Sequence[SpotRecord], outlines: Mapping[str, FloatArray]) -> GroundMap | None:
    """The spots that have an outline on the map; None when there are none."""
    placed = [(spot, outlines[spot.spot_id]) for spot in spots if spot.spot_id in outlines]
    if not placed:
        return None
    west, north = placed[0][1][0]
    metres = METRES_PER_DEGREE * np.array([math.cos(math.radians(north)), -1.0])
    grounds = [(corners - (west, north)) * metres for _, corners in placed]
    found = [_map_spot(spot, ground) for (spot, _), ground in zip(placed, grounds, strict=True)]
    (left, top), (right, bottom) = (
        np.concatenate(grounds).min(axis=0) - MARGIN_M,
        np.concatenate(grounds).max(axis=0) + MARGIN_M,
    )
    width = right - left
    letter_m = width / 30
    fitting = [each for each in SCALE_M if each <= MOST_SCALE_SHARE * width]
    scale = Scale(max(fitting, default=SCALE_M[0]), left + MARGIN_M, bottom + letter_m, letter_m)
    height = bottom + 2 * letter_m - top
    return GroundMap(f"{left:.2f} {top:.2f} {width:.2f} {height:.2f}", found, scale)


def _map_spot(spot: SpotRecord, ground: FloatArray) -> MapSpot:
    x, y = ground.mean(axis=0)
    longest = np.linalg.norm(np.roll(ground, -1, axis=0) - ground, axis=1).max()
    narrow = float(polygon_area(ground) / longest)
    return MapSpot(
        record=spot,
        points=" ".join(f"{corner_x:.2f},{corner_y:.2f}" for corner_x, corner_y in ground),
        x=float(x),
        y=float(y),
        letter_m=min(MOST_LETTER_SHARE * narrow, narrow / (LETTER_WIDTH * len(spot.spot_id))),
    )
