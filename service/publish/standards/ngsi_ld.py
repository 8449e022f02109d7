"""Spots and lots as NGSI-LD entities of the Smart Data Models: ParkingSpot, OffStreetParking."""

from collections.abc import Iterable
from typing import Any, Literal

from service.live.records import SpotRecord
from service.publish.standards.place import LotOnMap

MEDIA_TYPE = "application/ld+json"
CONTEXT = (
    "https://raw.githubusercontent.com/smart-data-models/dataModel.Parking/master/context.jsonld",
    "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld",
)
EntityType = Literal["ParkingSpot", "OffStreetParking"]
ALMOST_FULL = 0.9  # occupied share from which a lot is told to be almost full
Json = dict[str, Any]


def parking_spots(lots: Iterable[LotOnMap]) -> list[Json]:
    """One entity per spot; an unknown state is told as `unknown` with its reason."""
    return [_parking_spot(lot, spot) for lot in lots for spot in lot.spots]


def off_street_parkings(lots: Iterable[LotOnMap]) -> list[Json]:
    """One entity per lot; only spots known to be free count as available."""
    return [_off_street_parking(each) for each in lots]


def _parking_spot(lot: LotOnMap, spot: SpotRecord) -> Json:
    place = lot.places.get(spot.spot_id)
    status = _property(spot.status, spot.observed_at)
    if spot.reason is not None:
        status["reason"] = _property(spot.reason)
    else:
        status["confidence"] = _property(spot.confidence)
    location = None
    if place is not None:
        location = {"type": "Polygon", "coordinates": [[list(corner) for corner in place.ring]]}
    return _entity(
        "ParkingSpot",
        f"{spot.site_id}:{spot.spot_id}",
        {
            "name": _property(spot.spot_id),
            "category": _property(["offStreet"]),
            "status": status,
            "refParkingSite": _relationship("OffStreetParking", f"{spot.site_id}:{spot.lot_id}"),
            "refParkingGroup": _relationship(
                "ParkingGroup", f"{spot.site_id}:{spot.lot_id}:{spot.group}"
            ),
            "refDevice": {  # a list in the model: several devices may watch one spot
                "type": "Relationship",
                "object": [_urn("Device", f"{spot.site_id}:{spot.camera_id}")],
            },
        },
        location,
    )


def _off_street_parking(on_map: LotOnMap) -> Json:
    lot = on_map.lot
    at = lot.observed_at
    attributes = {
        "name": _property(lot.name),
        "category": _property(["parkingLot", "public"]),
        "allowedVehicleType": _property(["car"]),
        "occupancyDetectionType": _property(["singleSpaceDetection"]),
        "status": _property(_lot_status(on_map), at),
        "totalSpotNumber": _property(lot.total),
        "outOfServiceSlotNumber": _property(lot.closed, at),
        "unknownSpotNumber": _property(lot.unknown, at),
    }
    # Of free and occupied spots those that are known to be; where none is, no number is told.
    if lot.free_min or not lot.unknown:
        attributes["availableSpotNumber"] = _property(lot.free_min, at)
    if lot.occupied or not lot.unknown:
        attributes["occupiedSpotNumber"] = _property(lot.occupied, at)
    usable = lot.total - lot.closed
    if not lot.unknown and usable:
        attributes["occupancy"] = _property(round(lot.occupied / usable, 3), at)
    if at is not None:
        attributes["observationDateTime"] = _property({"@type": "DateTime", "@value": at})
    return _entity("OffStreetParking", f"{lot.site_id}:{lot.lot_id}", attributes, on_map.point())


def _lot_status(on_map: LotOnMap) -> list[str]:
    lot = on_map.lot
    usable = lot.total - lot.closed
    if not usable:
        return ["closed"]
    if lot.free_max == 0:
        return ["open", "full"]
    if lot.free_min == 0:
        return ["open"]  # there may be a free spot, or none
    return ["open", "almostFull" if lot.occupied / usable >= ALMOST_FULL else "spacesAvailable"]


def _entity(kind: str, name: str, attributes: Json, location: Json | None) -> Json:
    entity: Json = {"id": _urn(kind, name), "type": kind, **attributes}
    if location is not None:
        entity["location"] = {"type": "GeoProperty", "value": location}
    return {**entity, "@context": list(CONTEXT)}


def _property(value: object, observed_at: str | None = None) -> Json:
    told: Json = {"type": "Property", "value": value}
    return told if observed_at is None else {**told, "observedAt": observed_at}


def _relationship(kind: str, name: str) -> Json:
    return {"type": "Relationship", "object": _urn(kind, name)}


def _urn(kind: str, name: str) -> str:
    return f"urn:ngsi-ld:{kind}:{name}"
