import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from service.store.database import MIGRATIONS, migration_config, newest_schema
from service.store.errors import StoreRefused
from service.store.store import Store
from service.store.tables import metadata

REVISIONS = [each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
LAYOUT_ROW = """
    INSERT INTO layouts (site_id, camera_id, version, status, document, saved_ns, saved_by, note)
    VALUES ('yard', 'north', 1, 'active', '{"spots": []}', 5, 'ann', '')
"""
SPOT_ROW = """
    INSERT INTO spot_changes (site_id, lot_id, spot_id, camera_id, spot_group, status, reason,
      confidence, at_ns, observed_at_ns, changed_at_ns, frame_id, event_id)
    VALUES ('yard', 'main', 'A1', 'north', 'general', 'occupied', NULL, 0.95,
      1777636800000000000, 1777636800000000000, 1777636800000000000, 7, 1)
"""
KEY_ROW = """
    INSERT INTO keys (key_id, hash, role, name, created_ns, created_by)
    VALUES ('k1', 'hash1', 'admin', 'Ann', 1, 'cli')
"""


INCIDENT_ROW = """
    INSERT INTO incidents (site_id, kind, subject, began_ns, details)
    VALUES ('yard', 'overstay', 'A1', 5, '{}')
"""


def bring_to(address: str, revision: str, *statements: str) -> None:
    """A database as an earlier program left it."""
    database = Store(address).database
    with database.bare_connection() as connection:
        command.upgrade(migration_config(connection), revision)
        for statement in statements:
            connection.execute(sqlalchemy.text(statement))
    database.close()


@pytest.mark.parametrize("begin", REVISIONS)
def test_data_of_an_earlier_version_is_all_there(empty_address, begin):
    bring_to(empty_address, begin, SPOT_ROW, LAYOUT_ROW, KEY_ROW)
    store = Store.open(empty_address)
    assert store.database.schema_version() == newest_schema()
    assert store.spot_history.page("yard", spot_id="A1").rows[-1].status == "occupied"
    (layout,) = store.layouts.versions("yard", "north")
    assert (layout.status, layout.document) == ("active", {"spots": []})
    assert [(key.key_id, key.name) for key in store.keys.all()] == [("k1", "Ann")]
    store.layouts.save("yard", "north", {}, saved_by="bob", now_ns=9)
    assert [each.version for each in store.layouts.versions("yard", "north")] == [2, 1]
    store.close()


def test_an_incident_that_was_kept_twice_is_kept_once(empty_address):
    bring_to(empty_address, "0003", INCIDENT_ROW, INCIDENT_ROW)
    store = Store.open(empty_address)
    assert len(store.incidents.page("yard").rows) == 1
    store.close()


def test_the_migrations_make_just_the_tables_of_the_program(address):
    database = Store.open(address).database
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_a_database_of_a_newer_program_is_refused(address):
    store = Store.open(address)
    with store.database.writing() as connection:
        connection.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreRefused, match="schema 9999, newer than this program's"):
        Store.open(address)


def test_the_versions_stand_in_one_line():
    assert sorted(REVISIONS) == REVISIONS
    assert REVISIONS[0] == "0001"
