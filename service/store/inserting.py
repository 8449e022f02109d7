"""Rows added once: those that are there already are left, replaced, or added to."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add the rows whose keys are not there yet, so that a batch may be written twice."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


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
    added = _insert(connection, table)
    rest = {name: added.excluded[name] for name in rows[0] if name not in key}
    connection.execute(added.on_conflict_do_update(index_elements=key, set_=rest), rows)


def insert_or_add(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], batch: str
) -> None:
    """Add the rows; to one with the same primary key add the numbers.

    A row whose column `batch` says the same has them already, so that they may be written twice.
    """
    if not rows:
        return
    key = [column.name for column in table.primary_key.columns]
    added = _insert(connection, table)
    numbers = [name for name in rows[0] if name not in (*key, batch)]
    sums = {name: table.c[name] + added.excluded[name] for name in numbers}
    statement = added.on_conflict_do_update(
        index_elements=key,
        set_={**sums, batch: added.excluded[batch]},
        where=table.c[batch] != added.excluded[batch],
    )
    connection.execute(statement, rows)


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The two say it alike, but each in its own class."""
    is_sqlite = connection.dialect.name == "sqlite"
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)
