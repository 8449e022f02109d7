import sqlite3
import threading

import pytest
import sqlalchemy

from service.store.marks import Marks, alive_mark
from service.store.store import Store
from tests.service.store.changes import camera_event, spot_event
from tests.service.store.postgres_server import PostgresServer
from tests.streams.cameras import wait_until

LONG_S = 60  # on a machine that does much else


def event_ids(store: Store) -> list[int | None]:
    return [row.event_id for row in store.spot_history.page(limit=10_000).rows]


def test_changes_are_kept_in_order_and_counted(store):
    store.writer.start(["yard"])
    for number in range(1, 1301):
        store.writer.offer([spot_event(number, f"A{number % 7}")])
    assert store.writer.flush(LONG_S)
    assert event_ids(store) == list(range(1, 1301))
    status = store.writer.status
    assert (status.written, status.queued, status.lost, status.committed_id) == (1300, 0, 0, 1300)
    assert store.newest_event_id(["yard", "none"]) == 1300


def test_a_change_offered_twice_is_kept_once(store):
    store.writer.start(["yard"])
    store.writer.offer([spot_event(1), spot_event(2)])
    assert store.writer.flush(LONG_S)
    store.writer.offer([spot_event(2), spot_event(3)])
    assert store.writer.flush(LONG_S)
    assert event_ids(store) == [1, 2, 3]


def test_what_waits_is_written_when_the_service_stops(address):
    store = Store.open(address)
    store.writer.start(["yard"])
    store.writer.offer([spot_event(number) for number in range(1, 400)])
    store.close(LONG_S)
    store = Store.open(address)
    assert len(event_ids(store)) == 399
    store.close()


def test_a_companion_writes_in_the_same_transaction(store):
    seen: list[tuple[int, int, int]] = []

    def companion(connection: sqlalchemy.Connection, events) -> None:
        # A transaction sees its own rows before anybody else does.
        inside = connection.execute(sqlalchemy.text("SELECT count(*) FROM spot_changes")).scalar()
        seen.append((len(events), inside, len(event_ids(store))))

    store.writer.join_in(companion)
    store.writer.start(["yard"])
    store.writer.offer([spot_event(1), spot_event(2)])
    assert store.writer.flush(LONG_S)
    assert seen == [(2, 2, 0)]


def test_one_change_that_cannot_be_kept_loses_no_other(store):
    store.writer.start(["yard"])
    refused, broken = spot_event(3), spot_event(5)
    refused.data["status"] = None
    del broken.data["lot_id"]
    events = [spot_event(1), spot_event(2), refused, spot_event(4), broken, spot_event(6)]
    store.writer.offer(events)
    assert store.writer.flush(LONG_S)
    assert event_ids(store) == [1, 2, 4, 6]
    assert store.writer.status.lost == 2
    assert not store.writer.status.is_away


def test_nothing_is_known_of_times_whose_changes_still_wait(store):
    known: list[tuple[int, int | None]] = []

    def companion(connection: sqlalchemy.Connection, events) -> None:
        known.append((events[0].timestamp_ns, Marks.read(connection, alive_mark("yard"))))

    store.writer.join_in(companion)
    store.writer.offer([spot_event(number) for number in range(1, 1301)])
    store.writer.start(["yard"])
    assert store.writer.flush(LONG_S)
    assert [waiting_ns for waiting_ns, _ in known[1:]] == [alive_ns for _, alive_ns in known[1:]]
    assert store.marks.get(alive_mark("yard")) > known[-1][0], "at last, until now"


def fill_disk(store: Store, more_pages: int | None) -> None:
    """No more than so many pages may be added to the file; None lifts that."""

    def limit(connection, _record, _proxy=None) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        most = 2**30 if more_pages is None else pages + more_pages
        connection.execute(f"PRAGMA max_page_count={most}")

    engine = store.database._engine
    if more_pages is None:
        sqlalchemy.event.remove(engine, "checkout", fill_disk.limit)  # type: ignore[attr-defined]
    else:
        fill_disk.limit = limit  # type: ignore[attr-defined]
    sqlalchemy.event.listen(engine, "checkout", limit)


def test_a_full_disk_is_waited_out(tmp_path):
    store = Store.open(str(tmp_path / "full.sqlite"))
    store.writer.start(["yard"])
    assert store.writer.flush(LONG_S)
    fill_disk(store, 1)
    reason = "x" * 3000
    store.writer.offer([camera_event(number, "lost", reason) for number in range(1, 40)])
    assert wait_until(lambda: store.writer.status.is_away, LONG_S)
    status = store.writer.status
    assert "full" in (status.reason or "")
    assert (status.queued, status.written, status.lost) == (39, 0, 0)
    assert store.camera_history.page("yard").rows == [], "reading goes on"
    fill_disk(store, None)
    assert store.writer.flush(LONG_S)
    assert len(store.camera_history.page("yard").rows) == 39
    assert not store.writer.status.is_away
    store.close()


def test_a_file_locked_by_another_program_is_waited_out(tmp_path):
    path = tmp_path / "locked.sqlite"
    store = Store.open(str(path))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.writer.start(["yard"])
    offering = threading.Thread(
        target=lambda: [store.writer.offer([spot_event(number)]) for number in range(1, 50)]
    )
    offering.start()
    offering.join(LONG_S)
    assert not offering.is_alive(), "offering never waits for the database"
    assert store.writer.status.queued == 49
    other.execute("ROLLBACK")
    other.close()
    assert store.writer.flush(LONG_S)
    assert len(event_ids(store)) == 49
    store.close()


@pytest.mark.needs("postgresql")
def test_a_server_that_goes_away_and_returns_loses_nothing():
    server = PostgresServer()
    try:
        store = Store.open(server.new_database())
        store.writer.start(["yard"])
        store.writer.offer([spot_event(1)])
        assert store.writer.flush(LONG_S)
        server.stop()
        store.writer.offer([spot_event(2), spot_event(3)])
        assert wait_until(lambda: store.writer.status.is_away, LONG_S)
        assert "does not answer" in (store.writer.status.reason or "")
        assert store.writer.status.away_since_ns is not None
        server.start()
        assert store.writer.flush(LONG_S)
        assert event_ids(store) == [1, 2, 3]
        status = store.writer.status
        assert (status.is_away, status.lost) == (False, 0)
        store.close()
    finally:
        server.remove()


def test_a_service_begins_without_its_database_and_finds_it_later(tmp_path):
    folder = tmp_path / "later"
    folder.write_text("no folder yet")
    store = Store(str(folder / "store.sqlite"))
    store.writer.start(["yard"])
    store.writer.offer([spot_event(1)])
    assert wait_until(lambda: store.writer.status.is_away, LONG_S)
    folder.unlink()
    assert store.writer.flush(LONG_S)
    assert event_ids(store) == [1]
    store.close()


def test_too_many_changes_push_out_the_oldest_and_leave_a_gap(tmp_path):
    folder = tmp_path / "away"
    folder.write_text("no folder yet")
    store = Store(str(folder / "store.sqlite"), longest_queue=10)
    store.writer.start(["yard"])
    assert wait_until(lambda: store.writer.status.is_away, LONG_S)
    events = [spot_event(number) for number in range(1, 26)]
    store.writer.offer(events)
    assert (store.writer.status.queued, store.writer.status.lost) == (10, 15)
    folder.unlink()
    assert store.writer.flush(LONG_S)
    assert event_ids(store) == list(range(16, 26)), "the newest states are right"
    (gap,) = store.write_gaps.newest()
    assert gap.lost == 15
    assert (gap.began_ns, gap.ended_ns) == (events[0].timestamp_ns, events[14].timestamp_ns)
    store.close()
