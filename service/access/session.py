"""A login on the pages: a signed cookie that names a key but does not contain it."""

import hashlib
import hmac

from service.access.keys import Key, Keys
from service.timestamps import NS_PER_S

COOKIE = "wayside_session"
LASTS_S = 30 * 24 * 3600  # a display in a cab is logged in once a month


def session_text(secret: bytes, key: Key, now_ns: int) -> str:
    """A login by `key` that ends with the key, or after LASTS_S."""
    until_s = now_ns // NS_PER_S + LASTS_S
    return f"{key.key_id}.{until_s}.{_signature(secret, key, until_s)}"


def key_of_session(secret: bytes, text: str, keys: Keys, now_ns: int) -> Key | None:
    """The good key behind a login; None when it is forged, over or its key revoked."""
    key_id, _, rest = text.partition(".")
    until, _, signature = rest.partition(".")
    key = keys.find(key_id)
    if key is None or not key.is_good(now_ns) or not (until.isascii() and until.isdigit()):
        return None
    if len(until) > 12 or int(until) * NS_PER_S < now_ns:
        return None
    expected = _signature(secret, key, int(until))
    return key if hmac.compare_digest(expected.encode(), signature.encode()) else None


def _signature(secret: bytes, key: Key, until_s: int) -> str:
    said = f"{key.key_id}.{key.digest}.{until_s}".encode()
    return hmac.new(secret, said, hashlib.sha256).hexdigest()
