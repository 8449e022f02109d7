from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
import sqlalchemy.exc

from service.store.errors import StoreConflict
from service.store.keys import KeyRow
from service.store.layouts import ACTIVE, REPLACED
from service.store.outbox import Letter
from service.store.page import BadCursor, Span
from service.store.store import Store
from service.store.subscriptions import SubscriptionRow
from tests.service.store.changes import (
    NOON_NS,
    camera_event,
    lot_event,
    spot_event,
    violation_event,
)


def written(store: Store, *events) -> None:
    store.writer.start(["yard"])
    store.writer.offer(events)
    assert store.writer.flush(60)


def test_history_comes_in_pages_that_join_without_a_gap(store):
    written(store, *(spot_event(n, at_s=n // 3) for n in range(1, 11)))
    for newest_first in (False, True):
        numbers, cursor = [], None
        while True:
            page = store.spot_history.page(
                "yard", limit=3, cursor=cursor, newest_first=newest_first
            )
            numbers += [row.event_id for row in page.rows]
            cursor = page.next
            if cursor is None:
                break
        assert numbers == (list(range(10, 0, -1)) if newest_first else list(range(1, 11)))


def test_history_by_spot_group_lot_and_time(store):
    written(
        store,
        spot_event(1, "A1", group="disabled"),
        spot_event(2, "B1", lot_id="back"),
        spot_event(3, "A2"),
        spot_event(4, "A1", "occupied", group="disabled"),
        spot_event(5, "A1", site_id="twin"),
    )

    def numbers(*site: str, **wanted) -> list[int | None]:
        return [row.event_id for row in store.spot_history.page(*site, **wanted).rows]

    assert numbers("yard", spot_id="A1") == [1, 4]
    assert numbers("yard", spot_group="disabled") == [1, 4]
    assert numbers("yard", lot_id="back") == [2]
    assert numbers() == [1, 2, 3, 4, 5]
    second_ns = 1_000_000_000
    assert numbers("yard", span=Span(NOON_NS + 2 * second_ns, NOON_NS + 4 * second_ns)) == [2, 3]


@pytest.mark.parametrize("text", ["", "x", "é", "MTo", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTox"])
def test_a_strange_cursor_is_refused(store, text):
    with pytest.raises(BadCursor, match="is no cursor of a page given before"):
        store.spot_history.page("yard", cursor=text)


def test_lots_and_cameras_have_a_history(store):
    written(store, lot_event(1, 3, 4), camera_event(2, "lost", "no answer"), lot_event(3, 4, 4))
    assert [(r.free_min, r.free_max) for r in store.lot_history.page("yard").rows] == [
        (3, 4),
        (4, 4),
    ]
    (camera,) = store.camera_history.page("yard", camera_id="north").rows
    assert (camera.status, camera.reason) == ("lost", "no answer")


def test_layouts_are_versioned_and_one_is_active(store):
    first = store.layouts.save("yard", "north", {"spots": [1]}, saved_by="ann", now_ns=1)
    store.layouts.save("yard", "north", {}, saved_by="bob", now_ns=2)
    third = store.layouts.save("yard", "north", {"é": 3}, saved_by="ann", now_ns=3, note="moved")
    store.layouts.save("yard", "south", {}, saved_by="ann", now_ns=4)
    assert (first.version, third.version) == (1, 3)
    versions = store.layouts.versions("yard", "north")
    assert [(v.version, v.status) for v in versions] == [(3, ACTIVE), (2, REPLACED), (1, REPLACED)]
    assert versions[0] == third


def test_of_two_who_save_at_once_one_is_told_of_the_other(store):
    store.layouts.save("yard", "north", {}, saved_by="ann", now_ns=1)
    begin = Barrier(2)

    def save(name: str) -> str:
        begin.wait(10)
        try:
            store.layouts.save("yard", "north", {}, saved_by=name, now_ns=2, base_version=1)
        except StoreConflict as conflict:
            return str(conflict)
        return name

    with ThreadPoolExecutor(2) as two:
        said = list(two.map(save, ["bob", "eve"]))
    newest, first = store.layouts.versions("yard", "north")
    refused = "camera 'north' is at version 2 of its layout, the change is to version 1"
    assert sorted(said) == sorted([newest.saved_by, refused])
    assert (newest.version, newest.status, first.version) == (2, ACTIVE, 1)


def test_keys_are_kept_once_and_revoked_once(store):
    key = KeyRow("k1", "hash1", "reader", "display", created_ns=1, created_by="ann")
    store.keys.add(key)
    with pytest.raises(sqlalchemy.exc.IntegrityError):
        store.keys.add(key)
    assert store.keys.all() == [key]
    assert store.keys.revoke("k1", 5)
    assert not store.keys.revoke("k1", 6)
    assert store.keys.all() == [replace(key, revoked_ns=5)]


def test_letters_wait_in_order_for_each_receiver(store):
    store.outbox.add(
        [
            Letter("ann", "yard/1", "one", 1, due_ns=1),
            Letter("ann", "yard/2", "two", 1, due_ns=1),
            Letter("bob", "yard/1", "one", 1, due_ns=9),
        ]
    )
    store.outbox.add([Letter("ann", "yard/1", "again", 1, due_ns=1)])
    (head,) = store.outbox.heads(now_ns=5)
    assert (head.subscription_id, head.body) == ("ann", "one")
    store.outbox.postpone(head.id, due_ns=20, error="503")
    assert store.outbox.heads(now_ns=8) == [], "the second letter must wait for the first"
    assert [each.attempts for each in store.outbox.heads(now_ns=30)] == [0, 1]
    store.outbox.remove(head.id)
    assert [each.body for each in store.outbox.heads(now_ns=8)] == ["two"]
    assert store.outbox.depths() == {"ann": 1, "bob": 1}


def test_a_receiver_goes_with_its_letters(store):
    row = SubscriptionRow("ann", "https://a.example", "s3cret", {"type": ["lot.changed"]}, 1, "me")
    store.subscriptions.add(row)
    store.outbox.add([Letter("ann", "yard/1", "one", 1, due_ns=1)])
    assert "s3cret" not in repr(store.subscriptions.get("ann"))
    assert store.subscriptions.all() == [row]
    assert store.subscriptions.remove("ann")
    assert store.outbox.depths() == {}
    assert not store.subscriptions.remove("ann")


def test_audits_are_judged_once_seen(store):
    sample = {"site_id": "yard", "lot_id": "main", "camera_id": "north", "told": "free"}
    ids = [
        store.audits.add(
            **sample, spot_id=spot, taken_ns=n, confidence=0.9, picture=b"\xff\xd8\x00jpeg"
        )
        for n, spot in enumerate(("A1", "A2"))
    ]
    assert store.audits.picture(ids[0]) == b"\xff\xd8\x00jpeg"
    assert store.audits.judge(ids[0], "wrong", judged_by="ann", now_ns=7)
    assert [each.spot_id for each in store.audits.unjudged("yard")] == ["A2"]
    (judged,) = store.audits.page("yard", is_judged=True).rows
    assert (judged.verdict, judged.judged_by, judged.judged_ns) == ("wrong", "ann", 7)
    assert not store.audits.judge(99, "right", judged_by="ann", now_ns=7)


def test_violations_are_incidents_with_a_begin_and_an_end(address):
    store = Store(address, clock_ns=lambda: NOON_NS + 500 * 10**9)
    begun = violation_event(1, "A1", 60, None)
    written(store, begun, violation_event(2, "A2", 90, None), begun)
    store.writer.offer([violation_event(3, "A1", 60, 200)])
    assert store.writer.flush(60)
    first, second = store.incidents.page("yard", kind="overstay").rows
    assert (first.subject, first.began_ns) == ("A1", NOON_NS + 60 * 10**9)
    assert first.ended_ns == NOON_NS + 200 * 10**9
    assert (second.subject, second.ended_ns, second.camera_id) == ("A2", None, "north")
    assert [each.subject for each in store.incidents.page("yard", is_open=True).rows] == ["A2"]
    assert [each.subject for each in store.incidents.page("yard", is_open=False).rows] == ["A1"]
    store.close()
    store = Store(address)
    written(store)
    (_, second) = store.incidents.page("yard").rows
    assert second.ended_ns == NOON_NS + 500 * 10**9, "nobody looked on from then on"
    store.close()


def test_the_access_log_is_newest_first(store):
    for at_ns in (1, 2, 3):
        store.access_log.add(
            at_ns=at_ns, who="ann", role="admin", action="key.add", subject=f"k{at_ns}"
        )
    page = store.access_log.page(limit=2)
    assert [entry.subject for entry in page.rows] == ["k3", "k2"]
    assert [entry.subject for entry in store.access_log.page(cursor=page.next).rows] == ["k1"]
