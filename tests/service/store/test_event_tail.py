from service.records import EventRecord
from service.store import event_tail
from service.store.store import Store


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


def test_the_newest_events_outlive_the_service(tmp_path, monkeypatch):
    monkeypatch.setattr(event_tail, "LONGEST_TAIL", 10)
    file = str(tmp_path / "t.sqlite")
    store = Store.open(file)
    for batch in (range(1, 9), range(8, 26)):  # one comes twice
        with store.database.writing() as connection:
            store.event_tail.keep(connection, [event(number) for number in batch])
    with store.database.writing() as connection:
        store.event_tail.keep(connection, [event(30, "elsewhere")])
    store.close()
    again = Store.open(file)
    assert [each.id for each in again.event_tail.newest(["yard"])] == list(range(16, 26))
    assert again.event_tail.newest(["yard"])[-1] == event(25)
    assert [each.id for each in again.event_tail.newest(["yard", "elsewhere"], 2)] == [25, 30]
    again.close()
