import pytest

from service.access.stored_keys import StoredKeys
from service.doctor.database import check_database
from service.doctor.finding import Verdict
from service.store.errors import StoreAway
from service.store.store import Store
from tests.service.store.changes import camera_event, spot_event
from tests.service.store.postgres_server import PostgresServer
from tests.streams.cameras import wait_until

LONG_S = 60
pytestmark = pytest.mark.needs("postgresql")


def test_user_without_rights_is_told_so(postgres: PostgresServer):
    address = postgres.new_database()
    postgres.run_sql(address, "DROP ROLE IF EXISTS guest", "CREATE ROLE guest LOGIN")
    postgres.run_sql(address, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    as_guest = address.replace("wayside@", "guest@")
    with pytest.raises(StoreAway, match="permission denied for schema public"):
        Store.open(as_guest)
    Store.open(address).close()
    found = check_database(as_guest)
    assert found.verdict == Verdict.BAD
    assert "permission denied for table" in found.said


def test_changes_wait_while_a_backup_is_put_back(postgres: PostgresServer):
    address = postgres.new_database()
    store = Store.open(address)
    keys = StoredKeys(store.keys)
    store.writer.start(["yard"])
    assert store.writer.flush(LONG_S)
    assert keys.refresh()
    postgres.run_sql(address, "ALTER TABLE spot_changes RENAME TO aside")
    postgres.run_sql(address, "ALTER TABLE keys RENAME TO keys_aside")
    store.writer.offer([spot_event(1), spot_event(2)])
    assert wait_until(lambda: store.writer.status.is_away, LONG_S)
    assert not keys.refresh()
    postgres.run_sql(address, "ALTER TABLE aside RENAME TO spot_changes")
    postgres.run_sql(address, "ALTER TABLE keys_aside RENAME TO keys")
    assert store.writer.flush(LONG_S)
    assert [row.event_id for row in store.spot_history.page("yard").rows] == [1, 2]
    assert store.writer.status.lost == 0
    assert keys.refresh()
    store.close()


def test_database_that_knows_no_alphabet_keeps_every_text(postgres: PostgresServer):
    address = postgres.new_database("template0 ENCODING 'SQL_ASCII'")
    store = Store.open(address)
    store.writer.start(["yard"])
    store.writer.offer([camera_event(1, "lost", "الكاميرا مغطاة")])
    assert store.writer.flush(LONG_S)
    (row,) = store.camera_history.page("yard").rows
    assert row.reason == "الكاميرا مغطاة"
    store.close()


def test_schema_that_the_address_names_is_used(postgres: PostgresServer):
    address = postgres.new_database()
    postgres.run_sql(address, "CREATE SCHEMA kerb")
    Store.open(f"{address}?options=-csearch_path%3Dkerb").close()
    assert "spot_changes" in postgres.tables(address, "kerb")
    assert not postgres.tables(address, "public")
