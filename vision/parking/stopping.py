"""Vehicles that stand where nobody may: in a lane, on forbidden ground.

What is new in a zone and stands still is looked at once by the classifier that knows vehicles in
spots; its place is then watched like a spot of its own until the vehicle is gone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import cv2
import numpy as np
import shapely

from vision.arrays import BoolArray, FloatArray
from vision.frame import NS_PER_S
from vision.parking.layout import Zone
from vision.polygons import points_in_polygon

STILL_S = 2.0  # a vehicle that waits for another to pass stands about as long
LEAST_AREA_SHARE = 0.35  # of the median spot's area in the picture; less is a person or a bag
ROOF_SHARE = 0.35  # upper part of a thing that shows its height, not its place
FOOT_SHARE = 0.12  # of a thing's height: its wheels
VEHICLE_PROBABILITY = 0.6
GONE_S = 1.5  # without the vehicle; whoever walks past hides a part of it for about as long
GONE_PICTURES = 2  # one after the other, however rare they are

Classify = Callable[[Sequence[FloatArray]], FloatArray]
"""(N,) probability of a vehicle on each of N (K, 2) outlines of the present picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Stopped:
    """One vehicle that stands in a zone."""

    zone_id: str
    outline: FloatArray
    """(4, 2) its place, in px of the same picture as its zone."""
    since_ns: int
    seen_ns: int
    """Last picture that showed it."""
    missed: int = 0
    """Pictures in a row that did not show it."""


def find_stopped(
    zones: Sequence[Zone], standing: BoolArray, spot_area_px: float, now_ns: int
) -> list[Stopped]:
    """Things in (h, w) `standing` that are as large as vehicles and stand in a zone.

    `zones` are in px of the same picture.
    """
    count, _, boxes, _ = cv2.connectedComponentsWithStats(standing.astype(np.uint8))
    since_ns = now_ns - round(STILL_S * NS_PER_S)
    found = []
    for left, top, width, height, area in boxes[1:count]:
        if area < LEAST_AREA_SHARE * spot_area_px:
            continue
        place = _place(left, top + ROOF_SHARE * height, left + width, top + height, spot_area_px)
        foot = np.array([[left + width / 2, top + (1 - FOOT_SHARE) * height]])
        # its foot tells where it stands; what is higher only lies before the zone in the picture
        standing_in = [each for each in zones if points_in_polygon(foot, each.polygon)[0]]
        found += [
            Stopped(zone.zone_id, _on_ground(place, zone.polygon), since_ns, now_ns)
            for zone in standing_in[:1]
        ]
    return found


def next_stopped(
    known: Sequence[Stopped], found: Sequence[Stopped], classify: Classify, now_ns: int
) -> list[Stopped]:
    """The vehicles that stand after one more picture."""
    if not known and not found:
        return []
    shown = [float(each) for each in classify([each.outline for each in (*known, *found)])]
    new = list(zip(found, shown[len(known) :], strict=True))
    kept = []
    for each, probability in zip(known, shown, strict=False):
        # a plain side seems to stand before the rest does: the place that shows it most surely
        places = [(surely, other.outline) for other, surely in new if _is_same(each, other)]
        surely, outline = max([(probability, each.outline), *places], key=itemgetter(0))
        if surely >= VEHICLE_PROBABILITY:
            kept.append(replace(each, outline=outline, seen_ns=now_ns, missed=0))
        elif not _is_gone(each, now_ns):
            kept.append(replace(each, missed=each.missed + 1))
    kept += [
        each
        for each, surely in new
        if surely >= VEHICLE_PROBABILITY and not any(_is_same(each, other) for other in known)
    ]
    return kept


def _is_gone(each: Stopped, now_ns: int) -> bool:
    """Whether one more picture without it is enough."""
    return each.missed + 1 >= GONE_PICTURES and now_ns - each.seen_ns >= GONE_S * NS_PER_S


def _place(
    left: float, top: float, right: float, bottom: float, least_area_px: float
) -> FloatArray:
    """(4, 2) the ground a vehicle takes: the box, grown about its foot to a spot's area.

    What stands may show only a part of the vehicle, where the rest is over spots.
    """
    growth = max(1.0, float(np.sqrt(least_area_px / ((right - left) * (bottom - top)))))
    middle, half = (left + right) / 2, growth * (right - left) / 2
    return box_outline(middle - half, bottom - growth * (bottom - top), middle + half, bottom)


def _on_ground(place: FloatArray, zone: FloatArray) -> FloatArray:
    """(4, 2) the place without what lies behind the zone, where other vehicles may stand."""
    (left, top), (right, bottom) = place[0], place[2]
    middle = (left + right) / 2
    along = shapely.LineString([(middle, top), (middle, bottom)])
    begin = shapely.Polygon(zone).intersection(along).bounds[1]
    return box_outline(left, begin, right, bottom)


def box_outline(left: float, top: float, right: float, bottom: float) -> FloatArray:
    """(4, 2) corners of a box."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def _is_same(one: Stopped, other: Stopped) -> bool:
    """Whether the middle of one lies in the other."""
    middle = one.outline.mean(axis=0)
    low, high = other.outline.min(axis=0), other.outline.max(axis=0)
    return one.zone_id == other.zone_id and bool(((middle >= low) & (middle <= high)).all())
