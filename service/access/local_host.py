"""A service without keys answers only those who asked for this machine.

A page of another site may point its own name at 127.0.0.1; its requests then carry that name.
"""

import ipaddress

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.routes.problems import problem_answer

MISDIRECTED = 421


class LocalHost:
    """Refuses requests for any other name than this machine's own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request for localhost."""
        host = Headers(scope=scope).get("host", "") if scope["type"] != "lifespan" else ""
        if scope["type"] == "lifespan" or is_local(host):
            await self._app(scope, receive, send)
            return
        detail = f"a service without keys is reached as localhost, got the host {host!r}"
        await problem_answer(scope["path"], MISDIRECTED, detail)(scope, receive, send)


def is_local(host: str) -> bool:
    """Whether a Host header, with or without port, names this machine."""
    name = host.rpartition("]")[0].removeprefix("[") if "]" in host else host.partition(":")[0]
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.lower() in ("localhost", "localhost.")
