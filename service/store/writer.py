"""Changes on their way into the database: in batches, in one thread, never holding up a camera.

A change is acknowledged once the transaction that holds it is committed; `committed_id` says how
far that is. While the database is away changes wait, as many as the queue is long; then the
oldest are lost, so that after the return the newest state of everything is right. The loss is
counted, told, and kept as a gap in the history.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

import structlog
from sqlalchemy import Connection, Table, insert
from sqlalchemy.exc import SQLAlchemyError

from service.live.records import EventRecord
from service.store.database import CANNOT_BE_KEPT, Database
from service.store.errors import StoreError, StoreRefused
from service.store.event_rows import event_row
from service.store.incidents import Incidents
from service.store.inserting import insert_new
from service.store.interruption import keep_interruption
from service.store.marks import Marks, alive_mark, event_mark
from service.store.tables import write_gaps

LONGEST_QUEUE = 50_000  # changes; a thousand spots change so often in about a day
BATCH = 500
GATHER_S = 0.1  # a batch waits so long for more
ALIVE_EVERY_S = 10.0  # how often it is noted that the service lives
FIRST_RETRY_S, LONGEST_RETRY_S = 0.2, 5.0
LAST_TRY_S = 0.5  # a service that is told to stop waits so long for a database that is away
Companion = Callable[[Connection, Sequence[EventRecord]], None]
"""Writes more in the transaction that keeps these events; must not touch anything else."""


@dataclass(frozen=True, slots=True)
class WriterStatus:
    """How the writing is going."""

    queued: int
    """Changes that wait, the batch under way included."""
    longest_queue: int
    written: int
    lost: int
    """Changes that are in no history: pushed out while the database was away, or refused by it."""
    committed_id: int
    """Event up to which nothing waits any more."""
    away_since_ns: int | None
    reason: str | None
    """Why the database is away."""

    @property
    def is_away(self) -> bool:
        """Whether the last try failed."""
        return self.reason is not None


@dataclass(frozen=True, slots=True)
class _Gap:
    """Changes that are in no history."""

    began_ns: int
    ended_ns: int
    lost: int


def _since(gap: _Gap | None, kept: _Gap | None) -> _Gap | None:
    """What of a gap is not kept yet."""
    if gap is None or kept is None or gap.lost == kept.lost:
        return None if gap is kept else gap
    return replace(gap, began_ns=kept.ended_ns, lost=gap.lost - kept.lost)


class Writer:
    """One thread that writes what is offered."""

    def __init__(
        self,
        database: Database,
        *,
        longest_queue: int = LONGEST_QUEUE,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._database = database
        self._clock_ns = clock_ns
        self._longest = longest_queue
        self._queue: deque[EventRecord] = deque()
        self._news = threading.Condition()
        self._in_hand: list[EventRecord] = []
        self._companions: list[Companion] = []
        self._written = self._lost = self._committed_id = 0
        self._gap: _Gap | None = None
        self._away_since_ns: int | None = None
        self._reason: str | None = None
        self._is_stopping = False
        self._site_ids: tuple[str, ...] = ()
        self._served: Callable[[], Iterable[str]] | None = None
        self._resumed: frozenset[str] | None = None
        """Sites of which it is kept since when nothing was known; None before the first time."""
        self._log = structlog.get_logger()
        self._thread = threading.Thread(target=self._run, name="store writer", daemon=True)

    def join_in(self, companion: Companion) -> None:
        """Let `companion` write in every transaction, such as letters into the outbox."""
        self._companions.append(companion)

    def start(
        self, site_ids: Iterable[str] = (), served: Callable[[], Iterable[str]] | None = None
    ) -> None:
        """Begin to write, for these sites: first that nothing was known since the last time.

        `served` says which sites there are where they may change; one that comes later begins so
        too.
        """
        self._site_ids = tuple(site_ids)
        self._served = served
        self._thread.start()

    def offer(self, events: Sequence[EventRecord]) -> None:
        """Take changes, at once, from any thread."""
        with self._news:
            self._queue.extend(events)
            while len(self._queue) > self._longest:
                self._lose(self._queue.popleft())
            self._news.notify_all()

    def flush(self, timeout_s: float = 5.0) -> bool:
        """Wait until all that was offered is committed; False when that took too long."""
        with self._news:
            return self._news.wait_for(self._is_idle, timeout_s)

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Write what waits and end; False when something had to be left."""
        if self.status.is_away:
            timeout_s = min(timeout_s, LAST_TRY_S)
        is_done = self.flush(timeout_s) if self._thread.is_alive() else True
        with self._news:
            self._is_stopping = True
            self._news.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if not is_done:
            self._log.error("changes not kept at the end", changes=self.status.queued)
        return is_done

    @property
    def status(self) -> WriterStatus:
        """How it is going now."""
        with self._news:
            return WriterStatus(
                queued=len(self._queue) + len(self._in_hand),
                longest_queue=self._longest,
                written=self._written,
                lost=self._lost,
                committed_id=self._committed_id,
                away_since_ns=self._away_since_ns,
                reason=self._reason,
            )

    def _is_idle(self) -> bool:
        return self._resumed is not None and not self._queue and not self._in_hand

    def _run(self) -> None:
        failures = 0
        while self._await_work(failures):
            try:
                self._write(self._in_hand)
            except (StoreError, SQLAlchemyError) as error:
                failures += 1
                self._go_away(str(error))
                continue
            failures = 0
            self._come_back()
        if not failures:
            with suppress(StoreError, SQLAlchemyError):
                self._commit([])  # so that it is known until when the service lived

    def _await_work(self, failures: int) -> bool:
        """Take the next batch in hand; False at the end."""
        with self._news:
            if failures:
                wait_s = min(FIRST_RETRY_S * 2 ** min(failures - 1, 10), LONGEST_RETRY_S)
                self._news.wait_for(lambda: self._is_stopping, wait_s)
                return not self._is_stopping
            if self._resumed is not None:
                self._news.wait_for(lambda: self._queue or self._is_stopping, ALIVE_EVERY_S)
            if self._queue and not self._is_stopping:
                self._news.wait_for(
                    lambda: len(self._queue) >= BATCH or self._is_stopping, GATHER_S
                )
            if self._is_stopping and not self._queue:
                return False
            self._in_hand = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
        return True

    def _write(self, batch: Sequence[EventRecord]) -> None:
        try:
            self._commit(batch)
        except CANNOT_BE_KEPT as error:
            if len(batch) <= 1:
                self._refuse(batch, error)
                return
            for event in list(batch):  # one of them cannot be kept: find it, keep the others
                self._write([event])

    def _commit(self, batch: Sequence[EventRecord]) -> None:
        rows: dict[str, tuple[Table, list[dict[str, object]]]] = {}
        for event in batch:
            kept = event_row(event)
            if kept is not None:
                rows.setdefault(kept[0].name, (kept[0], []))[1].append(kept[1])
        served = frozenset(self._site_ids if self._served is None else self._served())
        with self._database.writing() as connection:
            self._resume(connection, served - (self._resumed or frozenset()))
            for table, values in rows.values():
                insert_new(connection, table, values)
            Incidents.put(connection, [each for each in batch if each.type == "violation.changed"])
            for companion in self._companions if batch else ():
                companion(connection, batch)
            gap = self._gap
            if gap is not None:
                connection.execute(insert(write_gaps).values(asdict(gap)))
            self._put_marks(connection, batch, served)
        self._resumed = served
        with self._news:
            self._gap = _since(self._gap, gap)

    def _resume(self, connection: Connection, site_ids: Iterable[str]) -> None:
        """Keep that nothing was known of these sites since they were last served."""
        for site_id in sorted(site_ids):
            alive_ns = Marks.read(connection, alive_mark(site_id))
            if alive_ns is not None:
                keep_interruption(connection, site_id, alive_ns)
                Incidents.end_all(connection, site_id, alive_ns)

    def _put_marks(
        self, connection: Connection, batch: Sequence[EventRecord], served: Collection[str]
    ) -> None:
        known_ns = self._known_ns()
        newest = {event.site_id: event.id for event in batch}
        for site_id in sorted({*served, *newest}):
            Marks.put(connection, alive_mark(site_id), known_ns)
            if site_id in newest:
                Marks.put(connection, event_mark(site_id), newest[site_id])

    def _known_ns(self) -> int:
        """Until when every change is in this transaction or an earlier one."""
        with self._news:
            now_ns = self._clock_ns()
            return min(now_ns, self._queue[0].timestamp_ns) if self._queue else now_ns

    def _refuse(self, batch: Sequence[EventRecord], error: Exception) -> None:
        if not batch:  # not a change, but what is written along with every batch
            raise StoreRefused(str(error))
        reason = str(error).splitlines()[0]
        self._log.error("change cannot be kept", event_id=batch[0].id, reason=reason)
        with self._news:
            for event in batch:
                self._lose(event)
                self._in_hand.remove(event)

    def _lose(self, event: EventRecord) -> None:
        """Count one as lost; call with the lock held."""
        self._lost += 1
        began_ns = self._gap.began_ns if self._gap else event.timestamp_ns
        lost = self._gap.lost if self._gap else 0
        self._gap = _Gap(began_ns, event.timestamp_ns, lost + 1)

    def _go_away(self, reason: str) -> None:
        with self._news:
            is_new = self._reason is None
            self._reason = reason
            if is_new:
                self._away_since_ns = self._clock_ns()
        if is_new:
            self._log.error("database away; changes wait", reason=reason)

    def _come_back(self) -> None:
        with self._news:
            if self._in_hand:
                self._committed_id = self._in_hand[-1].id
                self._written += len(self._in_hand)
            self._in_hand = []
            was_away = self._reason is not None
            self._reason = self._away_since_ns = None
            self._news.notify_all()
        if was_away:
            self._log.info("database back", queued=self.status.queued, lost=self.status.lost)
