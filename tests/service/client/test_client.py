"""The client against a really running service."""

import socket
import threading
import time
from collections.abc import Iterator
from itertools import islice

import httpx
import pytest

from service.access.caller import Access
from service.access.keys import new_key
from service.access.limits import Rate
from service.access.roles import Role
from service.client.client import Client, Gap
from service.client.errors import NotAllowed, NotFound, ProblemAnswer, ServiceAway, TooMany
from service.client.event_stream import Message, messages
from service.live.camera_state import CameraState, CameraStatus
from service.live.hub import Hub
from service.live.records import EventRecord
from service.site.site_file import load_site
from tests.service.access.keys_in_memory import KeysInMemory
from tests.service.running import running_server
from tests.service.scenes import LOT_YAML, TRAM_YAML
from tests.streams.cameras import wait_until

SECRET = bytes(32)


def make_hub(folder) -> Hub:
    for name, text in (("yard", LOT_YAML), ("line", TRAM_YAML)):
        (folder / f"{name}.yaml").write_text(text)
    return Hub([load_site(folder / f"{name}.yaml") for name in ("yard", "line")], first_event_id=10)


def change(hub: Hub, number: int) -> None:
    state = CameraState(CameraStatus.LOST, f"reason {number}", frame_id=number)
    hub.publish_camera("yard", "north", state, time.time_ns())


class Proxy(httpx.HTTPTransport):
    """Stands before the service and says something itself before it lets through."""

    def __init__(self, *answers: httpx.Response) -> None:
        super().__init__()
        self._answers = list(answers)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._answers.pop(0) if self._answers else super().handle_request(request)


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Hub:
    return make_hub(tmp_path_factory.mktemp("client"))


@pytest.fixture(scope="module")
def client(hub) -> Iterator[Client]:
    with running_server(hub) as root, Client(root) as client:
        yield client


def test_records_come_typed(client):
    assert [site.site_id for site in client.sites()] == ["yard", "line"]
    assert client.site("yard").spot_count == 4
    assert [(lot.lot_id, lot.text) for lot in client.lots()] == [
        ("main", "0–3 free"),
        ("back", "0–1 free"),
    ]
    assert client.lot("back", site="yard").total == 1
    assert {spot.spot_id for spot in client.spots(lot="main", status="unknown")} == {
        "A1",
        "A2",
        "A3",
    }
    assert client.spot("A1").reason == "no_picture_yet"
    assert [camera.camera_id for camera in client.cameras("yard")] == ["north"]
    assert client.camera("cab").mission == "tram"
    assert client.alerts()[0].level == client.alert("cab").level == "unavailable"


def test_long_list_comes_whole(client, monkeypatch):
    monkeypatch.setattr("service.client.client.PAGE", 1)
    assert [spot.spot_id for spot in client.spots()] == ["A1", "A2", "A3", "B1"]


def test_refusal_is_an_error_of_its_own(client):
    with pytest.raises(NotFound, match="404 Not Found: there is no lot 'nord'"):
        client.lot("nord")
    with pytest.raises(ProblemAnswer) as refusal:
        client.picture("north")
    assert refusal.value.problem.status == 503


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(
            httpx.Response(308, headers={"Location": "https://parking.example/api/v1/lots"}),
            "308 Permanent Redirect: it is at https://parking.example/api/v1/lots",
            id="sent elsewhere",
        ),
        pytest.param(
            httpx.Response(200, text="<html>Welcome to our hotel</html>"),
            "what came is no answer of the service",
            id="page of a hotel",
        ),
    ],
)
def test_something_else_that_answers_is_told(answer, told):
    with (
        Client("http://parking.example", transport=Proxy(answer)) as client,
        pytest.raises(ProblemAnswer, match=told),
    ):
        client.lots()


def test_recent_events_come_oldest_first(client, hub):
    for number in range(21, 24):
        change(hub, number)
    told = client.recent_events(2, site="yard")
    assert [event.data["reason"] for event in told] == ["reason 22", "reason 23"]
    assert client.recent_events(site="line") == []


def test_nothing_changed_is_not_sent_again(tmp_path):
    sent: list[httpx.Response] = []

    class Counting(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            sent.append(super().handle_request(request))
            return sent[-1]

    hub = make_hub(tmp_path)
    with running_server(hub) as root, Client(root, transport=Counting()) as client:
        assert client.lots() == client.lots()
        assert [each.status_code for each in sent] == [200, 304]


def test_events_resume_after_the_last_one(client, hub):
    change(hub, 1)
    last_id = hub.recent(1)[0].id
    for number in range(2, 5):
        change(hub, number)
    heard = list(islice(client.events(last_id, types=("camera.changed",)), 3))
    assert [event.data["reason"] for event in heard if isinstance(event, EventRecord)] == [
        "reason 2",
        "reason 3",
        "reason 4",
    ]
    first = next(client.events(1))
    assert isinstance(first, Gap)


def test_events_go_on_over_a_broken_connection(tmp_path):
    """The line breaks after every event; none is lost and none comes twice."""

    class Cutting(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = super().handle_request(request)

            def until_data() -> Iterator[bytes]:
                for part in answer.iter_raw():
                    yield part
                    if b"data:" in part:
                        raise httpx.ReadError("cut")

            class Cut(httpx.SyncByteStream):
                def __iter__(self) -> Iterator[bytes]:
                    return until_data()

                def close(self) -> None:
                    answer.close()

            return httpx.Response(answer.status_code, headers=answer.headers, stream=Cut())

    hub = make_hub(tmp_path)
    change(hub, 100)
    begin_id = hub.recent(1)[0].id
    with (
        running_server(hub) as root,
        Client(root, transport=Cutting(), sleep=lambda _: None) as client,
    ):
        events = client.events(begin_id)
        heard = []
        for number in range(101, 105):
            change(hub, number)
            event = next(events)
            assert isinstance(event, EventRecord)
            heard.append(event.data["reason"])
        events.close()
    assert heard == [f"reason {number}" for number in range(101, 105)]


@pytest.mark.parametrize("status", [502, 503, 504])
def test_events_go_on_once_the_service_is_back_behind_its_proxy(tmp_path, status):
    hub = make_hub(tmp_path)
    change(hub, 1)
    change(hub, 2)
    (first, _), slept_s = hub.recent(2), list[float]()
    proxy = Proxy(httpx.Response(status, text="<html>Bad Gateway</html>"))
    with (
        running_server(hub) as root,
        Client(root, transport=proxy, sleep=slept_s.append) as client,
    ):
        event = next(client.events(first.id))
        assert isinstance(event, EventRecord)
        assert event.data["reason"] == "reason 2"
    assert len(slept_s) == 1


def test_display_is_followed(client):
    told = list(islice(client.display("cab"), 3))
    assert [each.sequence for each in told] == [1, 2, 3]
    assert {each.level for each in told} == {"unavailable"}


def test_silent_service_is_away():
    """It takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = Client(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout_s=0.2)
        with client, pytest.raises(ServiceAway, match="does not answer"):
            client.lots()
    with Client("http://127.0.0.1:9") as away, pytest.raises(ServiceAway):
        next(away.display("cab"))


def test_key_opens_and_limits_are_told(tmp_path):
    keys = KeysInMemory()
    key, text = new_key("city", Role.READER, 5)
    keys.add(key)
    access = Access(keys, SECRET, {Role.READER: Rate(0.01, 3)})
    with running_server(make_hub(tmp_path), access=access) as root:
        with Client(root) as anybody, pytest.raises(NotAllowed, match="401 Unauthorized"):
            anybody.spots()
        with Client(root, text) as reader:
            assert len(reader.spots()) == 4
            with pytest.raises(NotAllowed, match="403"):
                reader._get("/keys", {})  # what only admins may
            with pytest.raises(TooMany) as refusal:
                [reader.spots() for _ in range(4)]
            assert refusal.value.retry_after_s


def test_stream_outlives_the_service(tmp_path):
    hub = make_hub(tmp_path)
    heard: list[object] = []

    def listen(root: str) -> None:
        with Client(root) as client:
            try:
                heard.extend(client.display("cab"))
            except ServiceAway:
                heard.append("away")

    with running_server(hub) as root:
        thread = threading.Thread(target=listen, args=(root,), daemon=True)
        thread.start()
        assert wait_until(lambda: hub.listener_count == 1)
    thread.join(20)
    assert not thread.is_alive()


def test_blocks_of_a_stream_are_told_apart():
    lines = [
        "retry: 1",
        "",
        ": comment",
        "",
        "id: 7",
        "event: a",
        "data: 1",
        "data:2",
        "",
        "data: x",
        "",
        "data: cut",
    ]
    assert list(messages(lines)) == [Message("a", "1\n2", "7"), Message("message", "x", "7")]
