from service.live.event_filter import EventFilter
from service.live.records import EventRecord
from service.publish.webhook_letters import WebhookLetters
from service.store import event_tail
from service.store.store import Store
from service.store.subscriptions import SubscriptionRow


def event(number: int, site_id: str = "yard") -> EventRecord:
    return EventRecord(
        id=number,
        type="camera.changed",
        site_id=site_id,
        camera_id="north",
        subject="north",
        frame_id=None,
        timestamp_ns=number,
        data={"status": "lost", "reason": f"reason {number}"},
    )


def test_the_newest_events_outlive_the_service(address, monkeypatch):
    monkeypatch.setattr(event_tail, "LONGEST_TAIL", 10)
    store = Store.open(address)
    for batch in (range(1, 9), range(8, 26)):  # one comes twice
        with store.database.writing() as connection:
            store.event_tail.keep(connection, [event(number) for number in batch])
    with store.database.writing() as connection:
        store.event_tail.keep(connection, [event(30, "elsewhere")])
    store.close()
    again = Store.open(address)
    assert [each.id for each in again.event_tail.newest(["yard"])] == list(range(16, 26))
    assert again.event_tail.newest(["yard"])[-1] == event(25)
    assert [each.id for each in again.event_tail.newest(["yard", "elsewhere"], 2)] == [25, 30]
    again.close()


def test_letters_are_put_once_for_those_who_want_them(store):
    for name, wanted in (("all", EventFilter()), ("line", EventFilter(site_id="line"))):
        store.subscriptions.add(
            SubscriptionRow(name, "https://a.example/", "secret", wanted.as_json(), 0, "somebody")
        )
    paused = SubscriptionRow("paused", "https://a.example/", "secret", {}, 0, "somebody", True)
    store.subscriptions.add(paused)
    put = WebhookLetters(clock_ns=lambda: 7)
    for _ in range(2):  # a batch is written again after a failure
        with store.database.writing() as connection:
            put(connection, [event(1), event(2)])
    assert store.outbox.depths() == {"all": 2}
    assert [each.event_key for each in store.outbox.waiting("all")] == ["yard/1", "yard/2"]
