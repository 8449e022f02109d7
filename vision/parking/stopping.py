"""Vehicles that stand where nobody may: in a lane, on forbidden ground.

What is new in a zone and stands still is looked at once by the classifier that knows vehicles in
spots; its place is then watched like a spot of its own until the vehicle is gone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from vision.arrays import BoolArray, FloatArray
from vision.parking.layout import Zone
from vision.polygons import points_in_polygon

STILL_S = 2.0  # a vehicle that waits for another to pass stands about as long
LEAST_AREA_SHARE = 0.35  # of the median spot's area in the picture; less is a person or a bag
ROOF_SHARE = 0.35  # upper part of a thing that shows its height, not its place
FOOT_SHARE = 0.12  # of a thing's height: its wheels
VEHICLE_PROBABILITY = 0.6
GONE_PICTURES = 2  # without the vehicle, one after the other

Classify = Callable[[Sequence[FloatArray]], FloatArray]
"""(N,) probability of a vehicle on each of N (K, 2) outlines of the present picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Stopped:
    """One vehicle that stands in a zone."""

    zone_id: str
    outline: FloatArray
    """(4, 2) its place, in px of the working picture."""
    since_ns: int
    missed: int = 0
    """Pictures in a row that did not show it."""


def find_stopped(
    zones: Sequence[tuple[Zone, FloatArray]],
    standing: BoolArray,
    spot_area_px: float,
    since_ns: int,
) -> list[Stopped]:
    """Things in (h, w) `standing` that are as large as vehicles and stand in a zone.

    `zones` come with their (K, 2) outlines in px of the same picture.
    """
    count, _, boxes, _ = cv2.connectedComponentsWithStats(standing.astype(np.uint8))
    found = []
    for left, top, width, height, area in boxes[1:count]:
        if area < LEAST_AREA_SHARE * spot_area_px:
            continue
        place = _place(left, top + ROOF_SHARE * height, left + width, top + height, spot_area_px)
        foot = np.array([[left + width / 2, top + (1 - FOOT_SHARE) * height]])
        # its foot tells where it stands; what is higher only lies before the zone in the picture
        standing_in = [zone for zone, outline in zones if points_in_polygon(foot, outline)[0]]
        found += [Stopped(zone.zone_id, place, since_ns) for zone in standing_in[:1]]
    return found


def next_stopped(
    known: Sequence[Stopped], found: Sequence[Stopped], classify: Classify
) -> list[Stopped]:
    """The vehicles that stand after one more picture."""
    fresh = [each for each in found if not any(_is_same(each, other) for other in known)]
    every = [*known, *fresh]
    if not every:
        return []
    shown = classify([each.outline for each in every]) >= VEHICLE_PROBABILITY
    kept = []
    for each, is_shown in zip(every[: len(known)], shown, strict=False):
        missed = 0 if is_shown else each.missed + 1
        if missed < GONE_PICTURES:
            kept.append(replace(each, missed=missed))
    kept += [each for each, is_shown in zip(fresh, shown[len(known) :], strict=True) if is_shown]
    return kept


def _place(
    left: float, top: float, right: float, bottom: float, least_area_px: float
) -> FloatArray:
    """(4, 2) the ground a vehicle takes: the box, grown about its foot to a spot's area.

    What stands may show only a part of the vehicle, where the rest is over spots.
    """
    growth = max(1.0, float(np.sqrt(least_area_px / ((right - left) * (bottom - top)))))
    middle, half = (left + right) / 2, growth * (right - left) / 2
    return box_outline(middle - half, bottom - growth * (bottom - top), middle + half, bottom)


def box_outline(left: float, top: float, right: float, bottom: float) -> FloatArray:
    """(4, 2) corners of a box."""
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float64)


def _is_same(one: Stopped, other: Stopped) -> bool:
    """Whether the middle of one lies in the other."""
    middle = one.outline.mean(axis=0)
    low, high = other.outline.min(axis=0), other.outline.max(axis=0)
    return one.zone_id == other.zone_id and bool(((middle >= low) & (middle <= high)).all())
