"""Who changed what, written down behind the requests' backs so that no answer waits for it."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from service.access.roles import Role
from service.store.access_log import AccessLog
from service.store.errors import StoreError

LONGEST_QUEUE = 1000  # changes that wait while the database is away
TRY_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that somebody changed through the API."""

    at_ns: int
    who: str
    """The public id of the key, or what stands for it where there is none."""
    name: str
    """Of the key."""
    role: Role
    action: str
    """Name of the route, such as `save_layout`."""
    subject: str
    """Path that was asked for."""
    method: str
    status: int
    address: str


Report = Callable[[Change], None]


def log_change(change: Change) -> None:
    """A line in the log of the program, whether or not there is a database."""
    structlog.get_logger().info(
        "changed",
        who=change.who,
        name=change.name,
        role=change.role.value,
        action=change.action,
        subject=change.subject,
        method=change.method,
        status=change.status,
        address=change.address,
    )


class ChangeLog:
    """Writes changes to the store in a thread; those it cannot keep are counted and logged."""

    def __init__(self, table: AccessLog) -> None:
        self._table = table
        self._queue: queue.Queue[Change] = queue.Queue(LONGEST_QUEUE)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="change log", daemon=True)
        self.lost = 0
        """Changes that found the queue full."""

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def report(self, change: Change) -> None:
        """Take a change from any thread, at once."""
        log_change(change)
        try:
            self._queue.put_nowait(change)
        except queue.Full:
            self.lost += 1

    def stop(self, timeout_s: float = 2.0) -> None:
        """Write what waits, for so long at most."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while not (self._stopping.is_set() and self._queue.empty()):
            try:
                change = self._queue.get(timeout=0.2)
            except queue.Empty:
                continue
            while not self._is_kept(change):
                if self._stopping.wait(TRY_AGAIN_S):
                    return

    def _is_kept(self, change: Change) -> bool:
        try:
            self._table.add(
                at_ns=change.at_ns,
                who=change.who,
                role=change.role.value,
                action=change.action,
                subject=change.subject,
                details={"name": change.name, "method": change.method, "status": change.status},
                address=change.address,
            )
        except StoreError:
            return False
        return True
