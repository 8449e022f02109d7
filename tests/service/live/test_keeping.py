import pytest

from service.live.keeping import open_store
from service.store.errors import StoreAway, StoreRefused
from service.store.store import Store


def test_a_file_is_opened_at_once_or_refused(tmp_path):
    store = open_store(str(tmp_path / "store.sqlite"))
    assert store.database.schema_version()
    store.close()
    (tmp_path / "no.sqlite").write_text("this is no database, it is a text of some length")
    with pytest.raises(StoreRefused, match=r"no\.sqlite: it is not a database"):
        open_store(str(tmp_path / "no.sqlite"))
    with pytest.raises(StoreRefused, match="Is a directory"):
        open_store(str(tmp_path))
    with pytest.raises(StoreRefused, match="cannot keep data in"):
        open_store("mysql://me:s3cret@h/d")


def test_a_server_that_is_away_is_named_without_its_password():
    store = open_store("postgresql://w:s3cret@127.0.0.1:1/d")
    assert not store.database.is_open
    with pytest.raises(StoreAway, match=r"w:\*\*\*@127\.0\.0\.1:1/d does not answer"):
        store.keys.all()
    store.close()


def test_who_asks_soon_after_waits_for_no_second_try():
    store = Store("postgresql://w@127.0.0.1:1/d")
    found: list[StoreAway] = []
    for _ in range(2):
        with pytest.raises(StoreAway) as raised:
            store.database.open()
        found.append(raised.value)
    assert str(found[0]) == str(found[1])
    assert found[0].__cause__ is not None
    assert found[1].__cause__ is None, "told what the first try found"
    store.close()
