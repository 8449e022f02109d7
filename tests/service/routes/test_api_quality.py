"""The API keeps its own description, whatever it is asked: schemathesis, pages, ETags, problems."""

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import jsonschema_rs
import pytest
from starlette.requests import Request

from service.access.caller import Access
from service.access.keys import new_key
from service.access.limits import Rate
from service.access.roles import Role
from service.live.hub import Hub
from service.publish.standards import geojson, ngsi_ld
from service.publish.standards.place import lots_on_map
from service.routes.availability import available_json
from service.store.store import Store
from tests.service.access.keys_in_memory import KeysInMemory
from tests.service.running import running_server
from tests.service.shown_sites import make_sites, show

SECRET = bytes(32)
UNASKED = r"(/live|/api/v1/events|/api/v1/reload)$"
"""Streams that end only with their reader, and what needs a whole running station."""

RULES = """
# crossed outlines, hosts that are not there, no picture, a moment ahead, times that end before they
# begin: all fit
[[operations]]
include-path-regex = "/layout$|/webhooks|/outlines|/weather$|/history/|/audit"
checks.positive_data_acceptance.expected-statuses = ["2xx", 404, 409, 422]
"""
"""No schema can say these; they are refused with a reason, and never as another kind of fault."""


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[httpx.Client]:
    """An admin of a really running service with a lot, a tram and a database."""
    folder = tmp_path_factory.mktemp("api")
    sites = make_sites(folder)
    hub = Hub(sites)
    for site in sites:
        show(hub, site, {"A1"})
    store = Store.open(str(folder / "wayside.sqlite"))
    keys = KeysInMemory()
    key, text = new_key("tester", Role.ADMIN, 5)
    keys.add(key)
    access = Access(keys, SECRET, {role: Rate(1e6, 1e6) for role in Role})
    headers = {"Authorization": f"Bearer {text}"}
    with (
        running_server(hub, store=store, access=access) as root,
        httpx.Client(base_url=root, headers=headers, timeout=30) as client,
    ):
        yield client
    store.close()


def test_answers_are_as_described(client, tmp_path):
    """Examples, the bounds of every parameter, and random ones; valid and not."""
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    address = str(client.base_url.join("/openapi.json"))
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", rules, "run", address),
        *("--header", f"Authorization: {client.headers['authorization']}"),
        *("--exclude-path-regex", UNASKED, "--phases", "examples,coverage,fuzzing"),
        *("--max-examples", "2", "--seed", "20260501", "--generation-database", "none"),
        *("--max-time", "20", "--warnings", "off", "--no-color", "--request-timeout", "30"),
    ]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]


def test_long_list_comes_in_pages(client):
    whole = client.get("/api/v1/spots").json()
    found, path = [], "/api/v1/spots?limit=3"
    while path:
        answer = client.get(path)
        found.append(answer.json())
        path = answer.links.get("next", {}).get("url", "")
    assert [len(page) for page in found] == [3, 1]
    assert [spot["spot_id"] for page in found for spot in page] == [
        spot["spot_id"] for spot in whole
    ]
    for what in ("lots", "cameras", "sites", "alerts"):
        answer = client.get(f"/api/v1/{what}?limit=1")
        assert len(answer.json()) == 1
        assert ("next" in answer.links) == (len(client.get(f"/api/v1/{what}").json()) > 1)


@pytest.mark.parametrize(
    "cursor", ["nonsense", "WyJhIl0", "W10", "bnVsbA", "WzEsMl0", "WzEuNSwiYSJd", "W3RydWUsImEiXQ"]
)
def test_cursor_of_no_page_is_refused(client, cursor):
    answer = client.get("/api/v1/lots", params={"limit": 1, "cursor": cursor})
    assert answer.status_code == 404
    assert "no such page" in answer.json()["detail"]


def test_page_goes_on_where_an_item_has_gone(client):
    """The cursor's spot is in another lot: the list has changed since."""
    cursor = client.get("/api/v1/spots?limit=2").links["next"]["url"].partition("cursor=")[2]
    following = client.get(f"/api/v1/spots?lot=back&limit=2&cursor={cursor}")
    assert following.status_code == 200


def test_every_list_comes_in_pages(client):
    """Besides what has a bound of its own."""
    unpaged = {}
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        answer = operations.get("get", {"responses": {}})["responses"].get("200", {})
        shown = answer.get("content", {}).get("application/json", {}).get("schema", {})
        named = {each["name"] for each in operations.get("get", {}).get("parameters", [])}
        if shown.get("type") == "array" and not {"limit", "cursor"} <= named:
            unpaged[path] = named
    assert unpaged.keys() == {"/api/v1/events/recent", "/api/v1/history/gaps"}


@pytest.mark.parametrize(
    "path", ["webhooks", "violations", "cameras/north/layouts", "history/alerts", "changes"]
)
def test_limit_is_one_rule_for_every_list(client, path):
    assert client.get(f"/api/v1/{path}?limit=0").status_code == 422
    assert client.get(f"/api/v1/{path}?limit=1").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/api/v1/lots", "/api/v1/lots/main", "/api/v1/spots?site=yard", "/api/v1/spots/A2"),
        *("/api/v1/lots/geojson", "/api/v1/ngsi-ld/v1/entities?type=ParkingSpot"),
        *("/api/v1/parkapi/v3/parking-sites", "/api/v1/spots?limit=2"),
    ],
)
def test_unchanged_availability_is_not_sent_again(client, path):
    first = client.get(path)
    etag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    for known in (etag, f'"x", {etag}', etag.removeprefix("W/"), "*"):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b""), known
        assert again.headers["etag"] == etag
    assert client.get(path, headers={"If-None-Match": 'W/"0"'}).status_code == 200


def test_etag_changes_with_a_state_and_not_with_every_picture(tmp_path):
    yard, _ = make_sites(tmp_path)
    hub = Hub([yard])
    with running_server(hub) as root, httpx.Client(base_url=root, timeout=30) as client:

        def etag(cars: set[str], seconds: float = 2.0) -> str:
            show(hub, yard, cars, seconds)
            return client.get("/api/v1/lots").headers["etag"]

        before = etag({"A1"})
        assert etag({"A1", "A2"}) != before
        assert client.get("/api/v1/lots/main").json()["occupied"] == 2
        # Unless ten seconds are just over, more pictures of the same scene change nothing.
        same = [etag({"A1", "A2"}, seconds) for seconds in (2.0, 1.9, 1.8)]
        assert len(set(same)) <= 2


@pytest.mark.parametrize("told", [geojson.spots_geojson, ngsi_ld.parking_spots])
def test_etag_of_a_standard_passes_over_confidences(tmp_path, told):
    yard, _ = make_sites(tmp_path)
    hub = Hub([yard])
    show(hub, yard, {"A1"})
    now_ns = time.time_ns()

    def etag(**seen: object) -> str:
        spots = [each.model_copy(update=seen) for each in hub.spots("yard", now_ns)]
        document = told(lots_on_map(yard, hub.lots("yard", now_ns), spots))
        asked = Request({"type": "http", "headers": []})
        return available_json(asked, document, "application/json").headers["etag"]

    assert etag(confidence=0.953) == etag(confidence=0.948)
    assert etag(status="free") != etag(status="occupied")


def test_every_answer_and_parameter_is_described(client):
    described = client.get("/openapi.json").json()
    assert "HTTPValidationError" not in str(described)
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            assert operation["tags"], where
            wants_key = operation["security"] == [{"key": []}]
            assert ("403" in operation["responses"]) == wants_key, where
            assert {"401", "429"} <= operation["responses"].keys(), where
            for status, answer in operation["responses"].items():
                assert answer["description"], (where, status)
                if status.startswith(("4", "5")) and path != "/health/ready":
                    assert list(answer["content"]) == ["application/problem+json"], (where, status)
            if path.startswith("/api/"):
                assert path.startswith("/api/v1/")


def test_examples_hold_to_their_schemas(client):
    described = client.get("/openapi.json").json()
    for schema in described["components"]["schemas"].values():
        wanted = jsonschema_rs.Draft202012Validator(
            {**schema, "components": described["components"]}
        )
        for shown in schema.get("examples", ()):
            wanted.validate(shown)


def test_every_json_has_an_example(client):
    described = client.get("/openapi.json").json()
    schemas = described["components"]["schemas"]

    def has_example(schema: dict) -> bool:
        if schema == {} or "examples" in schema:
            return True
        if "$ref" in schema:
            return has_example(schemas[schema["$ref"].rpartition("/")[2]])
        if "items" in schema:
            return has_example(schema["items"])
        parts = schema.get("properties", {}).values()
        return bool(parts) and all(map(has_example, parts))

    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            bodies = [*operation["responses"].values(), operation.get("requestBody", {})]
            for content in (body.get("content", {}) for body in bodies):
                shown = content.get("application/json")
                if shown is not None and "example" not in shown:
                    assert has_example(shown["schema"]), (method, path, shown)


def moments(value: object, name: str = "") -> Iterator[str]:
    """Every time in an answer, by the names that times have."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from moments(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from moments(inner, name)
    elif isinstance(value, str) and name.endswith(("_at", "_until", "_since", "At")):
        yield value


def test_every_time_is_utc_with_its_offset(client):
    client.post("/api/v1/keys", json={"name": "dated", "role": "reader", "expires_in_days": 1})
    for what in ("lots", "spots", "cameras", "alerts", "events/recent", "keys"):
        answer = client.get(f"/api/v1/{what}")
        assert answer.status_code == 200
        found = list(moments(answer.json()))
        assert found, what
        for moment in found:
            assert datetime.fromisoformat(moment).utcoffset() == timedelta(0), (what, moment)


def test_methods_of_a_resource_are_told(client):
    answer = client.request("PATCH", "/api/v1/keys")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert client.request("PUT", "/api/v1/lots/main").headers["allow"] == "GET"
