"""Lots and spots as ParkAPI v3 exchanges them: static and realtime data of each in one item.

A site or spot without a place on the map has no `lat` and `lon`, and one that was never seen says
that it has no realtime data. The free capacity counts only what is known to be free, and is left
out where nothing is known.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from service.live.records import SpotRecord
from service.publish.standards.place import LonLat, LotOnMap

SPOT_STATUS = {"free": "AVAILABLE", "occupied": "TAKEN"}
CAPACITY_OF_GROUP = {"disabled": "disabled", "electric": "charging", "charging": "charging"}
"""ParkAPI's capacities for the groups of spots that it knows."""
RESTRICTION_OF_GROUP = {
    "disabled": "DISABLED",
    "electric": "CHARGING",
    "charging": "CHARGING",
    "residents": "RESIDENT",
    "taxi": "TAXI",
    "deliveries": "DELIVERY",
}
Json = dict[str, Any]


def parking_sites(lots: Iterable[LotOnMap]) -> Json:
    """One item per lot."""
    return _items([_parking_site(each) for each in lots])


def parking_spots(lots: Iterable[LotOnMap]) -> Json:
    """One item per spot; a closed one is neither available nor taken, so it is unknown."""
    return _items([_parking_spot(lot, spot) for lot in lots for spot in lot.spots])


def _items(items: list[Json]) -> Json:
    return {"items": items, "total_count": len(items)}


def _parking_site(on_map: LotOnMap) -> Json:
    lot = on_map.lot
    usable = lot.total - lot.closed
    item: Json = {
        "uid": f"{lot.site_id}:{lot.lot_id}",
        "name": lot.name,
        "purpose": "CAR",
        "type": "OFF_STREET_PARKING_GROUND",
        "static_data_updated_at": on_map.described_at,
        "has_realtime_data": lot.observed_at is not None,
        **_place(on_map.lonlat),
        "capacity": lot.total,
        **_group_figures("capacity", on_map.spots),
        "realtime_capacity": usable,
        "realtime_opening_status": "OPEN" if usable else "CLOSED",
    }
    if lot.observed_at is not None:
        item["realtime_data_updated_at"] = lot.observed_at
    if lot.free_min or not lot.unknown:
        item["realtime_free_capacity"] = lot.free_min
        free = [spot for spot in on_map.spots if spot.status == "free"]
        item |= _group_figures("realtime_free_capacity", free, like=on_map.spots)
    return item


def _parking_spot(lot: LotOnMap, spot: SpotRecord) -> Json:
    place = lot.places.get(spot.spot_id)
    item: Json = {
        "uid": f"{spot.site_id}:{spot.spot_id}",
        "parking_site_uid": f"{spot.site_id}:{spot.lot_id}",
        "name": spot.spot_id,
        "purpose": "CAR",
        "static_data_updated_at": lot.described_at,
        "has_realtime_data": spot.observed_at is not None,
        **_place(place.middle if place else None),
        "realtime_status": SPOT_STATUS.get(spot.status, "UNKNOWN"),
    }
    if spot.group in RESTRICTION_OF_GROUP:
        item["restrictions"] = [{"type": RESTRICTION_OF_GROUP[spot.group]}]
    if place is not None:
        ring = [list(corner) for corner in place.ring]
        item["geojson"] = {"type": "Polygon", "coordinates": [ring]}
    if spot.observed_at is not None:
        item["realtime_data_updated_at"] = spot.observed_at
    return item


def _place(lonlat: LonLat | None) -> Json:
    return {} if lonlat is None else {"lat": lonlat[1], "lon": lonlat[0]}


def _group_figures(name: str, spots: Iterable[SpotRecord], like: Iterable[SpotRecord] = ()) -> Json:
    """How many of the spots are of each group that ParkAPI knows; zero for those in `like`."""
    known = [CAPACITY_OF_GROUP[spot.group] for spot in spots if spot.group in CAPACITY_OF_GROUP]
    counted = Counter(known)
    for spot in like:
        if spot.group in CAPACITY_OF_GROUP:
            counted.setdefault(CAPACITY_OF_GROUP[spot.group], 0)
    return {f"{name}_{group}": count for group, count in sorted(counted.items())}
