"""Who asks: found from the request's key or login."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from starlette.requests import HTTPConnection

from service.access.keys import KEY_TEXT, Key, Keys, key_of_text
from service.access.limits import Rate
from service.access.roles import Role
from service.access.session import COOKIE, key_of_session

CALLER = "wayside_caller"
SENT_TO_LOGIN = "wayside_sent_to_login"
"""In the scope of a request that changed nothing, although its answer is no error."""


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller of a request."""

    role: Role
    key_id: str | None
    """The public part of the key; None without one."""
    name: str
    """Of the key, for records of changes."""
    by_cookie: bool = False
    """Whether a browser needs nothing else: pages of other sites may be behind the request."""
    refused: str | None = None
    """Why the key or login that came opens nothing."""
    is_undecided: bool = False
    """Whether no key could be looked up yet, because the database has been away from the start."""


ANYBODY = Caller(Role.PUBLIC, None, "public")
OWNER = Caller(Role.ADMIN, None, "access off", by_cookie=True)
"""Everybody, where access is off: a browser of this machine, whatever page moves it."""


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """What it takes to know a caller."""

    keys: Keys
    session_secret: bytes = field(repr=False)
    """Signs logins."""
    rates: Mapping[Role, Rate] = field(default_factory=dict)
    """Where they differ from the default ones."""
    cors_origins: tuple[str, ...] = ()
    """Sites whose pages may read the API in a browser."""
    clock_ns: Callable[[], int] = time.time_ns


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


async def learn_keys(access: Access, connection: HTTPConnection) -> None:
    """Look for a key that is not known yet, before `caller_of` judges it."""
    text = _key_text(connection)
    if text is not None:
        await learn_key(access, text)
    elif COOKIE in connection.cookies:
        await _learn(access, connection.cookies[COOKIE].partition(".")[0])


async def learn_key(access: Access, text: str) -> None:
    """Look for the key of this text, if it is not known yet."""
    found = KEY_TEXT.fullmatch(text)
    if found is not None:
        await _learn(access, found[1])


async def _learn(access: Access, key_id: str) -> None:
    if access.keys.find(key_id) is None and access.keys.is_due(key_id):
        await asyncio.to_thread(access.keys.refresh)


def _key_text(connection: HTTPConnection) -> str | None:
    """The key that came in a header or, where headers cannot be set, in the address."""
    scheme, _, text = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return text.strip()
    if not scheme and _cannot_set_headers(connection):
        return connection.query_params.get("key")
    return None


def _identify(access: Access, connection: HTTPConnection) -> Caller:
    now_ns = access.clock_ns()
    text = _key_text(connection)
    if text is not None:
        return _by_key(key_of_text(text, access.keys, now_ns), access.keys.are_known)
    if "authorization" in connection.headers:
        return _refused("another kind of Authorization came")
    login = connection.cookies.get(COOKIE)
    if login is not None:
        key = key_of_session(access.session_secret, login, access.keys, now_ns)
        return ANYBODY if key is None else Caller(key.role, key.key_id, key.name, by_cookie=True)
    return ANYBODY


def _by_key(key: Key | None, are_known: bool) -> Caller:
    if key is None:
        refused = _refused("the key that came is unknown, revoked or expired")
        return replace(refused, is_undecided=not are_known)
    return Caller(key.role, key.key_id, key.name)


def _refused(why: str) -> Caller:
    return Caller(Role.PUBLIC, None, "public", refused=why)


def _cannot_set_headers(connection: HTTPConnection) -> bool:
    is_stream = "text/event-stream" in connection.headers.get("accept", "")
    return connection.scope["type"] == "websocket" or is_stream
