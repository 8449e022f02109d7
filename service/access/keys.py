"""Keys: made at random, told once, kept only as a digest."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from service.access.roles import Role

SECRET_BYTES = 32  # 256 bits: nothing to guess, so a plain SHA-256 is digest enough
KEY_TEXT = re.compile(r"wsk_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
"""How a key looks, wherever it stands: its public id, then its secret."""
HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of one key."""

    key_id: str
    """Its public part, for lists and records."""
    name: str
    """Whom or what it was made for."""
    role: Role
    digest: str
    """SHA-256 of the secret part, in hex."""
    created_at_ns: int
    revoked_at_ns: int | None = None
    expires_at_ns: int | None = None
    created_by: str = ""

    def is_good(self, now_ns: int) -> bool:
        """Whether it opens anything at this time."""
        is_over = self.expires_at_ns is not None and now_ns >= self.expires_at_ns
        return self.revoked_at_ns is None and not is_over


class Keys(Protocol):
    """Where keys are kept."""

    def find(self, key_id: str) -> Key | None:
        """The key of this public id, revoked or not."""

    def add(self, key: Key) -> None:
        """Keep a new key."""

    def revoke(self, key_id: str, now_ns: int) -> Key | None:
        """Void a key from now on; None where there is no such key."""

    def is_due(self, key_id: str) -> bool:
        """Whether `refresh` may tell more of this key."""

    def refresh(self) -> bool:
        """Look for what others have changed; False where that could not be done now."""

    @property
    def are_known(self) -> bool:
        """Whether they could be read yet: if not, nobody can be told that a key is wrong."""

    def known(self) -> list[Key]:
        """All keys as last read, oldest first."""


def in_order(keys: Iterable[Key]) -> list[Key]:
    """Oldest first."""
    return sorted(keys, key=lambda key: (key.created_at_ns, key.key_id))


def new_key(
    name: str,
    role: Role,
    now_ns: int,
    *,
    expires_at_ns: int | None = None,
    created_by: str = "",
) -> tuple[Key, str]:
    """A new key and its text, which is told now and never again."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(SECRET_BYTES)
    key = Key(
        key_id,
        name,
        role,
        _digest(secret),
        now_ns,
        expires_at_ns=expires_at_ns,
        created_by=created_by,
    )
    return key, f"wsk_{key_id}_{secret}"


def key_of_text(text: str, keys: Keys, now_ns: int) -> Key | None:
    """The good key that `text` opens, compared in constant time; None for any other text."""
    parts = KEY_TEXT.fullmatch(text)
    if parts is None:
        return None
    key = keys.find(parts[1])
    if key is None or not hmac.compare_digest(key.digest, _digest(parts[2])):
        return None
    return key if key.is_good(now_ns) else None


def hide_keys(text: str) -> str:
    """The text with the secret part of every key hidden."""
    return KEY_TEXT.sub(rf"wsk_\1_{HIDDEN}", text)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
