import csv
import io
from collections.abc import Iterator

import httpx
import pyarrow.parquet as pq
import pytest

from service.live.history_records import (
    CameraChangeRecord,
    ForecastRecord,
    LotCountRecord,
    SpotChangeRecord,
    UsageRecord,
)
from service.live.hub import Hub
from service.site.site_file import load_site
from service.store.store import Store
from tests.service.running import running_server
from tests.service.scenes import LOT_YAML
from tests.service.store.changes import NOON_NS, camera_event, lot_event, spot_event
from tests.streams.cameras import wait_until

LONG_S = 60


@pytest.fixture(scope="module")
def client(tmp_path_factory) -> Iterator[httpx.Client]:
    """A service that has kept an hour of the yard."""
    folder = tmp_path_factory.mktemp("history")
    (folder / "yard.yaml").write_text(LOT_YAML)
    (folder / "twin.yaml").write_text(LOT_YAML.replace("site: yard", "site: twin"))
    hub = Hub([load_site(folder / "yard.yaml"), load_site(folder / "twin.yaml")])
    store = Store(str(folder / "store.sqlite"), clock_ns=lambda: NOON_NS + 3600 * 10**9)
    store.writer.start(["yard", "twin"])
    events = [
        spot_event(1, "A1", "free", at_s=0),
        spot_event(2, "A3", "free", at_s=0, group="disabled"),
        lot_event(3, 2, 3),
        camera_event(4, "live"),
        *(
            spot_event(number, "A1", "free" if number % 2 else "occupied", at_s=60 * number)
            for number in range(10, 40)
        ),
        spot_event(50, "A2", "unknown", at_s=3000, reason="=cmd|spot, hidden"),
        spot_event(51, "D9", "free", at_s=2990, lot_id="old", group="staff"),
    ]
    store.writer.offer(events)
    assert store.writer.flush(LONG_S)
    with (
        running_server(hub, store=store) as root,
        httpx.Client(base_url=f"{root}/api/v1", timeout=30) as client,
    ):
        yield client
    store.close()


def test_changes_of_a_spot_page_by_page(client):
    address, found, pages = "/history/spots/A1?site=yard&limit=8", [], 0
    while True:
        answer = client.get(address)
        assert answer.status_code == 200
        found += [SpotChangeRecord.model_validate(each) for each in answer.json()]
        pages += 1
        if "next" not in answer.links:
            break
        address = answer.links["next"]["url"].removeprefix("/api/v1")
    assert pages == 4
    assert len(found) == 31
    assert [each.at for each in found] == sorted(each.at for each in found)
    assert found[0].at == "2026-05-01T12:00:00.000Z"


def test_changes_in_a_stretch_of_time_newest_first(client):
    wanted = {
        "site": "yard",
        "from": "2026-05-01T14:10:00+02:00",
        "to": "2026-05-01T12:12:00Z",
        "newest_first": True,
    }
    found = client.get("/history/spots/A1", params=wanted).json()
    assert [each["event_id"] for each in found] == [11, 10]


def test_groups_lots_and_cameras(client):
    (group,) = client.get("/history/groups/disabled?site=yard").json()
    assert group["spot_id"] == "A3"
    (count,) = client.get("/history/lots/main?site=yard").json()
    assert LotCountRecord.model_validate(count).free_max == 3
    (camera,) = client.get("/history/cameras?site=yard&camera=north").json()
    assert CameraChangeRecord.model_validate(camera).status == "live"
    assert client.get("/history/alerts").json() == []
    assert client.get("/history/gaps").json() == []


def test_what_is_gone_from_the_site_file_keeps_its_past(client):
    for path in ("spots/D9?site=yard", "groups/staff?site=yard&lot=old"):
        (change,) = client.get(f"/history/{path}").json()
        assert change["spot_id"] == "D9"


def test_usage_of_a_lot_and_a_spot(client):
    (hour,) = client.get("/history/lots/main/usage?site=yard").json()
    row = UsageRecord.model_validate(hour)
    assert (row.spots, row.arrivals, row.departures) == (3, 15, 15)
    assert row.dwell_median_s == 60
    (day,) = client.get("/history/spots/A1/usage?site=yard&period=day").json()
    assert day["stays"] == 15
    (group,) = client.get("/history/groups/disabled/usage?site=yard").json()
    assert group["occupancy"] == 0


def test_a_forecast_says_what_it_rests_on(client):
    told = ForecastRecord.model_validate(client.get("/lots/main/forecast?site=yard").json())
    assert (told.basis, len(told.hours), told.total) == ("nothing", 6, 3)
    first = told.hours[0]
    assert (first.free, first.free_low, first.free_high) == (None, 0, 3)
    assert told.hours[0].end == told.hours[1].begin


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        pytest.param("/history/spots/A1", 409, "several sites have a spot 'A1'", id="two sites"),
        pytest.param("/history/spots/Z9", 404, "one of the past wants ?site=", id="no spot"),
        pytest.param("/history/spots/A1?site=none", 404, "there is no site 'none'", id="no site"),
        pytest.param("/history/spots/Z9?site=yard", 404, "there is no spot 'Z9'", id="never"),
        pytest.param(
            "/history/lots/nope?site=yard",
            404,
            "there is no lot 'nope'; known are main, back",
            id="never a lot",
        ),
        pytest.param(
            "/history/groups/general/usage?site=yard&lot=nope", 404, "no lot 'nope'", id="no usage"
        ),
        pytest.param("/history/alerts?camera=nope", 404, "no camera 'nope'", id="no display"),
        pytest.param("/history/cameras?camera=nope", 404, "known are north", id="no camera"),
        pytest.param(
            "/history/alerts?from=2026-05-02T00:00:00Z&to=2026-05-01T00:00:00Z",
            422,
            "not after to, '2026-05-01T00:00:00Z', got '2026-05-02T00:00:00Z'",
            id="backwards",
        ),
        pytest.param("/history/spots/A1?site=yard&from=noon", 422, "got 'noon'", id="no time"),
        pytest.param(
            "/history/lots/main?site=yard&to=2026-05-01T12:00:00", 422, "its offset", id="no offset"
        ),
        pytest.param("/history/lots/main?site=yard&cursor=x", 404, "cursor", id="no cursor"),
        pytest.param("/history/lots/main/usage?site=yard&period=week", 422, "week", id="no period"),
        pytest.param("/lots/main/forecast?site=yard&hours=99", 422, "99", id="too far"),
        pytest.param("/lots/none/forecast", 404, "there is no lot 'none'", id="no lot"),
    ],
)
def test_bad_questions_are_answered_with_a_sentence(client, path, status, words):
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert words in answer.json()["detail"]


def test_csv_holds_every_change(client):
    answer = client.get("/history/export?site=yard&what=spots")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 34
    assert rows[0]["at"] == "2026-05-01T12:00:00.000Z"
    assert rows[-1]["reason"] == "=cmd|spot, hidden"


def test_parquet_has_types(client):
    answer = client.get("/history/export?site=yard&what=spots&format=parquet")
    table = pq.read_table(io.BytesIO(answer.content))
    assert table.num_rows == 34
    assert str(table.schema.field("at").type) == "timestamp[ns, tz=UTC]"
    assert table.column("at")[0].value == NOON_NS
    empty = client.get("/history/export?site=twin&what=alerts&format=parquet")
    assert pq.read_table(io.BytesIO(empty.content)).num_rows == 0


@pytest.mark.parametrize("what", ["lots", "alerts", "cameras", "hours", "days"])
def test_every_kind_of_history_is_exported(client, what):
    answer = client.get(f"/history/export?what={what}&site=yard")
    assert answer.status_code == 200
    assert answer.text.startswith("site_id,")


def test_a_service_without_a_store_says_so(tmp_path):
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    with running_server(Hub([load_site(tmp_path / "yard.yaml")])) as root:
        answer = httpx.get(f"{root}/api/v1/history/spots/A1")
        assert answer.status_code == 503
        assert "runs without a database" in answer.json()["detail"]
        assert httpx.get(f"{root}/health/ready").json()["database"] == "none"


def test_a_database_that_is_away_hinders_no_live_answer(tmp_path):
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    (tmp_path / "folder").write_text("no folder")
    store = Store(str(tmp_path / "folder" / "store.sqlite"))
    store.writer.start(["yard"])
    assert wait_until(lambda: store.writer.status.is_away, LONG_S)
    hub = Hub([load_site(tmp_path / "yard.yaml")])
    with running_server(hub, store=store) as root:
        assert httpx.get(f"{root}/api/v1/lots").status_code == 200
        health = httpx.get(f"{root}/health/store").json()
        assert (health["database"], health["lost"]) == ("away", 0)
        assert health["reason"]
        assert httpx.get(f"{root}/api/v1/history/spots/A1").status_code == 503
        (tmp_path / "folder").unlink()
        assert wait_until(
            lambda: httpx.get(f"{root}/health/store").json()["database"] == "ready", LONG_S
        )
        assert httpx.get(f"{root}/api/v1/history/spots/A1").json() == []
    store.close()
