import base64
import hashlib
import hmac
import ipaddress
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from service.hosts import resolve_host
from service.live.event_filter import EventFilter
from service.live.hub import Hub
from service.publish.publishing import Publishing
from service.publish.settings import WebhookSettings
from service.publish.webhook_letters import WebhookLetters, trial_letter
from service.publish.webhooks import AT_ONCE, WebhookPublisher
from service.store.outbox import Letter
from service.store.store import Store
from streams.backoff import Backoff
from tests.service.publish.receiver import Receiver
from tests.service.publish.yard import Yard, change_camera, yard_site
from tests.streams.cameras import wait_until

QUICK = Backoff(first_s=0.05, limit_s=0.2)
HERE = ipaddress.ip_network("127.0.0.0/8")
SECRET = "a secret of sixteen"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@contextmanager
def life(
    folder: Path, *webhooks: WebhookSettings, allowed=(HERE,), resolve=resolve_host
) -> Iterator[tuple[Hub, Store]]:
    """One life of a service with a database, from start to end."""
    site = yard_site(folder)
    store = Store.open(str(folder / "t.sqlite"))
    hub = Hub([site], first_event_id=time.time_ns())
    store.writer.join_in(WebhookLetters())
    hub.feed(store.writer.offer)
    publisher = WebhookPublisher(store, {"yard": webhooks}, allowed, resolve=resolve, backoff=QUICK)
    publishing = Publishing([publisher])
    publishing.start()
    store.writer.start(["yard"])
    try:
        assert wait_until(lambda: publisher.status.is_connected)
        yield hub, store
    finally:
        publishing.stop()
        store.close()


def webhook(
    receiver: Receiver, name: str = "signs", host: str = "127.0.0.1", **wanted
) -> WebhookSettings:
    return WebhookSettings(name, receiver.url(host), SECRET, EventFilter(**wanted))


def test_changes_come_signed_and_in_order(tmp_path, receiver):
    with life(tmp_path, webhook(receiver, types=["camera.changed"])) as (hub, store):
        Yard(hub.sites[0], hub).park({"A1"})
        for number in range(30):
            change_camera(hub, number)
        assert wait_until(lambda: len(receiver.taken) == 31)
        page = store.deliveries.page("yard.signs")
        assert wait_until(lambda: store.outbox.depths() == {})
    assert receiver.reasons() == [None, *(f"reason {number}" for number in range(30))]
    headers, body = receiver.headers[-1], receiver.bodies[-1]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert headers["content-type"] == "application/cloudevents+json"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert {each.status_code for each in page.rows} == {204}


def test_receiver_that_fails_gets_all_in_order_once_it_is_back(tmp_path, receiver):
    receiver.status = 500
    with life(tmp_path, webhook(receiver)) as (hub, store):
        for number in range(5):
            change_camera(hub, number)
        assert wait_until(lambda: receiver.refused >= 4)
        failed = store.deliveries.page("yard.signs").rows
        assert {each.error for each in failed} == {"answered 500"}
        assert max(each.attempt for each in failed) >= 3
        receiver.status = 204
        assert wait_until(lambda: len(receiver.taken) == 5)
    assert receiver.reasons() == [f"reason {number}" for number in range(5)]


def test_letters_for_a_receiver_that_is_away_are_counted_until_the_next_try(tmp_path, receiver):
    store = Store.open(str(tmp_path / "t.sqlite"))
    now_ns = time.time_ns()
    publisher = WebhookPublisher(store, {"yard": [webhook(receiver)]}, clock_ns=lambda: now_ns)
    store.outbox.add(Letter("yard.signs", f"yard/{each}", "{}", 0, now_ns + 1) for each in "ab")
    publishing = Publishing([publisher])
    publishing.start()
    try:
        assert wait_until(lambda: publisher.status.waiting == 2)
    finally:
        publishing.stop()
        store.close()


def test_what_waits_outlives_the_service(tmp_path, receiver):
    receiver.status = 503
    with life(tmp_path, webhook(receiver)) as (hub, _):
        for number in range(3):
            change_camera(hub, number)
        assert wait_until(lambda: receiver.refused >= 1)
    receiver.status = 204
    with life(tmp_path, webhook(receiver)) as (hub, _):
        assert wait_until(lambda: len(receiver.taken) == 3)
        change_camera(hub, 3)
        assert wait_until(lambda: len(receiver.taken) == 4)
    assert receiver.reasons() == [f"reason {number}" for number in range(4)]


def test_receiver_that_hangs_holds_up_no_other(tmp_path, receiver):
    with Receiver() as slow:
        slow.is_hanging.set()
        with life(tmp_path, webhook(slow, "slow"), webhook(receiver, "quick")) as (hub, _):
            for number in range(5):
                change_camera(hub, number)
            assert wait_until(lambda: len(receiver.taken) == 5)
            assert slow.taken == []


def test_names_that_nobody_answers_for_hold_up_no_other(tmp_path, receiver):
    is_over = threading.Event()

    def resolve(host: str) -> list[str]:
        is_over.wait(60)
        raise OSError(f"nobody knows {host}")

    lost = [webhook(receiver, f"lost{n}", f"lost{n}.example") for n in range(AT_ONCE - 1)]
    here = webhook(receiver, types=["camera.changed"])
    with life(tmp_path, *lost, here, resolve=resolve) as (hub, _):
        try:
            change_camera(hub, 0)
            assert wait_until(lambda: receiver.reasons() == ["reason 0"])
            change_camera(hub, 1)
            assert wait_until(lambda: receiver.reasons() == ["reason 0", "reason 1"])
        finally:
            is_over.set()


def test_private_target_is_refused_and_told_in_the_delivery_log(tmp_path, receiver):
    with life(tmp_path, webhook(receiver), allowed=()) as (hub, store):
        change_camera(hub, 1)
        assert wait_until(lambda: len(store.deliveries.page("yard.signs").rows) >= 1)
        (delivery, *_) = store.deliveries.page("yard.signs").rows
        assert "no public address" in (delivery.error or "")
        assert delivery.status_code is None
    assert receiver.taken == []


def test_receiver_whose_name_has_an_umlaut_is_told_its_name_in_ascii(tmp_path, receiver):
    there = webhook(receiver, host="exämple.test")
    with life(tmp_path, there, resolve=lambda _: ["127.0.0.1"]) as (hub, _):
        change_camera(hub, 1)
        assert wait_until(lambda: len(receiver.taken) == 1)
    assert receiver.headers[0]["host"] == f"xn--exmple-cua.test:{receiver.port}"


def test_receiver_that_is_paused_gets_no_letter_more(tmp_path, receiver):
    stores: list[Store] = []

    def resolve(host: str) -> list[str]:
        """Somebody pauses the receiver while its first letter is on its way."""
        signs = stores[0].subscriptions.get("yard.signs")
        if host == "signs.test" and signs is not None:
            stores[0].subscriptions.replace(replace(signs, is_paused=True))
        return ["127.0.0.1"]

    with Receiver() as other:
        there = webhook(receiver, host="signs.test"), webhook(other, "other", "other.test")
        with life(tmp_path, *there, resolve=resolve) as (_, store):
            stores.append(store)
            store.outbox.add(Letter("yard.signs", f"yard/{n}", "{}", 0, 0) for n in range(9))
            assert wait_until(lambda: len(receiver.taken) == 1)
            store.outbox.add([trial_letter("yard.other", time.time_ns())])
            assert wait_until(lambda: len(other.taken) == 1)
            assert wait_until(lambda: store.outbox.depths() == {"yard.signs": 8})
    assert len(receiver.taken) == 1


def test_fault_that_nobody_thought_of_is_told_and_tried_again(tmp_path, receiver):
    answers = iter([RuntimeError("odd"), RuntimeError("odd")])

    def resolve(_: str) -> list[str]:
        for fault in answers:
            raise fault
        return ["127.0.0.1"]

    with life(tmp_path, webhook(receiver, host="a.test"), resolve=resolve) as (hub, store):
        change_camera(hub, 1)
        assert wait_until(lambda: len(receiver.taken) == 1)
        assert wait_until(lambda: store.outbox.depths() == {})
        log = store.deliveries.page("yard.signs", newest_first=False).rows
        assert [(each.attempt, each.error) for each in log] == [(1, "odd"), (2, "odd"), (3, None)]


def test_redirection_is_not_followed(tmp_path, receiver):
    with Receiver() as elsewhere:
        receiver.status, receiver.location = 307, elsewhere.url()
        with life(tmp_path, webhook(receiver)) as (hub, store):
            change_camera(hub, 1)
            assert wait_until(lambda: receiver.refused >= 2)
            assert store.deliveries.page("yard.signs").rows[0].error == "answered 307"
        assert elsewhere.taken == []


def test_webhook_that_left_the_site_file_is_forgotten(tmp_path, receiver):
    with life(tmp_path, webhook(receiver)) as (_, store):
        assert [each.subscription_id for each in store.subscriptions.all()] == ["yard.signs"]
    with life(tmp_path) as (hub, store):
        change_camera(hub, 1)
        assert store.writer.flush(10)
        assert store.subscriptions.all() == []
        assert store.outbox.depths() == {}


def test_services_on_one_database_leave_each_others_site_webhooks_alone(tmp_path, receiver):
    signs = webhook(receiver, site_id="yard")
    with life(tmp_path, signs) as (hub, store):
        change_camera(hub, 1)
        assert wait_until(lambda: len(receiver.taken) == 1)
        elsewhere = WebhookPublisher(store, {"market": []})  # it may send to no private network
        publishing = Publishing([elsewhere])
        publishing.start()
        try:
            assert wait_until(lambda: elsewhere.status.is_connected)
            for number in range(2, 9):
                change_camera(hub, number)
            assert wait_until(lambda: len(receiver.taken) == 8)
            assert wait_until(lambda: store.outbox.depths() == {})
        finally:
            publishing.stop()
        assert {each.error for each in store.deliveries.page("yard.signs").rows} == {None}


def test_two_services_on_one_database_send_every_letter_once(tmp_path, receiver):
    receiver.is_hanging.set()
    with life(tmp_path, webhook(receiver)) as (hub, store):
        other = WebhookPublisher(store, {"yard": [webhook(receiver)]}, (HERE,), backoff=QUICK)
        publishing = Publishing([other])
        publishing.start()
        try:
            for number in range(5):
                change_camera(hub, number)
            assert wait_until(lambda: other.status.waiting == 5)
            receiver.go_on()
            assert wait_until(lambda: store.outbox.depths() == {})
        finally:
            publishing.stop()
    assert receiver.reasons() == [f"reason {number}" for number in range(5)]


def test_message_that_is_refused_for_days_is_let_go_and_the_next_has_its_turn(tmp_path, receiver):
    receiver.status = 400
    with life(tmp_path, webhook(receiver)) as (_, store):
        long_ago_ns = time.time_ns() - 4 * 86_400 * 1_000_000_000
        old = Letter("yard.signs", "yard/1", '{"subject": "old"}', long_ago_ns, long_ago_ns)
        new = trial_letter("yard.signs", time.time_ns())
        store.outbox.add([old, new])
        assert wait_until(lambda: store.deliveries.page("yard.signs").rows[1:] != [])
        given_up = store.deliveries.page("yard.signs", newest_first=False).rows[0]
        assert "given up" in (given_up.error or "")
        receiver.status = 204
        assert wait_until(lambda: receiver.subjects() == ["yard.signs"])
