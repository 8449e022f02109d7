"""The keys of the database, held in memory: a key is known at once, wherever the database is."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

from service.access.keys import Key, in_order
from service.access.roles import Role
from service.store.errors import StoreError
from service.store.keys import KeyRow, Keys
from service.store.standby import Standby

REFRESH_S = 2.0  # a key revoked by another program opens nothing after so long
LOOK_AGAIN_S = 0.25  # how often unknown keys may make us look for new ones


class StoredKeys:
    """Keys of the store. While its database is away, those known before stay good.

    Where it was away from the start on, those are good that were last copied to this machine.
    """

    def __init__(
        self,
        table: Keys,
        standby: Standby | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._table = table
        self._standby = standby
        self._clock_s = clock_s
        self._reading = threading.Lock()
        self._keys: dict[str, Key] = {}
        self._read_at_s = -LOOK_AGAIN_S
        self._are_known = False
        self._told: str | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keys", daemon=True)

    def start(self) -> None:
        """Begin to look for what other programs change."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Stop looking."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def find(self, key_id: str) -> Key | None:
        """The key of this public id as last read, revoked or not."""
        return self._keys.get(key_id)

    @property
    def are_known(self) -> bool:
        """Whether they were ever read, here or from the copy."""
        return self._are_known

    def known(self) -> list[Key]:
        """All keys as last read, oldest first."""
        return in_order(self._keys.values())

    def read(self) -> list[Key]:
        """All keys, oldest first, read anew; raises StoreAway."""
        with self._reading:
            self._read()
        return self.known()

    def add(self, key: Key) -> None:
        """Keep a new key; raises StoreAway."""
        self._table.add(
            KeyRow(
                key_id=key.key_id,
                hash=key.digest,
                role=key.role.value,
                name=key.name,
                created_ns=key.created_at_ns,
                created_by=key.created_by,
                expires_ns=key.expires_at_ns,
            )
        )
        with self._reading:
            self._read()

    def revoke(self, key_id: str, now_ns: int) -> Key | None:
        """Void a key from now on; None where there is no such key. Raises StoreAway."""
        self._table.revoke(key_id, now_ns)
        with self._reading:  # a reading that began before knows nothing of it: this one is last
            self._read()
        return self.find(key_id)

    def is_due(self, key_id: str) -> bool:
        """Whether `refresh` may tell more of this key."""
        return key_id not in self._keys and self._clock_s() - self._read_at_s >= LOOK_AGAIN_S

    def refresh(self) -> bool:
        """Read the keys anew; False where the database is away or another thread just does it."""
        if not self._reading.acquire(blocking=False):
            return False
        try:
            self._read()
        except StoreError as error:
            self._read_at_s = self._clock_s()
            self._tell(str(error))
            if not self._are_known:
                self._read_copy()
            return False
        else:
            self._told = None
            return True
        finally:
            self._reading.release()

    def _tell(self, reason: str) -> None:
        """Once per failure, not every two seconds."""
        if reason != self._told:
            structlog.get_logger().warning("keys not read", reason=reason)
        self._told = reason

    def _run(self) -> None:
        while not self._stopping.wait(REFRESH_S):
            self.refresh()

    def _read(self) -> None:
        """Take the table's keys; whoever calls this holds `_reading`."""
        before, self._keys = self._keys, {row.key_id: _key(row) for row in self._table.all()}
        self._are_known = True
        self._read_at_s = self._clock_s()
        if self._standby is not None and self._keys != before:
            self._standby.copy()

    def _read_copy(self) -> None:
        if self._standby is not None:
            with suppress(StoreError):
                self._keys = {row.key_id: _key(row) for row in self._standby.keys.all()}
                self._are_known = bool(self._keys)


def _key(row: KeyRow) -> Key:
    return Key(
        key_id=row.key_id,
        name=row.name,
        role=Role(row.role),
        digest=row.hash,
        created_at_ns=row.created_ns,
        revoked_at_ns=row.revoked_ns,
        expires_at_ns=row.expires_ns,
        created_by=row.created_by,
    )
