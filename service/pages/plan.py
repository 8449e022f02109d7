"""Spots of one camera as shapes for a drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.live.records import CameraRecord, SpotRecord
from service.site.site import Site
from vision.arrays import FloatArray
from vision.polygons import polygon_area


@dataclass(frozen=True, slots=True)
class PlanSpot:
    """One spot in the drawing."""

    record: SpotRecord
    points: str
    """Corners in the way of SVG."""
    x: float
    y: float
    """Where its name stands."""
    letter_px: float
    """Height of its name."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A drawing in px of the camera's picture."""

    view_box: str
    spots: list[PlanSpot]


@dataclass(frozen=True, slots=True)
class NamedOutline:
    """A spot's outline in px, and where its name stands."""

    id: str
    polygon: list[tuple[float, float]]
    x: float
    y: float


def named_outline(spot_id: str, polygon: FloatArray) -> NamedOutline:
    """The outline (corners, 2) of a spot for a drawing."""
    x, y = np.asarray(polygon).mean(axis=0).round(1).tolist()
    corners = [(round(float(left), 1), round(float(top), 1)) for left, top in polygon]
    return NamedOutline(spot_id, corners, x, y)


def draw_plan(spots: Sequence[SpotRecord]) -> Plan:
    """Spots where the picture shows them, cut to where there are any; empty without any."""
    xs = [x for spot in spots for x, _ in spot.polygon]
    ys = [y for spot in spots for _, y in spot.polygon]
    if not xs:
        return Plan("", [])
    margin = 0.03 * max(max(xs) - min(xs), max(ys) - min(ys))
    left, top = min(xs) - margin, min(ys) - margin
    width, height = max(xs) - left + margin, max(ys) - top + margin
    return Plan(
        f"{left:.0f} {top:.0f} {width:.0f} {height:.0f}",
        [_plan_spot(spot, width) for spot in spots],
    )


def camera_plan(site: Site, camera: CameraRecord, spots: Sequence[SpotRecord]) -> Plan:
    """Those of the spots that a camera sees, where it sees them."""
    outlines = {
        spot.spot_id: spot.polygon.tolist()
        for each, spot in site.spot_views()
        if each.camera_id == camera.camera_id
    }
    own = [
        spot.model_copy(update={"polygon": outlines[spot.spot_id]})
        for spot in spots
        if spot.spot_id in outlines
    ]
    return draw_plan(own)


def _plan_spot(spot: SpotRecord, plan_width: float) -> PlanSpot:
    xs, ys = zip(*spot.polygon, strict=True)
    high = max(ys) - min(ys)
    wide = polygon_area(np.asarray(spot.polygon)) / high  # in the middle of a slanted spot
    letters = len(spot.spot_id) + 2  # its name, a gap and its sign
    return PlanSpot(
        record=spot,
        points=" ".join(f"{x:.0f},{y:.0f}" for x, y in spot.polygon),
        x=sum(xs) / len(xs),
        y=sum(ys) / len(ys),
        letter_px=max(min(high * 0.5, wide / letters), plan_width / 60),
    )
