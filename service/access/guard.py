"""Routes say who may use them: `dependencies=[needs(Role.OPERATOR)]`.

A route that says nothing wants a reader, and an engineer for anything but reading. What stands on
a router and on its route applies together.
"""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from service.access.caller import Caller, caller_of
from service.access.roles import Role, includes
from service.routes.problems import Problem

READING = ("GET", "HEAD", "OPTIONS")
RETRY_SOON = {"Retry-After": "5"}
KEY_SCHEME = "key"
ANYBODY_SCHEME = "anybody"
"""In the description of the API until it is completed: a key may come, but need not."""


async def _caller(connection: HTTPConnection) -> Caller:
    return caller_of(connection)


CallerDependency = Annotated[Caller, Depends(_caller)]
"""Who asks; for routes that write down who did something."""


class NotAllowed(Problem):
    """The caller may not do this; 401 where a key may help, else 403."""

    def __init__(self, caller: Caller, wanted: tuple[Role, ...]) -> None:
        roles = " or ".join(wanted)
        if caller.key_id is not None:
            super().__init__(403, f"this wants the role {roles}, your key has {caller.role}")
        else:
            why = caller.refused or "none came"
            detail = (
                f"this wants a key with the role {roles} as Authorization: Bearer KEY; {why}"
                " (keys are made by wayside keys add)"
            )
            if wanted == (Role.PUBLIC,):
                detail = f"this wants no key, but takes none that is not good; {why}"
            super().__init__(401, detail, headers={"WWW-Authenticate": 'Bearer realm="wayside"'})


class Needs(SecurityBase):
    """Lets only callers pass who have one of the roles, or one above it."""

    def __init__(self, *roles: Role) -> None:
        self.roles = roles
        self.model = HTTPBearer(
            description="A key made by `wayside keys add`. Event streams and WebSockets opened by"
            " browsers, which cannot set headers, may give it as `?key=`; pages use the login's"
            " cookie."
        )
        self.scheme_name = ANYBODY_SCHEME if roles == (Role.PUBLIC,) else KEY_SCHEME

    async def __call__(self, connection: HTTPConnection) -> Caller:
        """The caller; raises a Problem 401 or 403."""
        return check(connection, *self.roles)


def needs(*roles: Role) -> Any:
    """A dependency of a route: only these roles, any one of them, or one above."""
    return Depends(Needs(*roles))


def check(connection: HTTPConnection, *roles: Role) -> Caller:
    """The caller, if it has one of the roles; raises a Problem 401, 403 or 503."""
    caller = caller_of(connection)
    if caller.is_undecided:
        raise Problem(503, "no key can be looked up now: the database is away", RETRY_SOON)
    if caller.refused or not any(includes(caller.role, role) for role in roles):
        raise NotAllowed(caller, roles)
    if caller.by_cookie and is_from_elsewhere(connection):
        raise Problem(403, "changes are taken only from this service's own pages")
    return caller


async def guard_default(connection: HTTPConnection) -> None:
    """For the whole application: a route that says nothing is not open to everybody."""
    route = connection.scope.get("route")
    if not any(True for _ in _needs_of(getattr(route, "dependant", None))):
        reads = connection.scope.get("method", "GET") in READING
        check(connection, Role.READER if reads else Role.ENGINEER)


def _needs_of(dependant: Dependant | None) -> Iterator[Needs]:
    for each in dependant.dependencies if dependant is not None else ():
        if isinstance(each.call, Needs):
            yield each.call
        yield from _needs_of(each)


def is_from_elsewhere(connection: HTTPConnection) -> bool:
    """Whether another site's page makes the browser do this."""
    is_socket = connection.scope["type"] == "websocket"
    if not is_socket and connection.scope.get("method") in READING:
        return False
    origin = connection.headers.get("origin")
    if origin is None:
        return not is_socket and connection.headers.get("sec-fetch-site", "same-origin") not in (
            "same-origin",
            "none",
        )
    return origin.partition("://")[2] != connection.headers.get("host")
