"""Old rows leave, a few thousand at a time, so that writing never waits long."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Delete, Table, Update, and_, delete, func, select, update

from service.site.retention import Retention
from service.store.database import Database
from service.store.false_alarms import names_of
from service.store.latest import latest_rows
from service.store.tables import (
    access_log,
    alerts,
    assistance_days,
    audits,
    camera_changes,
    deliveries,
    incidents,
    lot_counts,
    marks,
    metadata,
    outbox,
    spot_changes,
    usage,
    write_gaps,
)
from service.timestamps import NS_PER_S

DAY_NS = 86_400 * NS_PER_S
CHUNK = 5000
DELIVERIES_DAYS = 30.0
OUTBOX_DAYS = 4.0  # a day more than a message is tried for: its receiver is gone for good
ACCESS_LOG_DAYS = 400.0


@dataclass(frozen=True, slots=True)
class _Rule:
    table: Table
    time: str
    days: float
    where: tuple[ColumnElement[bool], ...] = ()


def retain_site(
    database: Database, site_id: str, retention: Retention, now_ns: int
) -> dict[str, int]:
    """Remove what is older than a site keeps it; the last state of everything stays.

    Returns how many rows went, by table.
    """
    gone = {rule.table.name: _remove(database, rule, now_ns) for rule in _rules(site_id, retention)}
    for table, subject, days in (
        (spot_changes, "spot_id", retention.changes_days),
        (lot_counts, "lot_id", retention.changes_days),
        (camera_changes, "camera_id", retention.changes_days),
        (alerts, "camera_id", retention.alerts_days),
    ):
        with database.reading() as connection:
            last = [row["id"] for row in latest_rows(connection, table, subject, site_id)]
        stays = table.c.id.in_(last)
        rule = _Rule(table, "at_ns", days, (table.c.site_id == site_id, ~stays))
        gone[table.name] = _remove(database, rule, now_ns)
    gone["pictures"] = _remove_pictures(database, site_id, retention.pictures_days, now_ns)
    return gone


def retain_service(database: Database, now_ns: int) -> dict[str, int]:
    """Remove what belongs to no site: old messages, attempts to deliver them, the access log."""
    rules = (
        _Rule(outbox, "created_ns", OUTBOX_DAYS),
        _Rule(deliveries, "at_ns", DELIVERIES_DAYS),
        _Rule(access_log, "at_ns", ACCESS_LOG_DAYS),
        _Rule(write_gaps, "ended_ns", Retention().changes_days),
    )
    return {rule.table.name: _remove(database, rule, now_ns) for rule in rules}


def _rules(site_id: str, retention: Retention) -> Iterator[_Rule]:
    yield _Rule(usage, "begin_ns", retention.usage_days, (usage.c.site_id == site_id,))
    of_site = assistance_days.c.site_id == site_id
    yield _Rule(assistance_days, "begin_ns", retention.usage_days, (of_site,))
    is_over = incidents.c.ended_ns.is_not(None)
    of_site = incidents.c.site_id == site_id
    yield _Rule(incidents, "began_ns", retention.changes_days, (of_site, is_over))
    of_site = marks.c.name.startswith(names_of(site_id), autoescape=True)
    yield _Rule(marks, "value", retention.alerts_days, (of_site,))
    of_site = audits.c.site_id == site_id
    yield _Rule(audits, "taken_ns", retention.changes_days, (of_site,))


def _oldest_ns(days: float, now_ns: int) -> int:
    """What is kept for so long began then or later; nothing began before 1970."""
    return round(max(now_ns - days * DAY_NS, 0.0))


def _remove(database: Database, rule: _Rule, now_ns: int) -> int:
    old = rule.table.c[rule.time] < _oldest_ns(rule.days, now_ns)
    key = rule.table.primary_key.columns
    if len(key) > 1:
        with database.writing() as connection:
            return connection.execute(delete(rule.table).where(old, *rule.where)).rowcount
    (number,) = key
    chosen = select(number).where(old, *rule.where).limit(CHUNK)
    return _in_chunks(database, lambda: delete(rule.table).where(number.in_(chosen)))


def _remove_pictures(database: Database, site_id: str, days: float, now_ns: int) -> int:
    old = and_(
        audits.c.site_id == site_id,
        audits.c.picture.is_not(None),
        audits.c.taken_ns < _oldest_ns(days, now_ns),
    )
    chosen = select(audits.c.id).where(old).limit(CHUNK)
    return _in_chunks(
        database, lambda: update(audits).where(audits.c.id.in_(chosen)).values(picture=None)
    )


def _in_chunks(database: Database, statement: Callable[[], Delete | Update]) -> int:
    total = 0
    while True:
        with database.writing() as connection:
            done: int = connection.execute(statement()).rowcount
        total += done
        if done < CHUNK:
            return total


def row_counts(database: Database) -> dict[str, int]:
    """How many rows every table holds."""
    with database.reading() as connection:
        return {
            table.name: int(
                connection.execute(select(func.count()).select_from(table)).scalar_one()
            )
            for table in metadata.sorted_tables
        }
