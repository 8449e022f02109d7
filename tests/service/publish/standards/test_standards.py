"""What other systems read: each standard's own structure, and never free for unknown."""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from service.live.recording import site_record
from service.live.records import LotRecord, SpotRecord
from service.publish.standards.datex2 import NAMESPACES, status_publication
from service.publish.standards.geojson import lots_geojson, sites_geojson, spots_geojson
from service.publish.standards.ngsi_ld import off_street_parkings, parking_spots
from service.publish.standards.parkapi import parking_sites
from service.publish.standards.parkapi import parking_spots as parkapi_spots
from service.publish.standards.place import LotOnMap, lots_on_map
from service.site.site import Site
from service.site.site_file import load_site
from tests.service.scenes import LOT_YAML

AT = "2026-05-01T12:03:10.400Z"
MAP = """\
    map:
      points:
        - {pixel: [0, 0], lonlat: [-7.6200, 33.5950]}
        - {pixel: [320, 0], lonlat: [-7.6190, 33.5950]}
        - {pixel: [320, 180], lonlat: [-7.6190, 33.5944]}
        - {pixel: [0, 180], lonlat: [-7.6200, 33.5944]}
"""
STATES = {"A1": "occupied", "A2": "free", "A3": "unknown", "B1": "closed"}


def make_spot(spot_id: str, status: str, lot_id: str = "main", group: str = "general") -> Any:
    return SpotRecord(
        site_id="yard",
        lot_id=lot_id,
        spot_id=spot_id,
        camera_id="north",
        group=group,
        status=status,
        reason="spot_hidden" if status == "unknown" else None,
        confidence=0.0 if status == "unknown" else 0.953,
        observed_at=AT,
        changed_at=AT,
        valid_until="2026-05-01T12:08:10.400Z",
        polygon=[(0, 0), (1, 0), (1, 1)],
    )


def make_lot(total: int, free: int, unknown: int, closed: int = 0, lot_id: str = "main") -> Any:
    return LotRecord(
        site_id="yard",
        lot_id=lot_id,
        name="Main lot",
        total=total,
        free_min=free,
        free_max=free + unknown,
        occupied=total - free - unknown - closed,
        unknown=unknown,
        closed=closed,
        text="",
        reason="camera_lost" if unknown else None,
        confidence=0.9,
        observed_at=None if unknown == total else AT,
        changed_at=AT,
        valid_until=AT,
    )


@pytest.fixture
def yard(tmp_path) -> Site:
    """The yard with a map; the back lot is named a place of its own."""
    text = LOT_YAML.replace("    spots:\n", f"{MAP}    spots:\n")
    text = text.replace("name: Back lot", "name: Back lot, lonlat: [-7.5, 33.5]")
    path = tmp_path / "yard.yaml"
    path.write_text(text)
    return load_site(path)


@pytest.fixture
def lots(yard) -> list[LotOnMap]:
    spots = [
        make_spot("A1", "occupied"),
        make_spot("A2", "free"),
        make_spot("A3", "unknown", group="disabled"),
        make_spot("B1", "closed", "back"),
    ]
    return lots_on_map(yard, [make_lot(3, 1, 1), make_lot(1, 0, 0, 1, "back")], spots)


def test_geojson_places_lots_and_spots(lots, yard):
    main, back = lots_geojson(lots)["features"]
    assert main["id"] == "yard/main"
    assert main["geometry"]["coordinates"] == pytest.approx([-7.61962, 33.59457], abs=1e-4)
    assert (main["properties"]["free_min"], main["properties"]["free_max"]) == (1, 2)
    assert back["geometry"] == {"type": "Point", "coordinates": [-7.5, 33.5]}
    first, *_ = spots_geojson(lots)["features"]
    (ring,) = first["geometry"]["coordinates"]
    assert ring[0] == ring[-1]
    assert len(ring) == 5
    doubled_area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    assert doubled_area > 0  # RFC 7946: counter-clockwise
    assert "polygon" not in first["properties"]
    (site,) = sites_geojson([(site_record(yard), lots)])["features"]
    assert len(site["geometry"]["coordinates"]) == 2


def test_geojson_without_a_map_has_no_geometry(tmp_path):
    path = tmp_path / "yard.yaml"
    path.write_text(LOT_YAML)
    bare = lots_on_map(load_site(path), [make_lot(3, 1, 1)], [make_spot("A1", "free")])
    assert lots_geojson(bare)["features"][0]["geometry"] is None
    assert spots_geojson(bare)["features"][0]["geometry"] is None
    assert "location" not in parking_spots(bare)[0]
    assert "lat" not in parking_sites(bare)["items"][0]


def test_ngsi_ld_spot(lots):
    entities = {each["id"].rpartition(":")[2]: each for each in parking_spots(lots)}
    assert {name: each["status"]["value"] for name, each in entities.items()} == STATES
    spot = entities["A2"]
    assert spot["type"] == "ParkingSpot"
    assert spot["id"] == "urn:ngsi-ld:ParkingSpot:yard:A2"
    assert spot["status"]["observedAt"] == AT
    assert spot["refParkingSite"]["object"] == "urn:ngsi-ld:OffStreetParking:yard:main"
    assert spot["refDevice"]["type"] == "Relationship"
    assert spot["refDevice"]["object"] == ["urn:ngsi-ld:Device:yard:north"]  # the model has a list
    assert spot["location"]["type"] == "GeoProperty"
    assert entities["A3"]["status"]["reason"]["value"] == "spot_hidden"
    for entity in [*entities.values(), *off_street_parkings(lots)]:
        assert len(entity["@context"]) == 2
        assert re.fullmatch(r"urn:ngsi-ld:\w+:yard:\w+", entity["id"])
        for name, attribute in entity.items():
            if name not in ("id", "type", "@context"):
                assert attribute["type"] in ("Property", "Relationship", "GeoProperty"), name


@pytest.mark.parametrize(
    ("lot", "available", "occupied", "occupancy", "status"),
    [
        pytest.param((10, 4, 0), 4, 6, 0.6, ["open", "spacesAvailable"], id="all known"),
        pytest.param((10, 4, 3), 4, 3, None, ["open", "spacesAvailable"], id="some unknown"),
        pytest.param((10, 0, 3), None, 7, None, ["open"], id="perhaps full"),
        pytest.param((10, 0, 10), None, None, None, ["open"], id="nothing known"),
        pytest.param((10, 0, 0), 0, 10, 1.0, ["open", "full"], id="full"),
        pytest.param((10, 1, 0), 1, 9, 0.9, ["open", "almostFull"], id="almost full"),
        pytest.param((10, 0, 0, 10), 0, 0, None, ["closed"], id="closed"),
    ],
)
def test_ngsi_ld_lot_tells_only_what_is_known(lot, available, occupied, occupancy, status):
    (told,) = off_street_parkings([LotOnMap(make_lot(*lot), (), None, {}, AT)])
    assert told.get("availableSpotNumber", {}).get("value") == available
    assert told.get("occupiedSpotNumber", {}).get("value") == occupied
    assert told.get("occupancy", {}).get("value") == occupancy
    assert told["status"]["value"] == status
    assert told["totalSpotNumber"]["value"] == 10


def test_parkapi_spots_and_sites(lots):
    spots = {each["name"]: each["realtime_status"] for each in parkapi_spots(lots)["items"]}
    assert spots == {"A1": "TAKEN", "A2": "AVAILABLE", "A3": "UNKNOWN", "B1": "UNKNOWN"}
    main, back = parking_sites(lots)["items"]
    assert (main["realtime_free_capacity"], main["capacity_disabled"]) == (1, 1)
    assert main["realtime_free_capacity_disabled"] == 0  # the one there is unknown
    assert (main["lat"], main["realtime_opening_status"]) == (pytest.approx(33.59457), "OPEN")
    assert back["realtime_opening_status"] == "CLOSED"
    blind = parking_sites([LotOnMap(make_lot(10, 0, 10), (), None, {}, AT)])["items"][0]
    assert "realtime_free_capacity" not in blind
    assert "realtime_data_updated_at" not in blind
    assert (blind["has_realtime_data"], main["has_realtime_data"]) == (False, True)
    of_lots = {each["static_data_updated_at"] for each in parking_sites(lots)["items"]}
    of_spots = {each["static_data_updated_at"] for each in parkapi_spots(lots)["items"]}
    assert of_lots == of_spots == {lots[0].described_at}


@pytest.mark.parametrize(
    ("group", "audience"),
    [
        ("general", []),
        ("disabled", ["DISABLED"]),
        ("electric", ["CHARGING"]),
        ("residents", ["RESIDENT"]),
        ("taxi", ["TAXI"]),
        ("deliveries", ["DELIVERY"]),
    ],
)
def test_parkapi_says_for_whom_a_spot_is(group, audience):
    spot = make_spot("A1", "free", group=group)
    (told,) = parkapi_spots([LotOnMap(make_lot(1, 1, 0), (spot,), None, {}, AT)])["items"]
    assert [each["type"] for each in told.get("restrictions", [])] == audience


FACILITY = ["reference", "lastUpdated", "openingStatus", "statusDescription", "fault"]
PARKING = ["parkingFault", "occupancy", "statusValidity", "supply"]
ORDER = {
    "PlaceStatus": [*FACILITY, *PARKING, "status", "declarationValidNow"],
    "SpaceStatus": [*FACILITY, *PARKING, "occupied", "measurementOrCalculationTime"],
    "occupancy": [
        *("numberOfSpacesOverride", "numberOfVacantSpaces", "numberOfVacantSpacesLowerThan"),
        *("numberOfVacantSpacesHigherThan", "numberOfOccupiedSpaces", "occupancy"),
        *("occupancyTrend", "probability"),
    ],
}
"""The sequences of the schema, as far as we use them; XML must keep their order."""
WORDS = {
    "openingStatus": {"open", "closed"},
    "status": {"full", "almostFull", "spacesAvailable", "unknown"},
    "parkingFault": {"communicationsFailure", "noParkingInformationAvailable"},
    "occupied": {"true", "false"},
}
PRESENT = {"PlaceStatus": {"reference"}, "SpaceStatus": {"reference", "occupied"}}
XSI_TYPE = f"{{{NAMESPACES['xsi']}}}type"


def local(element: ElementTree.Element) -> str:
    return element.tag.partition("}")[2]


def statuses(document: ElementTree.Element) -> Iterator[tuple[str, ElementTree.Element]]:
    for each in document.findall("prk:parkingStatusInformation", NAMESPACES):
        yield each.attrib[XSI_TYPE].removeprefix("prk:"), each


def check_order(element: ElementTree.Element, order: list[str]) -> None:
    ranks = [order.index(local(child)) for child in element]
    assert ranks == sorted(ranks), [local(child) for child in element]


def test_datex_keeps_the_schema_s_structure(lots):
    text = status_publication(lots, AT, "MA")
    document = ElementTree.fromstring(text)  # noqa: S314  our own words
    assert document.tag == f"{{{NAMESPACES['d2']}}}payload"
    assert document.attrib[XSI_TYPE] == "prk:ParkingStatusPublication"
    assert (document.attrib["lang"], document.attrib["modelBaseVersion"]) == ("en", "3")
    names = [local(child) for child in document]
    assert names[:2] == ["publicationTime", "publicationCreator"]
    assert set(names[2:]) == {"parkingStatusInformation"}
    assert document.findtext("com:publicationCreator/com:country", None, NAMESPACES) == "ma"
    for kind, status in statuses(document):
        check_order(status, ORDER[kind])
        assert {local(child) for child in status} >= PRESENT[kind]
        occupancy = status.find("prk:occupancy", NAMESPACES)
        assert occupancy is not None
        check_order(occupancy, ORDER["occupancy"])
        reference = status.find("fac:reference", NAMESPACES)
        assert reference is not None
        assert reference.attrib.keys() == {"id", "version", "targetClass"}
        for element in status.iter():
            words = WORDS.get(local(element))
            assert words is None or element.text in words, element.tag
            if local(element) in ("lastUpdated", "measurementOrCalculationTime"):
                assert datetime.fromisoformat(str(element.text)).utcoffset() is not None
            if local(element) in ("percentage",):
                assert 0 <= float(str(element.text)) <= 100


def test_datex_leaves_out_spots_that_are_not_known(lots):
    document = ElementTree.fromstring(status_publication(lots, AT))  # noqa: S314
    told = {}
    for kind, status in statuses(document):
        if kind == "SpaceStatus":
            reference = status.find("fac:reference", NAMESPACES)
            assert reference is not None
            told[reference.attrib["id"]] = status.findtext("prk:occupied", None, NAMESPACES)
    assert told == {"yard:A1": "true", "yard:A2": "false"}


@pytest.mark.parametrize(
    ("lot", "figures", "status", "fault"),
    [
        pytest.param((10, 4, 0), {"": "4"}, "spacesAvailable", None, id="all known"),
        pytest.param(
            (10, 4, 3),
            {"LowerThan": "8", "HigherThan": "3"},
            "spacesAvailable",
            "communicationsFailure",
            id="bounds where some are unknown",
        ),
        pytest.param(
            (10, 0, 3), {"LowerThan": "4"}, "unknown", "communicationsFailure", id="perhaps full"
        ),
        pytest.param((10, 0, 0), {"": "0"}, "full", None, id="full"),
        pytest.param((10, 0, 0, 10), {"": "0"}, None, None, id="closed"),
    ],
)
def test_datex_lot_tells_bounds_in_place_of_guesses(lot, figures, status, fault):
    text = status_publication([LotOnMap(make_lot(*lot), (), None, {}, AT)], AT)
    document = ElementTree.fromstring(text)  # noqa: S314
    ((_, told),) = statuses(document)
    vacant = "prk:occupancy/prk:numberOfVacantSpaces"
    found = {
        suffix: told.findtext(f"{vacant}{suffix}", None, NAMESPACES)
        for suffix in ("", "LowerThan", "HigherThan")
    }
    assert {suffix: value for suffix, value in found.items() if value} == figures
    assert told.findtext("prk:status", None, NAMESPACES) == status
    assert told.findtext("prk:parkingFault", None, NAMESPACES) == fault
