"""Hours and days of lots, groups and spots: kept where they are over, counted now where not."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import tzinfo
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, select, tuple_

from service.store.calendar import Period, next_begin, period_begin, periods
from service.store.database import Database
from service.store.inserting import insert_or_replace
from service.store.latest import last_rows, subjects
from service.store.marks import Marks, alive_mark
from service.store.page import Span
from service.store.tables import spot_changes, usage
from service.timestamps import NS_PER_S
from vision.parking.spot_state import SpotStatus
from vision.parking.usage import SpotPast, StatusFrom, Usage, spot_past, usage_of

Scope = Literal["lot", "group", "spot"]
REMEMBERED_CHANGES = 8  # before a stretch: enough to find out when the car there came
SETTLE_S = 120.0  # an hour is counted so long after its end, when all its changes are kept
CHUNK_NS = 86_400 * NS_PER_S  # so much is read and counted at once
ROWS_AT_ONCE = 1000
GONE_NS = 7 * 86_400 * NS_PER_S  # a spot unknown for so long is not counted among the unknown


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One hour or day of one lot, of one group of a lot, or of one spot."""

    site_id: str
    scope: str
    lot_id: str
    subject: str
    """Id of the lot, group or spot."""
    period: str
    begin_ns: int
    end_ns: int
    usage: Usage
    is_complete: bool
    """False where the hour or day is not over yet."""


@dataclass(frozen=True, slots=True)
class _Past:
    """A spot, where it belongs, and what happened there."""

    lot_id: str
    group: str
    spot_id: str
    past: SpotPast


class UsageHistory:
    """The table `usage`, and what is counted from changes because it is not there yet.

    Lots and groups are kept; spots are counted when asked for, as far back as changes are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(
        self,
        site_id: str,
        scope: Scope,
        subject: str,
        period: Period,
        span: Span,
        *,
        lot_id: str | None = None,
        zone: tzinfo,
        now_ns: int,
    ) -> list[UsageRow]:
        """The hours or days of one subject that begin in `span`, oldest first.

        Stretches of which nothing is known have no row.
        """
        with self._database.reading() as connection:
            known_ns = _known_until_ns(connection, site_id, now_ns)
            end_ns = min(span.end_ns or known_ns, known_ns)
            kept: list[UsageRow] = []
            counted_ns = None
            if scope != "spot":
                kept = _kept(connection, site_id, scope, subject, period, span, lot_id)
                counted_ns = Marks.read(connection, counted_mark(site_id, period))
            begin_ns = counted_ns or _first_ns(connection, site_id)
            if begin_ns is None:
                return kept
            first_ns = period_begin(begin_ns, period, zone)
            if span.begin_ns is not None and span.begin_ns > first_ns:
                first_ns = period_begin(span.begin_ns, period, zone)
                if first_ns < span.begin_ns:
                    first_ns = next_begin(first_ns, period, zone)
            if first_ns >= end_ns:
                return kept
            wanted = _Wanted(scope, subject, lot_id)
            pasts = _pasts(connection, site_id, first_ns, end_ns, wanted)
        fresh = _count(site_id, pasts, period, zone, first_ns, end_ns, (scope,))
        return kept + [row for row in fresh if wanted.takes(row)]

    def count(self, site_id: str, zone: tzinfo, now_ns: int) -> int:
        """Count and keep every hour and day that is over; returns how many rows were added."""
        added = 0
        periods_: tuple[Period, ...] = ("hour", "day")
        for period in periods_:
            while chunk := self._count_chunk(site_id, period, zone, now_ns):
                added += chunk.rows
                if chunk.is_last:
                    break
        return added

    def _count_chunk(
        self, site_id: str, period: Period, zone: tzinfo, now_ns: int
    ) -> "_Chunk | None":
        mark = counted_mark(site_id, period)
        with self._database.reading() as connection:
            begin_ns = Marks.read(connection, mark) or _first_ns(connection, site_id)
            if begin_ns is None:
                return None
            begin_ns = period_begin(begin_ns, period, zone)
            known_ns = _known_until_ns(connection, site_id, now_ns) - round(SETTLE_S * NS_PER_S)
            over_ns = period_begin(known_ns, period, zone)
            end_ns = min(over_ns, _chunk_end_ns(begin_ns, period, zone))
            if end_ns <= begin_ns:
                return None
            pasts = _pasts(connection, site_id, begin_ns, end_ns, _Wanted())
        rows = list(_count(site_id, pasts, period, zone, begin_ns, end_ns, ("lot", "group")))
        with self._database.writing() as connection:
            insert_or_replace(connection, usage, [_values(row) for row in rows])
            Marks.put(connection, mark, end_ns)
        return _Chunk(len(rows), end_ns >= over_ns)

    def all(self, site_id: str, period: Period, span: Span) -> Iterator[UsageRow]:
        """Every kept row of a site in order of time, for exports.

        No connection is held between rows: whoever takes them may be slow.
        """
        order = (usage.c.begin_ns, usage.c.scope, usage.c.lot_id, usage.c.subject)
        query = _spanned(select(usage).where(usage.c.site_id == site_id), span)
        query = query.where(usage.c.span == period).order_by(*order).limit(ROWS_AT_ONCE)
        following = query
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(following).mappings().all()
            yield from map(_row, rows)
            if len(rows) < ROWS_AT_ONCE:
                return
            following = query.where(tuple_(*order) > tuple(rows[-1][each] for each in order))


@dataclass(frozen=True, slots=True)
class _Chunk:
    rows: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which spots and rows are asked for; all by default."""

    scope: Scope | None = None
    subject: str | None = None
    lot_id: str | None = None

    def takes(self, row: UsageRow) -> bool:
        return row.subject == self.subject and self.lot_id in (None, row.lot_id)


def _chunk_end_ns(begin_ns: int, period: Period, zone: tzinfo) -> int:
    """One hour or day later at least: a day may be longer than a chunk."""
    end_ns = period_begin(begin_ns + CHUNK_NS, period, zone)
    return max(end_ns, next_begin(begin_ns, period, zone))


def counted_mark(site_id: str, period: Period) -> str:
    """Under which name it is kept until when a site's hours or days are counted."""
    return f"counted_{period}_ns:{site_id}"


def _known_until_ns(connection: Connection, site_id: str, now_ns: int) -> int:
    """Until when the last states are known to hold: while the service runs, until now."""
    alive_ns = Marks.read(connection, alive_mark(site_id))
    return now_ns if alive_ns is None else min(alive_ns, now_ns)


def _first_ns(connection: Connection, site_id: str) -> int | None:
    table = spot_changes
    query = select(table.c.at_ns).where(table.c.site_id == site_id).order_by(table.c.at_ns).limit(1)
    return connection.execute(query).scalar()


def _pasts(
    connection: Connection, site_id: str, begin_ns: int, end_ns: int, wanted: _Wanted
) -> list[_Past]:
    """What happened on the wanted spots from some changes before `begin_ns` until `end_ns`."""
    table = spot_changes
    query = (
        select(table.c.spot_id, table.c.lot_id, table.c.spot_group, table.c.at_ns, table.c.status)
        .where(table.c.site_id == site_id, table.c.at_ns >= begin_ns, table.c.at_ns < end_ns)
        .order_by(table.c.at_ns, table.c.id)
    )
    if wanted.scope == "spot":
        spot_ids: Sequence[str] = [wanted.subject or ""]
        query = query.where(table.c.spot_id == wanted.subject)
    else:
        spot_ids = subjects(connection, table, "spot_id", site_id)
    found: dict[str, list[Any]] = {}
    for spot_id in spot_ids:
        before = last_rows(
            connection,
            table,
            "spot_id",
            site_id,
            spot_id,
            before_ns=begin_ns,
            count=REMEMBERED_CHANGES,
        )
        found[spot_id] = [
            (row["lot_id"], row["spot_group"], row["at_ns"], row["status"])
            for row in reversed(before)
        ]
    for spot_id, *rest in connection.execute(query):
        found.setdefault(spot_id, []).append(tuple(rest))
    return [
        _Past(
            lot_id=rows[-1][0],
            group=rows[-1][1],
            spot_id=spot_id,
            past=spot_past([StatusFrom(at_ns, SpotStatus(status)) for _, _, at_ns, status in rows]),
        )
        for spot_id, rows in found.items()
        if rows
    ]


def _is_gone(past: SpotPast, begin_ns: int, end_ns: int) -> bool:
    """Whether a spot was not seen for so long that it will hardly be there any more."""
    last = past.last_before(end_ns)
    if last is None:
        return True
    return last.status is SpotStatus.UNKNOWN and last.at_ns < begin_ns - GONE_NS


def _count(
    site_id: str,
    pasts: Sequence[_Past],
    period: Period,
    zone: tzinfo,
    begin_ns: int,
    end_ns: int,
    scopes: Iterable[Scope],
) -> Iterator[UsageRow]:
    subjects_: dict[tuple[Scope, str, str], list[SpotPast]] = {}
    for each in pasts:
        names: dict[Scope, str] = {"lot": each.lot_id, "group": each.group, "spot": each.spot_id}
        for scope in scopes:
            subjects_.setdefault((scope, each.lot_id, names[scope]), []).append(each.past)
    for from_ns, until_ns in periods(begin_ns, end_ns, period, zone):
        for (scope, lot_id, subject), members in subjects_.items():
            there = [past for past in members if not _is_gone(past, from_ns, until_ns)]
            used = usage_of(there, from_ns, min(until_ns, end_ns))
            if used.free_s + used.occupied_s + used.closed_s > 0:
                yield UsageRow(
                    site_id,
                    scope,
                    lot_id,
                    subject,
                    period,
                    from_ns,
                    until_ns,
                    used,
                    is_complete=until_ns <= end_ns,
                )


def _kept(
    connection: Connection,
    site_id: str,
    scope: str,
    subject: str,
    period: str,
    span: Span,
    lot_id: str | None,
) -> list[UsageRow]:
    query = select(usage).where(
        usage.c.site_id == site_id,
        usage.c.scope == scope,
        usage.c.subject == subject,
        usage.c.span == period,
    )
    if lot_id is not None:
        query = query.where(usage.c.lot_id == lot_id)
    query = _spanned(query, span).order_by(usage.c.begin_ns, usage.c.lot_id)
    return [_row(row) for row in connection.execute(query).mappings()]


def _spanned(query: Any, span: Span) -> Any:
    if span.begin_ns is not None:
        query = query.where(usage.c.begin_ns >= span.begin_ns)
    if span.end_ns is not None:
        query = query.where(usage.c.begin_ns < span.end_ns)
    return query


def _row(row: RowMapping) -> UsageRow:
    names = ("site_id", "scope", "lot_id", "subject", "begin_ns", "end_ns")
    kept = {name: row[name] for name in names}
    used = Usage(**{name: row[name] for name in Usage.__slots__})
    return UsageRow(**kept, period=row["span"], usage=used, is_complete=True)


def _values(row: UsageRow) -> dict[str, Any]:
    names = ("site_id", "scope", "lot_id", "subject", "begin_ns", "end_ns")
    kept = {name: getattr(row, name) for name in names}
    return {**kept, "span": row.period, **asdict(row.usage)}
