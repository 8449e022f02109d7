"""Keys of a database that may go away, and a record of changes that waits for it."""

import threading
from dataclasses import replace

import pytest
import structlog

from service.access.change_log import Change, ChangeLog
from service.access.keys import key_of_text, new_key
from service.access.roles import Role
from service.access.stored_keys import LOOK_AGAIN_S, StoredKeys
from service.store.errors import StoreAway
from service.store.keys import KeyRow
from service.store.store import Store
from tests.streams.cameras import wait_until

NOW_NS = 1_000


class FlakyTable:
    """A table of keys, or of changes, whose database can go away."""

    def __init__(self) -> None:
        self.rows: list[KeyRow] = []
        self.changes: list[dict[str, object]] = []
        self.is_away = False

    def all(self) -> list[KeyRow]:
        self._check()
        return list(self.rows)

    def add(self, row: KeyRow | None = None, **change: object) -> None:
        self._check()
        if row is not None:
            self.rows.append(row)
        else:
            self.changes.append(change)

    def _check(self) -> None:
        if self.is_away:
            raise StoreAway("the database does not answer")


def test_known_keys_stay_good_while_the_database_is_away():
    table, now_s = FlakyTable(), [0.0]
    keys = StoredKeys(table, clock_s=lambda: now_s[0])
    key, text = new_key("city", Role.READER, 5)
    keys.add(key)
    table.is_away = True
    with structlog.testing.capture_logs() as logs:
        assert not keys.refresh()
        assert not keys.refresh()
    assert [each["event"] for each in logs] == ["keys not read"]  # once
    assert key_of_text(text, keys, NOW_NS) == key
    table.is_away = False
    assert keys.refresh()


class SlowTable(FlakyTable):
    """A table of keys; `meanwhile` runs once between looking at the rows and handing them over."""

    meanwhile: threading.Thread | None = None

    def all(self) -> list[KeyRow]:
        rows, thread, self.meanwhile = super().all(), self.meanwhile, None
        if thread is not None:
            thread.start()
            thread.join(0.2)
        return rows

    def revoke(self, key_id: str, now_ns: int) -> None:
        self.rows = [
            replace(row, revoked_ns=now_ns) if row.key_id == key_id else row for row in self.rows
        ]


def test_key_revoked_while_the_keys_are_being_read_stays_revoked():
    table = SlowTable()
    keys = StoredKeys(table)
    key, text = new_key("city", Role.READER, 5)
    keys.add(key)
    revoking = table.meanwhile = threading.Thread(target=keys.revoke, args=(key.key_id, 500))
    keys.refresh()
    revoking.join()
    assert key_of_text(text, keys, NOW_NS) is None


def test_unknown_keys_are_looked_for_but_not_at_every_request():
    table, now_s = FlakyTable(), [10.0]
    keys = StoredKeys(table, clock_s=lambda: now_s[0])
    assert keys.is_due("000000000000")
    keys.refresh()
    assert not keys.is_due("000000000000")
    now_s[0] += LOOK_AGAIN_S
    assert keys.is_due("000000000000")


def test_key_survives_a_restart(tmp_path):
    key, text = new_key("city", Role.READER, 5, expires_at_ns=9_000, created_by="test")
    store = Store.open(str(tmp_path / "wayside.sqlite"))
    StoredKeys(store.keys).add(key)
    store.close()
    store = Store.open(str(tmp_path / "wayside.sqlite"))
    keys = StoredKeys(store.keys)
    assert keys.read() == [key]
    assert key_of_text(text, keys, NOW_NS) == key
    assert key_of_text(text, keys, 9_000) is None
    store.close()


def change(number: int) -> Change:
    return Change(
        number, "7dbbce30131a", "city", Role.ENGINEER, "save_layout", "/x", "PUT", 200, "10.0.0.7"
    )


def test_changes_wait_for_the_database(monkeypatch):
    monkeypatch.setattr("service.access.change_log.TRY_AGAIN_S", 0.01)
    table = FlakyTable()
    table.is_away = True
    log = ChangeLog(table)
    log.start()
    for number in range(5):
        log.report(change(number))
    assert table.changes == []
    table.is_away = False
    assert wait_until(lambda: len(table.changes) == 5)
    log.stop()
    assert [each["at_ns"] for each in table.changes] == list(range(5))


def test_changes_that_find_no_room_are_counted_and_still_logged(monkeypatch):
    monkeypatch.setattr("service.access.change_log.LONGEST_QUEUE", 3)
    log = ChangeLog(FlakyTable())  # not started: nobody takes anything
    with structlog.testing.capture_logs() as logs:
        for number in range(5):
            log.report(change(number))
    assert log.lost == 2
    assert len(logs) == 5
    log.stop()


@pytest.mark.parametrize("role", list(Role))
def test_every_role_can_be_kept(tmp_path, role):
    store = Store.open(str(tmp_path / "wayside.sqlite"))
    keys = StoredKeys(store.keys)
    keys.add(new_key("city", role, 5)[0])
    assert [key.role for key in keys.read()] == [role]
    store.close()
