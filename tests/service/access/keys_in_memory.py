from collections.abc import Iterable
from dataclasses import replace

from service.access.keys import Key, in_order


class KeysInMemory:
    """Keys for as long as the program runs."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self._keys = {key.key_id: key for key in keys}

    def find(self, key_id: str) -> Key | None:
        """The key of this public id, revoked or not."""
        return self._keys.get(key_id)

    def add(self, key: Key) -> None:
        """Keep a new key."""
        self._keys[key.key_id] = key

    def revoke(self, key_id: str, now_ns: int) -> Key | None:
        """Void a key from now on; None where there is no such key."""
        key = self._keys.get(key_id)
        if key is not None and key.revoked_at_ns is None:
            key = self._keys[key_id] = replace(key, revoked_at_ns=now_ns)
        return key

    def is_due(self, key_id: str) -> bool:  # noqa: ARG002
        """Never: nobody else can change them."""
        return False

    def refresh(self) -> bool:
        """Nothing to look for."""
        return True

    @property
    def are_known(self) -> bool:
        """Always."""
        return True

    def known(self) -> list[Key]:
        """All keys, oldest first."""
        return in_order(self._keys.values())
