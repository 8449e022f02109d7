import asyncio
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from service.app import create_app
from service.cameras.mission import ParkingMission
from service.cameras.stage_timer import StageTimer
from service.live.camera_state import CameraState, CameraStatus
from service.live.hub import Hub
from service.live.records import AlertRecord, CameraRecord, LotRecord, SpotRecord
from service.site.site import ParkingPlan, Site
from service.site.site_file import load_site
from service.timestamps import NS_PER_S
from tests.service.running import running_server
from tests.service.scenes import LOT_YAML, TRAM_YAML, BrightSpots, lot_picture
from tests.service.store.changes import spot_event
from tests.streams.cameras import wait_until
from vision.frame import Frame


def write_site(folder: Path, text: str, name: str) -> Site:
    path = folder / f"{name}.site.yaml"
    path.write_text(text)
    return load_site(path, {"CAMERA_PASSWORD": "s3cret"})


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Hub:
    """The yard with a car on A1, seen just now; a tram; and a second yard without pictures."""
    tmp_path = tmp_path_factory.mktemp("sites")
    yard = write_site(
        tmp_path, LOT_YAML.replace("yard.mp4", "'rtsp://me:${CAMERA_PASSWORD}@h/live'"), "yard"
    )
    twin = write_site(tmp_path, LOT_YAML.replace("site: yard", "site: twin"), "twin")
    hub = Hub([yard, twin, write_site(tmp_path, TRAM_YAML, "line")], first_event_id=100)
    show_lot(hub, yard, {"A1"})
    return hub


def show_lot(hub: Hub, yard: Site, cars: set[str], seconds: float = 3) -> None:
    plan = yard.cameras[0].plan
    assert isinstance(plan, ParkingPlan)
    mission = ParkingMission(plan, BrightSpots())
    begin_ns = time.time_ns() - round(seconds * NS_PER_S)
    for count in range(round(seconds * 10)):
        now_ns = begin_ns + count * NS_PER_S // 10
        frame = Frame("north", count, now_ns, lot_picture(cars, count))
        hub.publish("yard", mission.update(frame, 0, StageTimer()), frame)
    hub.publish_camera("yard", "north", CameraState(CameraStatus.LIVE), time.time_ns())


def change(hub: Hub, number: int, padding: str = "") -> None:
    state = CameraState(CameraStatus.LOST, f"reason {number}{padding}", frame_id=number)
    hub.publish_camera("yard", "north", state, time.time_ns())


@pytest.fixture(scope="module")
def client(hub) -> Iterator[httpx.Client]:
    with running_server(hub) as root, httpx.Client(base_url=root, timeout=10) as client:
        yield client


def test_every_state_carries_times_confidence_and_reason(client):
    for what in ("lots", "spots", "cameras", "alerts"):
        answer = client.get(f"/api/v1/{what}")
        assert answer.status_code == 200
        for state in answer.json():
            for name in ("observed_at", "changed_at", "valid_until", "confidence", "reason"):
                assert name in state, (what, name)


def test_spots_of_a_lot(client):
    spots = client.get("/api/v1/spots?site=yard&lot=main").json()
    assert [(each["spot_id"], each["status"]) for each in spots] == [
        ("A1", "occupied"),
        ("A2", "free"),
        ("A3", "free"),
    ]
    assert spots[0]["confidence"] > 0.8
    assert spots[0]["observed_at"] < spots[0]["valid_until"]
    free = client.get("/api/v1/spots?site=yard&status=free").json()
    assert {each["spot_id"] for each in free} == {"A2", "A3", "B1"}


def test_lot_and_site(client):
    lot = client.get("/api/v1/lots/main?site=yard").json()
    assert (lot["text"], lot["total"], lot["occupied"]) == ("2 free", 3, 1)
    twin = client.get("/api/v1/lots/main?site=twin").json()
    assert (twin["text"], twin["reason"]) == ("0–3 free", "no_picture_yet")
    assert [each["site_id"] for each in client.get("/api/v1/sites").json()] == [
        "yard",
        "twin",
        "line",
    ]
    assert client.get("/api/v1/sites/yard").json()["spot_count"] == 4


def test_display_without_pictures_is_unavailable(client):
    alert = client.get("/api/v1/alerts/cab").json()
    assert (alert["level"], alert["reason"]) == ("unavailable", "no_picture")


def test_picture_is_a_small_jpeg_with_results_drawn_in(client):
    answer = client.get("/api/v1/cameras/north/picture.jpg?site=yard")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["wayside-frame-id"] == "29"
    image = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.shape[1] <= 640
    plain = cv2.resize(lot_picture({"A1"}, 29), (image.shape[1], image.shape[0]))
    assert np.abs(image.astype(int) - plain).mean() > 4


def test_credentials_reach_no_answer(client):
    for path in ("/api/v1/cameras", "/api/v1/events/recent", "/", "/sites/yard/parking"):
        text = client.get(path).text
        assert "s3cret" not in text
    assert client.get("/api/v1/cameras/north?site=yard").json()["source"].endswith("@h/live")


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        pytest.param("/api/v1/lots/nord", 404, "there is no lot 'nord'", id="no lot"),
        pytest.param("/api/v1/spots/Z9", 404, "there is no spot 'Z9'", id="no spot"),
        pytest.param("/api/v1/cameras/x", 404, "there is no camera 'x'", id="no camera"),
        pytest.param("/api/v1/alerts/x", 404, "there is no tram camera 'x'", id="no tram"),
        pytest.param("/api/v1/sites/x", 404, "there is no site 'x'", id="no site"),
        pytest.param("/api/v1/lots?site=x", 404, "there is no site 'x'", id="no such filter"),
        pytest.param("/api/v1/lots/main", 409, "several sites have a lot 'main'", id="which"),
        pytest.param("/api/v1/spots?lot=x", 404, "no lot 'x'; known are main", id="no lot's"),
        pytest.param("/api/v1/spots?camera=x", 404, "no camera 'x'; known are", id="no camera's"),
        pytest.param("/api/v1/events?lot=x", 404, "there is no lot 'x'", id="nothing to hear"),
        pytest.param("/api/v1/events/recent?lot=x", 404, "there is no lot 'x'", id="nothing heard"),
        pytest.param("/api/v1/spots?status=full", 422, "status: ", id="no such status"),
        pytest.param("/api/v1/events/recent?count=0", 422, "count: ", id="no count"),
        pytest.param(
            "/api/v1/nothing", 404, "there is nothing at '/api/v1/nothing'", id="no route"
        ),
        pytest.param("/sites/x/parking", 404, "there is no site 'x'", id="no page"),
        pytest.param("/sites/yard/trams/x", 404, "there is no camera 'x'", id="no display"),
        pytest.param(
            "/api/v1/cameras/cab/picture.jpg", 503, "given no picture yet", id="no picture"
        ),
    ],
)
def test_error_is_problem_json(client, path, status, detail):
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert detail in problem["detail"]
    assert problem["instance"] == path.split("?")[0]


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/static/style.css", "/health/live", "/api/v1/lots", "/api/v1/nothing"),
        *("/api/v1/cameras/north/picture.jpg?site=yard", "/openapi.json"),
    ],
)
def test_head_is_the_answer_without_its_body(client, path):
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    for name in ("content-type", "etag"):
        assert head.headers.get(name) == whole.headers.get(name)
    assert "content-length" in head.headers


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/alerts/cab/live"])
def test_head_of_a_stream_is_answered_at_once(client, hub, path):
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")
    assert (hub.reader_count, hub.listener_count) == (0, 0)


def test_wrong_method_is_problem_json(client):
    answer = client.post("/api/v1/lots")
    assert (answer.status_code, answer.json()["status"]) == (405, 405)
    assert answer.json()["detail"] == "wanted GET, got POST"


@pytest.mark.parametrize(
    ("body", "kind", "status", "detail"),
    [
        pytest.param(
            '{"alert_id": 3',
            "application/json",
            422,
            "body: wanted JSON, got a text that is none: Expecting ',' delimiter at character 14",
            id="broken off",
        ),
        pytest.param(
            '{"alert_id": 3}',
            "text/plain",
            415,
            "body: wanted JSON as Content-Type: application/json, got 'text/plain'",
            id="another kind",
        ),
        pytest.param(
            "[3]", "application/json", 422, "body: wanted a JSON object, got an array", id="array"
        ),
        pytest.param(
            "null", "application/json", 422, "body: wanted a JSON object, got nothing", id="null"
        ),
        pytest.param(
            b'{"alert_id": "\xe9"}',
            "application/json",
            400,
            "body: wanted JSON in UTF-8, got other bytes",
            id="another alphabet",
        ),
        pytest.param(
            "[" * 100_000,
            "application/json",
            400,
            "body: wanted JSON, got brackets nested too deeply",
            id="deep",
        ),
        pytest.param(
            '{"alert_id": ' + "9" * 5000 + "}",
            "application/json",
            400,
            "body: wanted JSON, got a number with too many digits",
            id="long number",
        ),
    ],
)
def test_body_that_does_not_fit_is_told(client, body, kind, status, detail):
    headers = {"Content-Type": kind}
    answer = client.post("/api/v1/alerts/cab/acknowledge", content=body, headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (status, detail)


def test_health(client, hub):
    for site, camera in (("twin", "north"), ("line", "cab")):
        hub.publish_camera(site, camera, CameraState(), 1)
    assert client.get("/health/live").json() == {"status": "live"}
    starting = client.get("/health/ready")
    assert starting.status_code == 503
    assert starting.json()["cameras"]["line/cab"] == "starting"
    for site, camera in (("twin", "north"), ("line", "cab")):
        hub.publish_camera(site, camera, CameraState(CameraStatus.LOST, reason="away"), 1)
    assert client.get("/health/ready").status_code == 200
    assert client.get("/api/v1/health/live").status_code == 200


def test_openapi_describes_states(client):
    schema = client.get("/openapi.json").json()
    spot = schema["components"]["schemas"]["SpotRecord"]["properties"]
    assert spot["observed_at"]["anyOf"][0]["format"] == "date-time"
    assert spot["confidence"]["description"]
    assert "/api/v1/lots/{lot_id}" in schema["paths"]
    docs = client.get("/docs").text
    assert "/api/v1/cameras/{camera_id}/picture.jpg" in docs
    assert "https://" not in docs


@pytest.mark.parametrize("record", [SpotRecord, LotRecord, AlertRecord, CameraRecord])
def test_example_in_the_description_is_a_true_one(record):
    (example,) = record.model_json_schema()["examples"]
    told = record.model_validate(example).model_dump(mode="json", exclude_unset=True)
    assert told == example


def test_mistake_of_ours_is_problem_json_without_insides(tmp_path):
    def broken_clock() -> int:
        raise RuntimeError("s3cret inside")

    hub = Hub([write_site(tmp_path, TRAM_YAML, "line")])
    app = create_app(hub, clock_ns=broken_clock)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.get("/api/v1/lots")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()["status"]) == (500, 500)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "s3cret" not in answer.text


def events_of(lines: Iterator[str], count: int) -> list[dict[str, object]]:
    """The next events of a stream that carry data."""
    events: list[dict[str, object]] = []
    for line in lines:
        if line.startswith("data: "):
            events.append(json.loads(line[6:]))
        if len(events) == count:
            break
    return events


def test_sse_tells_changes_as_they_happen(client, hub):
    with client.stream("GET", "/api/v1/events?site=yard&type=camera.changed") as stream:
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        for number in range(3):
            change(hub, number)
        events = events_of(lines, 3)
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert [each["data"]["reason"] for each in events] == ["reason 0", "reason 1", "reason 2"]


def test_sse_resumes_after_the_last_event_id(client, hub):
    for number in range(5):
        change(hub, number)
    last_id = hub.recent(1)[0].id
    headers = {"Last-Event-ID": str(last_id - 2)}
    with client.stream("GET", "/api/v1/events", headers=headers) as stream:
        events = events_of(stream.iter_lines(), 2)
    assert [each["id"] for each in events] == [last_id - 1, last_id]


def test_sse_tells_of_a_gap(client, hub):
    change(hub, 1)
    with client.stream("GET", "/api/v1/events?last_event_id=1") as stream:
        first = events_of(stream.iter_lines(), 1)[0]
    assert first["type"] == "gap"


def test_websocket_tells_changes_and_resumes(client, hub):
    change(hub, 1)
    last_id = hub.recent(1)[0].id
    address = str(client.base_url).replace("http", "ws")
    with connect(f"{address}/api/v1/events?last_event_id={last_id - 1}") as socket_:
        assert json.loads(socket_.recv(5))["id"] == last_id
        socket_.send(b"no text")
        change(hub, 2)
        event = json.loads(socket_.recv(5))
    assert (event["type"], event["data"]["reason"]) == ("camera.changed", "reason 2")


def test_events_of_one_lot_in_the_envelope_of_cloudevents(client, hub):
    change(hub, 1)
    address = "/api/v1/events/recent?site=yard&lot=main"
    plain = client.get(address).json()
    assert {each["type"] for each in plain} == {"spot.changed", "lot.changed"}
    assert {each["subject"] for each in plain} == {"A1", "A2", "A3", "main"}
    batch = client.get(address, headers={"Accept": "application/cloudevents-batch+json"})
    assert batch.headers["content-type"] == "application/cloudevents-batch+json"
    assert [each["id"] for each in batch.json()] == [str(each["id"]) for each in plain]
    assert {each["specversion"] for each in batch.json()} == {"1.0"}
    first_id = plain[0]["id"] - 1
    stream_address = f"/api/v1/events?lot=main&format=cloudevents&last_event_id={first_id}"
    with client.stream("GET", stream_address) as stream:
        first = events_of(stream.iter_lines(), 1)[0]
    assert (first["id"], first["source"]) == (str(plain[0]["id"]), "/sites/yard/cameras/north")


def test_what_a_lot_did_before_it_was_taken_away_is_told(tmp_path):
    yard = write_site(tmp_path, LOT_YAML.replace("yard.mp4", "/yard.mp4"), "yard")
    hub = Hub([yard], earlier=[spot_event(1, "D9", lot_id="old")], first_event_id=2)
    with running_server(hub) as root:
        (event,) = httpx.get(f"{root}/api/v1/events/recent?lot=old", timeout=20).json()
    assert event["subject"] == "D9"


def test_reader_whose_filter_lets_nothing_through_still_hears_a_heartbeat(client, hub):
    address = "/api/v1/events?subject=nothing&heartbeat_s=0.5"
    with client.stream("GET", address) as stream:
        lines = stream.iter_lines()
        next(lines)
        for number in range(20):
            change(hub, number)
        assert next(line for line in lines if line) == ": heartbeat"


def test_unknown_event_type_is_told(client):
    answer = client.get("/api/v1/events?type=lot.chnged")
    assert answer.status_code == 422
    assert "lot.changed" in answer.json()["detail"]


def test_unknown_event_type_is_told_to_a_websocket_too(client):
    address = str(client.base_url).replace("http", "ws")
    with pytest.raises(InvalidStatus, match="422") as refused:
        connect(f"{address}/api/v1/events?type=nope")
    assert "'lot.changed'" in json.loads(refused.value.response.body)["detail"]


def test_display_stream_has_a_heartbeat_of_its_own(client):
    with client.stream("GET", "/api/v1/alerts/cab/live") as stream:
        alerts = events_of(stream.iter_lines(), 4)
    assert {each["level"] for each in alerts} == {"unavailable"}


def test_reader_that_takes_nothing_is_cut_and_holds_up_nobody(client, hub, monkeypatch):
    """A client that never reads fills its buffers; another one still gets every event."""
    monkeypatch.setattr("service.routes.event_stream.SEND_TIMEOUT_S", 0.3)
    with socket.create_connection(("127.0.0.1", client.base_url.port)) as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
        with client.stream("GET", "/api/v1/events") as stream:
            lines = stream.iter_lines()
            next(lines)
            assert wait_until(lambda: hub.reader_count == 2)
            numbers = []
            for number in range(6000):
                change(hub, number, padding="x" * 2000)
                if number % 50 == 49:
                    numbers += [each["frame_id"] for each in events_of(lines, 50)]
            assert numbers == list(range(6000))
            assert wait_until(lambda: hub.reader_count == 1)


def test_open_streams_do_not_hold_up_the_end(tmp_path):
    line = write_site(tmp_path, TRAM_YAML, "line")
    with running_server(Hub([line])) as root:
        streams = httpx.Client(base_url=root, timeout=10)
        stream = streams.send(streams.build_request("GET", "/api/v1/events"), stream=True)
        display = streams.send(streams.build_request("GET", "/api/v1/alerts/cab/live"), stream=True)
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 5
    assert stream.read().startswith(b"retry")  # ended in order, not cut
    for each in (stream, display):
        each.close()
    streams.close()


def test_pages_show_what_the_api_says(client):
    page = client.get("/sites/yard/parking").text
    assert "2 free" in page
    assert 'data-spot="A1"' in page
    assert "occupied" in page
    twin = client.get("/sites/twin/parking").text
    assert "0–3 free" in twin
    assert "(no picture yet)" in twin
    tram = client.get("/sites/line/trams/cab").text
    assert "Assistance unavailable" in tram
    assert "it brakes nothing" in tram
    assert "You remain responsible" in tram
    index = client.get("/").text
    for name in ("The yard", "The line", "/sites/line/trams/cab"):
        assert name in index
