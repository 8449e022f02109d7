"""Rows added once: those that are there already are left as they are."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add the rows whose keys are not there yet, so that a batch may be written twice."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(sqlite.insert(table).on_conflict_do_nothing(), rows)
    else:
        connection.execute(postgresql.insert(table).on_conflict_do_nothing(), rows)


def insert_or_replace(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    key: Sequence[str] | None = None,
) -> None:
    """Add the rows; those with the same key, the primary one by default, are replaced."""
    if not rows:
        return
    key = key or [column.name for column in table.primary_key.columns]
    rest = [name for name in rows[0] if name not in key]
    if connection.dialect.name == "sqlite":
        light = sqlite.insert(table)
        light = light.on_conflict_do_update(
            index_elements=key, set_={name: light.excluded[name] for name in rest}
        )
        connection.execute(light, rows)
    else:
        full = postgresql.insert(table)
        full = full.on_conflict_do_update(
            index_elements=key, set_={name: full.excluded[name] for name in rest}
        )
        connection.execute(full, rows)
