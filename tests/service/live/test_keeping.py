import threading

import pytest

from service.live import keeping
from service.live.keeping import open_store
from service.store.errors import StoreAway, StoreRefused
from tests.service.store.postgres_server import PostgresServer


def test_a_file_is_opened_at_once_or_refused(tmp_path):
    store = open_store(str(tmp_path / "store.sqlite"))
    assert store.database.schema_version()
    store.close()
    (tmp_path / "no.sqlite").write_text("this is no database, it is a text of some length")
    with pytest.raises(StoreAway, match="not a database"):
        open_store(str(tmp_path / "no.sqlite"))
    with pytest.raises(StoreRefused, match="cannot keep data in"):
        open_store("mysql://me:s3cret@h/d")


@pytest.mark.needs("postgresql")
def test_a_server_that_starts_beside_us_is_waited_for():
    server = PostgresServer()
    try:
        address = server.new_database()
        server.stop()
        starting = threading.Timer(1.5, server.start)
        starting.start()
        store = open_store(address)
        assert store.database.schema_version()
        store.close()
        starting.join()
    finally:
        server.remove()


def test_a_server_that_does_not_come_is_named_without_its_password(monkeypatch):
    monkeypatch.setattr(keeping, "START_S", 0.0)
    with pytest.raises(StoreAway, match=r"w:\*\*\*@127\.0\.0\.1:1/d does not answer"):
        open_store("postgresql://w:s3cret@127.0.0.1:1/d")
