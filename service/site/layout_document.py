"""A camera's layout as it is edited and kept: outlines, terms and map, in px of its picture."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import Field

from service.site.block import Block
from service.site.ground_map import GroundMap, MapBlock
from service.site.site import Camera, ParkingPlan, Site
from service.site.site_document import SpotBlock, ZoneBlock
from service.site.spot_terms import FOR_ALL, Hours, SpotTerms
from vision.arrays import FloatArray
from vision.errors import LayoutError
from vision.parking.layout import Layout, Spot, Zone


class LayoutDocument(Block):
    """What a person may change of one camera's layout."""

    spots: list[SpotBlock] = Field(min_length=1)
    zones: list[ZoneBlock] = Field(default=[])
    map: MapBlock | None = None

    def layout(self, camera_id: str, version: int) -> Layout:
        """Raises LayoutError where a spot is given twice."""
        return Layout(
            camera_id,
            version,
            tuple(
                Spot(
                    each.id,
                    each.lot,
                    each.group,
                    np.asarray(each.polygon, np.float32),
                    each.closed,
                )
                for each in self.spots
            ),
            tuple(
                Zone(each.id, each.kind, np.asarray(each.polygon, np.float32), each.max_stop_s)
                for each in self.zones
            ),
        )

    def applied_to(self, plan: ParkingPlan, camera_id: str, version: int) -> ParkingPlan:
        """The plan with this layout, drawn on a picture of its own: `reference` is outdated."""
        terms = {each.id: each.terms() for each in self.spots}
        return replace(
            plan,
            layout=self.layout(camera_id, version),
            terms={name: each for name, each in terms.items() if each != FOR_ALL},
            ground_map=None if self.map is None else self.map.ground_map(),
            reference=None,
        )


def document_of(
    plan: ParkingPlan, place: Callable[[FloatArray], FloatArray] | None = None
) -> dict[str, Any]:
    """The plan's layout as JSON that `LayoutDocument` reads; `place` moves every outline."""
    layout = plan.layout if place is None else plan.layout.moved(place)
    return {
        "spots": [_spot(spot, plan.terms.get(spot.spot_id, FOR_ALL)) for spot in layout.spots],
        "zones": [
            {
                "id": zone.zone_id,
                "kind": zone.kind.value,
                "polygon": zone.polygon.tolist(),
                "max_stop_s": zone.max_stop_s,
            }
            for zone in layout.zones
        ],
        "map": None if plan.ground_map is None else _map(plan.ground_map, place),
    }


def check_for_site(site: Site, camera: Camera, document: LayoutDocument) -> None:
    """Raise LayoutError where the layout does not fit the site's lots and other cameras."""
    lots = [lot.lot_id for lot in site.lots]
    lot_elsewhere = {
        spot.spot_id: (spot.lot_id, other.camera_id)
        for other, spot in site.spot_views()
        if other.camera_id != camera.camera_id
    }
    terms_elsewhere = {
        spot_id: (terms, other.camera_id)
        for other in site.cameras
        if other.camera_id != camera.camera_id and isinstance(other.plan, ParkingPlan)
        for spot_id, terms in other.plan.terms.items()
    }
    for spot in document.spots:
        if spot.lot not in lots:
            wanted = f"one of {', '.join(lots)}" if lots else "a site with lots"
            raise LayoutError(f"spot {spot.id}: there is no lot {spot.lot!r}; wanted {wanted}")
        lot_id, other_id = lot_elsewhere.get(spot.id, (spot.lot, ""))
        if lot_id != spot.lot:
            raise LayoutError(
                f"spot {spot.id} belongs to lot {lot_id!r} for camera {other_id}, got {spot.lot!r}"
            )
        terms, other_id = terms_elsewhere.get(spot.id, (spot.terms(), ""))
        if spot.terms() not in (terms, FOR_ALL):
            raise LayoutError(
                f"spot {spot.id} has other terms for camera {other_id}; state them once, or alike"
            )


def _spot(spot: Spot, terms: SpotTerms) -> dict[str, Any]:
    return {
        "id": spot.spot_id,
        "lot": spot.lot_id,
        "group": spot.group,
        "polygon": spot.polygon.tolist(),
        "closed": spot.is_closed,
        "permits": list(terms.permits),
        "max_stay_min": None if terms.max_stay_s is None else terms.max_stay_s / 60,
        "grace_min": terms.grace_s / 60,
        "closed_hours": [_hours(each) for each in terms.closed_hours],
        "level": terms.level,
    }


def _hours(hours: Hours) -> dict[str, Any]:
    return {
        "days": list(hours.days),
        "from": hours.begin.isoformat("minutes"),
        "to": hours.end.isoformat("minutes"),
    }


def _map(ground_map: GroundMap, place: Callable[[FloatArray], FloatArray] | None) -> dict[str, Any]:
    pixels: FloatArray = np.array(ground_map.pixels, np.float64)
    if place is not None:
        pixels = place(pixels)
    return {
        "points": [
            {"pixel": list(map(float, pixel)), "lonlat": list(lonlat)}
            for pixel, lonlat in zip(pixels, ground_map.place_lonlats, strict=True)
        ]
    }
