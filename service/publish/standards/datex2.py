"""The present state as a DATEX II v3 ParkingStatusPublication: lots as places, spots as spaces.

A space's status is a boolean there, `occupied`, so that only spots known to be free or occupied
are told. A lot with unknown spots tells bounds in place of a number, and a fault.
"""

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree

from service.live.records import LotRecord, SpotRecord
from service.publish.standards.place import LotOnMap

MEDIA_TYPE = "application/xml"
NAMESPACES = {
    "d2": "http://datex2.eu/schema/3/d2Payload",
    "prk": "http://datex2.eu/schema/3/parking",
    "fac": "http://datex2.eu/schema/3/facilities",
    "com": "http://datex2.eu/schema/3/common",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
FACILITY = "fac:FacilityObject"
ALMOST_FULL = 0.9  # occupied share from which a lot is told to be almost full
LOST = ("camera_lost", "no_picture_yet", "stale")
"""Reasons that are a failure of communication, for whoever reads the fault."""
Element = ElementTree.Element


def status_publication(
    lots: Iterable[LotOnMap], published_at: str, country: str | None = None
) -> bytes:
    """The whole publication as XML; `published_at` is ISO 8601.

    `country` is the publisher's, ISO 3166-1 in two letters; None is told as zz, which is nobody's.
    """
    payload = ElementTree.Element(
        "d2:payload",
        {
            **{f"xmlns:{prefix}": name for prefix, name in NAMESPACES.items()},
            "xsi:type": "prk:ParkingStatusPublication",
            "lang": "en",
            "modelBaseVersion": "3",
        },
    )
    _add(payload, "com:publicationTime", published_at)
    by = _add(payload, "com:publicationCreator")
    _add(by, "com:country", (country or "zz").lower())
    _add(by, "com:nationalIdentifier", "wayside")
    for each in lots:
        _add_lot(payload, each.lot)
        for spot in each.spots:
            if spot.status in ("free", "occupied"):
                _add_spot(payload, spot)
    ElementTree.indent(payload)
    text: bytes = ElementTree.tostring(payload, encoding="UTF-8", xml_declaration=True)
    return text


def _add_lot(payload: Element, lot: LotRecord) -> None:
    status = _add(payload, "prk:parkingStatusInformation")
    status.set("xsi:type", "prk:PlaceStatus")
    usable = lot.total - lot.closed
    _add_reference(status, f"{lot.site_id}:{lot.lot_id}", lot.observed_at)
    _add(status, "fac:openingStatus", "open" if usable else "closed")
    if lot.unknown:
        fault = "communicationsFailure" if lot.reason in LOST else "noParkingInformationAvailable"
        _add(status, "prk:parkingFault", fault)
    _add_occupancy(status, lot, usable)
    for word in _words(lot, usable):
        _add(status, "prk:status", word)


def _add_occupancy(status: Element, lot: LotRecord, usable: int) -> None:
    occupancy = _add(status, "prk:occupancy")
    _add(occupancy, "prk:numberOfSpacesOverride", str(usable))
    if not lot.unknown:
        _add(occupancy, "prk:numberOfVacantSpaces", str(lot.free_min))
    else:
        _add(occupancy, "prk:numberOfVacantSpacesLowerThan", str(lot.free_max + 1))
        if lot.free_min:
            _add(occupancy, "prk:numberOfVacantSpacesHigherThan", str(lot.free_min - 1))
    if not lot.unknown:
        _add(occupancy, "prk:numberOfOccupiedSpaces", str(lot.occupied))
        if usable:
            _add(occupancy, "prk:occupancy", f"{100 * lot.occupied / usable:.1f}")
    if lot.unknown < lot.total:
        probability = _add(occupancy, "prk:probability")
        _add(probability, "com:percentage", f"{100 * lot.confidence:.1f}")


def _words(lot: LotRecord, usable: int) -> Sequence[str]:
    """What the lot is, in the words of ParkingPlaceStatusEnum."""
    if not usable:
        return ()
    if lot.free_max == 0:
        return ("full",)
    if lot.free_min == 0:
        return ("unknown",)
    return ("almostFull" if lot.occupied / usable >= ALMOST_FULL else "spacesAvailable",)


def _add_spot(payload: Element, spot: SpotRecord) -> None:
    status = _add(payload, "prk:parkingStatusInformation")
    status.set("xsi:type", "prk:SpaceStatus")
    _add_reference(status, f"{spot.site_id}:{spot.spot_id}", spot.observed_at)
    occupancy = _add(status, "prk:occupancy")
    probability = _add(occupancy, "prk:probability")
    _add(probability, "com:percentage", f"{100 * spot.confidence:.1f}")
    _add(status, "prk:occupied", "true" if spot.status == "occupied" else "false")
    if spot.observed_at is not None:
        _add(status, "prk:measurementOrCalculationTime", spot.observed_at)


def _add_reference(status: Element, name: str, updated_at: str | None) -> None:
    reference = _add(status, "fac:reference")
    reference.set("id", name)
    reference.set("version", "1")
    reference.set("targetClass", FACILITY)
    if updated_at is not None:
        _add(status, "fac:lastUpdated", updated_at)


def _add(parent: Element, name: str, text: str | None = None) -> Element:
    element = ElementTree.SubElement(parent, name)
    element.text = text
    return element
