"""The last row of every spot, lot or camera, found by index however long the history is."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, Table, literal_column, select

Row = RowMapping


def subjects(connection: Connection, table: Table, column: str, site_id: str) -> Sequence[str]:
    """All values of a column, such as spot_id, at a site: one step of the index for each."""
    name, site = table.c[column], table.c.site_id
    first = select(name.label("name")).where(site == site_id).order_by(name).limit(1).subquery()
    steps = select(first.c.name).cte("steps", recursive=True)
    following = (
        select(name)
        .where(site == site_id, name > steps.c.name)
        .order_by(name)
        .limit(1)
        .scalar_subquery()
    )
    steps = steps.union_all(select(following).where(steps.c.name.is_not(None)))
    found = connection.execute(select(steps.c.name).where(steps.c.name.is_not(None)))
    return list(found.scalars())


def last_rows(
    connection: Connection,
    table: Table,
    column: str,
    site_id: str,
    subject: str,
    *,
    before_ns: int | None = None,
    count: int = 1,
) -> Sequence[Row]:
    """The last rows of one subject, newest first; with `before_ns`, those before it."""
    query = select(table).where(table.c.site_id == site_id, table.c[column] == subject)
    if before_ns is not None:
        query = query.where(table.c.at_ns < before_ns)
    query = query.order_by(table.c.at_ns.desc(), table.c.id.desc())
    return connection.execute(query.limit(literal_column(str(count)))).mappings().all()


def latest_rows(
    connection: Connection, table: Table, column: str, site_id: str, before_ns: int | None = None
) -> Sequence[Row]:
    """The last row of every subject of a site; with `before_ns`, the last one before it."""
    return [
        row
        for subject in subjects(connection, table, column, site_id)
        for row in last_rows(connection, table, column, site_id, subject, before_ns=before_ns)
    ]
