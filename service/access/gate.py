"""Before every request: who asks, how often; after it: what was changed."""

import math
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.access.caller import CALLER, SENT_TO_LOGIN, Access, Caller, caller_of, learn_keys
from service.access.change_log import Change
from service.access.guard import READING
from service.access.keys import hide_keys
from service.access.limits import RateLimits, place_of
from service.access.revocation import Revocation
from service.routes.problems import answer_problem

UNLIMITED = ("/health/live", "/api/v1/health/live")
"""Asked by whoever decides whether the service is to be started anew."""


class Gate:
    """Finds the caller, holds back who asks too often, and reports changes.

    Without access everybody may ask as often as they like.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Access | None,
        report: Callable[[Change], None],
        *,
        clock_s: Callable[[], float] = time.monotonic,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._app = app
        self._access = access
        self._limits = RateLimits(access.rates if access else None)
        self._report = report
        self._clock_s = clock_s
        self._clock_ns = clock_ns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or refuse it with 429."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        if self._access is not None:
            await learn_keys(self._access, connection)
        caller = caller_of(connection)
        address = connection.client.host if connection.client else ""
        wait_s = self._wait_s(caller, address, scope["path"])
        if wait_s:
            seconds = str(math.ceil(wait_s))
            answer = answer_problem(
                connection,
                429,
                f"too many requests: wait {seconds} s",
                headers={"Retry-After": seconds},
            )
            await answer(scope, receive, send)
        elif scope["type"] == "websocket" or scope["method"] in READING:
            if self._access is not None and caller.key_id is not None:
                await Revocation(self._access, caller).run(self._app, scope, receive, send)
            else:
                await self._app(scope, receive, send)
        else:
            await self._pass_change(scope, receive, send, caller, address)

    def _wait_s(self, caller: Caller, address: str, path: str) -> float:
        if self._access is None or path in UNLIMITED:
            return 0.0
        who = caller.key_id or f"@{place_of(address)}"
        return self._limits.take(who, caller.role, self._clock_s())

    async def _pass_change(
        self, scope: Scope, receive: Receive, send: Send, caller: Caller, address: str
    ) -> None:
        status = 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            if status < 400 and SENT_TO_LOGIN not in scope:
                who = scope.get(CALLER, caller)  # a login has changed it
                self._report(_change(scope, status, who, address, self._clock_ns()))


def _change(scope: Scope, status: int, caller: Caller, address: str, now_ns: int) -> Change:
    route: Any = scope.get("route")
    return Change(
        at_ns=now_ns,
        who=caller.key_id or caller.name,
        name=caller.name,
        role=caller.role,
        action=getattr(route, "name", None) or scope["method"].lower(),
        subject=hide_keys(scope["path"]),
        method=scope["method"],
        status=status,
        address=address,
    )
