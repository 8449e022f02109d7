"""Where lots and spots are on the map, as far as the site file says."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.live.records import LotRecord, SpotRecord
from service.site.site import ParkingPlan, Site
from service.timestamps import ns_to_iso

LonLat = tuple[float, float]
Ring = tuple[LonLat, ...]
DECIMALS = 7  # of a degree: a centimetre


@dataclass(frozen=True, slots=True)
class SpotPlace:
    """One spot on the map."""

    middle: LonLat
    ring: Ring
    """Outline, counter-clockwise, the first corner once more at the end."""


@dataclass(frozen=True, slots=True)
class LotOnMap:
    """One lot with its spots, and where they are."""

    lot: LotRecord
    spots: tuple[SpotRecord, ...]
    lonlat: LonLat | None
    """Of the lot: as the site file says, else the middle of its spots."""
    places: dict[str, SpotPlace]
    """By spot_id; spots whose camera has no map are missing."""
    described_at: str
    """When what does not change with the cars was last changed."""

    def point(self) -> dict[str, Any] | None:
        """The lot as a GeoJSON point."""
        return None if self.lonlat is None else {"type": "Point", "coordinates": list(self.lonlat)}


def lots_on_map(
    site: Site, lots: Iterable[LotRecord], spots: Iterable[SpotRecord]
) -> list[LotOnMap]:
    """The lots of one site with their spots and places."""
    spots = tuple(spots)
    places = spot_places(site)
    named = {lot.lot_id: lot.lonlat for lot in site.lots}
    found = []
    for lot in lots:
        own = tuple(spot for spot in spots if spot.lot_id == lot.lot_id)
        here = {spot.spot_id: places[spot.spot_id] for spot in own if spot.spot_id in places}
        lonlat = named.get(lot.lot_id) or _middle([place.middle for place in here.values()])
        found.append(LotOnMap(lot, own, lonlat, here, ns_to_iso(site.changed_at_ns)))
    return found


def spot_places(site: Site) -> dict[str, SpotPlace]:
    """By spot_id, of the first camera with a map that sees the spot."""
    places: dict[str, SpotPlace] = {}
    for camera, spot in site.spot_views():
        plan = camera.plan
        if spot.spot_id in places or not isinstance(plan, ParkingPlan) or plan.ground_map is None:
            continue
        corners = [_rounded(each) for each in plan.ground_map.lonlats(spot.polygon)]
        middle = _middle(corners)
        if middle is not None:
            places[spot.spot_id] = SpotPlace(middle, _ring(corners))
    return places


def _ring(corners: list[LonLat]) -> Ring:
    x, y = np.array(corners).T
    area = float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))
    ordered = corners if area >= 0 else corners[::-1]
    return (*ordered, ordered[0])


def _middle(points: list[LonLat]) -> LonLat | None:
    if not points:
        return None
    return _rounded(np.mean(points, axis=0))


def _rounded(point: Any) -> LonLat:
    return round(float(point[0]), DECIMALS), round(float(point[1]), DECIMALS)
