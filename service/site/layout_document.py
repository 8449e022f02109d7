"""A camera's layout as it is edited and kept: outlines, terms and map, in px of its picture."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from service.site.ground_map import GroundMap, MapBlock
from service.site.site import Camera, ParkingPlan, Site
from service.site.site_document import OutlinesBlock
from service.site.spot_terms import FOR_ALL, Hours, SpotTerms
from vision.arrays import FloatArray
from vision.errors import LayoutError
from vision.parking.layout import Spot


class LayoutDocument(OutlinesBlock):
    """What a person may change of one camera's layout."""

    map: MapBlock | None = None

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
    stated = {} if layout.drawn_px is None else size_of(layout.drawn_px)
    return {
        **stated,
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


def size_of(drawn_px: tuple[int, int]) -> dict[str, int]:
    """Width and height of the picture on which a layout was drawn, as its document says them."""
    return {"width_px": drawn_px[0], "height_px": drawn_px[1]}


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
