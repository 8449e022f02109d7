"""Lots, spots and sites as GeoJSON (RFC 7946); without a place the geometry is null."""

from collections.abc import Iterable
from typing import Any

from service.live.records import SiteRecord
from service.publish.standards.place import LotOnMap

MEDIA_TYPE = "application/geo+json"
Json = dict[str, Any]


def lots_geojson(lots: Iterable[LotOnMap]) -> Json:
    """One point per lot, with its counts."""
    return _collection(
        _feature(f"{each.lot.site_id}/{each.lot.lot_id}", each.point(), each.lot.model_dump())
        for each in lots
    )


def spots_geojson(lots: Iterable[LotOnMap]) -> Json:
    """One polygon per spot, with its state; `polygon`, in px of a picture, is left out."""
    return _collection(
        _feature(
            f"{spot.site_id}/{spot.spot_id}",
            _polygon(lot, spot.spot_id),
            spot.model_dump(exclude={"polygon", "votes", "lonlat"}),
        )
        for lot in lots
        for spot in lot.spots
    )


def sites_geojson(sites: Iterable[tuple[SiteRecord, list[LotOnMap]]]) -> Json:
    """One set of points per site: where its lots are."""
    return _collection(
        _feature(site.site_id, _points(lots), site.model_dump()) for site, lots in sites
    )


def _collection(features: Iterable[Json]) -> Json:
    return {"type": "FeatureCollection", "features": list(features)}


def _feature(feature_id: str, geometry: Json | None, properties: Json) -> Json:
    return {"type": "Feature", "id": feature_id, "geometry": geometry, "properties": properties}


def _polygon(lot: LotOnMap, spot_id: str) -> Json | None:
    place = lot.places.get(spot_id)
    if place is None:
        return None
    return {"type": "Polygon", "coordinates": [[list(corner) for corner in place.ring]]}


def _points(lots: Iterable[LotOnMap]) -> Json | None:
    points = [list(each.lonlat) for each in lots if each.lonlat is not None]
    return {"type": "MultiPoint", "coordinates": points} if points else None
