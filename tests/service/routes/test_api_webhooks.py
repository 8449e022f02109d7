import time
from collections.abc import Iterator

import httpx
import pytest

from service.live.hub import Hub
from service.publish.publishing import Publishing
from service.publish.webhook_letters import WebhookLetters
from service.publish.webhooks import WebhookPublisher
from service.store.store import Store
from streams.backoff import Backoff
from tests.service.publish.receiver import Receiver
from tests.service.publish.yard import change_camera, yard_site
from tests.service.running import running_server
from tests.service.scenes import LOT_YAML
from tests.streams.cameras import wait_until

ADDRESS = "/api/v1/webhooks"
SECRET = "a secret of sixteen".replace(" ", "-")


@pytest.fixture
def hub(tmp_path) -> Hub:
    text = f"{LOT_YAML}publish: {{webhook_networks: [127.0.0.0/8]}}\n"
    return Hub([yard_site(tmp_path, text)], first_event_id=time.time_ns())


@pytest.fixture
def client(hub, tmp_path) -> Iterator[httpx.Client]:
    """A service that sends webhooks."""
    store = Store.open(str(tmp_path / "t.sqlite"))
    store.writer.join_in(WebhookLetters())
    hub.feed(store.writer.offer)
    store.writer.start(["yard"])
    allowed = hub.sites[0].publish.webhook_networks
    quick = Backoff(first_s=0.05, limit_s=0.2)
    publishing = Publishing([WebhookPublisher(store, {}, allowed, backoff=quick)])
    publishing.start()
    with (
        running_server(hub, store=store) as root,
        httpx.Client(base_url=root, timeout=20) as client,
    ):
        yield client
    publishing.stop()
    store.close()


def test_receiver_is_added_told_and_removed(client, hub):
    with Receiver() as receiver:
        wish = {"url": receiver.url(), "types": ["camera.changed"], "note": "signs"}
        made = client.post(ADDRESS, json=wish)
        assert made.status_code == 201
        assert made.json()["secret"].startswith("whsec_")
        name = made.json()["webhook_id"]
        change_camera(hub, 1)
        assert wait_until(lambda: receiver.reasons() == ["reason 1"])
        (shown,) = client.get(ADDRESS).json()
        assert (shown["webhook_id"], shown["created_by"]) == (name, "access off")
        assert "secret" not in shown
        deliveries = f"{ADDRESS}/{name}/deliveries"
        assert wait_until(lambda: client.get(deliveries).json())  # kept once the answer is there
        (delivery,) = client.get(deliveries).json()
        assert (delivery["status_code"], delivery["attempt"]) == (204, 1)
        assert client.delete(f"{ADDRESS}/{name}").status_code == 204
        assert client.get(f"{ADDRESS}/{name}").status_code == 404


def test_receivers_come_in_pages(client):
    for number in range(2):
        wish = {"url": f"http://127.0.0.1:9/{number}", "types": ["camera.changed"]}
        assert client.post(ADDRESS, json=wish).status_code == 201
    first = client.get(f"{ADDRESS}?limit=1")
    second = client.get(first.links["next"]["url"])
    assert first.json() + second.json() == client.get(ADDRESS).json()


def test_trial_tells_whether_messages_arrive(client):
    with Receiver() as receiver:
        receiver.status = 500
        wish = {"url": receiver.url(), "secret": SECRET}
        name = client.post(ADDRESS, json=wish).json()["webhook_id"]
        assert client.post(f"{ADDRESS}/{name}/trial").status_code == 202
        log = f"{ADDRESS}/{name}/deliveries?limit=1"
        assert wait_until(lambda: client.get(log).json() != [])
        assert client.get(log).json()[0]["error"] == "answered 500"
        assert client.get(f"{ADDRESS}/{name}").json()["waiting"] == 1
        receiver.status = 204
        assert wait_until(lambda: [each["type"] for each in receiver.taken] == ["wayside.trial"])
        assert wait_until(lambda: "next" in client.get(log).headers.get("link", ""))


def test_paused_receiver_is_not_told(client, hub):
    with Receiver() as receiver:
        name = client.post(ADDRESS, json={"url": receiver.url()}).json()["webhook_id"]
        paused = client.patch(f"{ADDRESS}/{name}", json={"is_paused": True})
        assert paused.json()["is_paused"] is True
        change_camera(hub, 1)
        wish = {"url": receiver.url(), "types": ["camera.changed"]}
        assert client.post(ADDRESS, json=wish).status_code == 201
        change_camera(hub, 2)
        assert wait_until(lambda: "reason 2" in receiver.reasons())
        client.patch(f"{ADDRESS}/{name}", json={"is_paused": False})
        change_camera(hub, 3)
        assert wait_until(lambda: receiver.reasons().count("reason 3") == 2)
    assert receiver.reasons().count("reason 1") <= 1  # the other one may have been in time


@pytest.mark.parametrize(
    ("wish", "fault"),
    [
        pytest.param({"url": "http://10.0.0.1/"}, "no public address", id="private"),
        pytest.param({"url": "http://169.254.169.254/x"}, "no public address", id="metadata"),
        pytest.param({"url": "file:///etc/passwd"}, "https:// or http://", id="file"),
        pytest.param({"url": "http://127.0.0.1/", "secret": "short"}, "16", id="short secret"),
        pytest.param({"url": "http://127.0.0.1/", "type": "x"}, "Extra", id="misspelt"),
        pytest.param({"url": "http://127.0.0.1/", "types": ["x"]}, "lot.changed", id="no type"),
    ],
)
def test_what_cannot_be_a_receiver_is_told(client, wish, fault):
    answer = client.post(ADDRESS, json=wish)
    assert answer.status_code == 422
    assert fault in answer.json()["detail"]


def test_service_without_database_says_so(tmp_path):
    with running_server(Hub([yard_site(tmp_path)])) as root:
        answer = httpx.get(f"{root}{ADDRESS}")
    assert answer.status_code == 503
    assert "without a database" in answer.json()["detail"]
