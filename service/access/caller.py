"""Who asks: found from the request's key or login."""

import time
from dataclasses import dataclass
from typing import Any

from starlette.requests import HTTPConnection

from service.access.keys import Key, Keys, key_of_text
from service.access.roles import Role
from service.access.session import COOKIE, key_of_session

CALLER = "wayside_caller"


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller of a request."""

    role: Role
    key_id: str | None
    """The public part of the key; None without one."""
    name: str
    """Of the key, for records of changes."""
    by_cookie: bool = False
    """Whether the browser sent the proof by itself."""
    refused: str | None = None
    """Why the key or login that came opens nothing."""


ANYBODY = Caller(Role.PUBLIC, None, "public")
OWNER = Caller(Role.ADMIN, None, "access off")
"""Everybody, where access is off."""


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """What it takes to know a caller."""

    keys: Keys
    session_secret: bytes


def caller_of(connection: HTTPConnection) -> Caller:
    """The caller of a request, found once; everybody is an admin where access is off.

    A key comes as `Authorization: Bearer`, a login as cookie. Event streams and WebSockets may
    give the key as `?key=`, since browsers cannot set their headers.
    """
    known: Caller | None = connection.scope.get(CALLER)
    if known is None:
        access: Access | None = getattr(connection.app.state, "access", None)
        known = OWNER if access is None else _identify(access, connection)
        connection.scope[CALLER] = known
    return known


def _identify(access: Access, connection: HTTPConnection) -> Caller:
    scheme, _, text = connection.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer":
            return _refused(f"wanted Authorization: Bearer KEY, got the scheme {scheme!r}")
        return _by_key(key_of_text(text.strip(), access.keys))
    if "key" in connection.query_params and _cannot_set_headers(connection):
        return _by_key(key_of_text(connection.query_params["key"], access.keys))
    login = connection.cookies.get(COOKIE)
    if login is not None:
        now_s = int(time.time())
        key = key_of_session(access.session_secret, login, access.keys, now_s)
        return ANYBODY if key is None else Caller(key.role, key.key_id, key.name, by_cookie=True)
    return ANYBODY


def _by_key(key: Key | None) -> Caller:
    if key is None:
        return _refused("this key is not known, or was revoked")
    return Caller(key.role, key.key_id, key.name)


def _refused(why: str) -> Caller:
    return Caller(Role.PUBLIC, None, "public", refused=why)


def _cannot_set_headers(connection: Any) -> bool:
    is_stream = "text/event-stream" in connection.headers.get("accept", "")
    return connection.scope["type"] == "websocket" or is_stream
