"""The weather as operators report it: believed for a while, then unknown again."""

from collections.abc import Iterator

import httpx
import pytest

from service.live.hub import Hub
from service.site.site_file import load_site
from service.timestamps import NS_PER_S, ns_to_iso
from tests.service.running import running_server
from tests.service.scenes import LOT_YAML

NOON_NS = 1_777_636_800 * NS_PER_S
WEATHER = "/api/v1/sites/yard/weather"


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_ns = NOON_NS

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def client(tmp_path, watch) -> Iterator[httpx.Client]:
    path = tmp_path / "yard.yaml"
    path.write_text(LOT_YAML)
    with (
        running_server(Hub([load_site(path)]), clock_ns=watch) as root,
        httpx.Client(base_url=root) as client,
    ):
        yield client


def told(client: httpx.Client) -> str:
    return str(client.get(WEATHER).json()["weather"])


def test_nobody_knows_the_weather_before_it_is_reported(client):
    assert client.get(WEATHER).json() == {
        "site_id": "yard",
        "weather": "unknown",
        "observed_at": None,
        "valid_until": None,
    }
    assert client.get("/api/v1/sites/nowhere/weather").status_code == 404


def test_a_report_is_believed_for_as_long_as_it_says(client, watch):
    answer = client.put(WEATHER, json={"weather": "rain", "valid_for_s": 1800})
    assert answer.json()["weather"] == "rain"
    watch.now_ns += 1799 * NS_PER_S
    assert told(client) == "rain"
    watch.now_ns += NS_PER_S
    assert told(client) == "unknown"


def test_an_older_report_does_not_replace_a_newer_one(client, watch):
    client.put(WEATHER, json={"weather": "fog"})
    older = {"weather": "dry", "observed_at": ns_to_iso(watch.now_ns - 60 * NS_PER_S)}
    assert client.put(WEATHER, json=older).status_code == 409
    assert told(client) == "fog"
    watch.now_ns += 60 * NS_PER_S
    client.put(WEATHER, json={"weather": "unknown"})
    assert told(client) == "unknown"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"weather": "sunny"}, "dry"),
        ({"weather": "rain", "observed_at": "2026-05-01T12:00:00"}, "timezone"),
        ({"weather": "rain", "observed_at": "2036-05-01T12:00:00Z"}, "must not lie ahead"),
        ({"weather": "rain", "observed_at": "2026-04-30T11:59:00Z"}, "of the last 24 hours"),
        ({"weather": "rain", "observed_at": "0001-01-01T00:00:00+14:00"}, "of the last 24 hours"),
        ({"weather": "rain", "observed_at": "9999-12-31T23:00:00-14:00"}, "must not lie ahead"),
        ({"weather": "rain", "valid_for_s": 0}, "greater than 0"),
        ({}, "weather"),
    ],
)
def test_a_bad_report_is_refused_with_a_reason(client, wrong, said):
    answer = client.put(WEATHER, json=wrong)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]
    assert told(client) == "unknown"
