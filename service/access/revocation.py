"""Streams that end soon after the key that opened them has been revoked or has expired."""

import time
from collections.abc import Callable

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from service.access.caller import Access, Caller

LOOK_AGAIN_S = 1.0
POLICY_VIOLATION = 1008


class Revocation:
    """Sends what a caller with a key gets, for as long as the key is good."""

    def __init__(
        self, access: Access, caller: Caller, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._access = access
        self._key_id = caller.key_id or ""
        self._clock_s = clock_s
        self._looked_at_s = clock_s()
        self._is_over = False

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application on one request."""

        async def send_while_good(message: Message) -> None:
            if self._is_over:
                raise OSError("the key is not good any more")
            await send(message)
            if _goes_on(message) and self._is_revoked():
                self._is_over = True
                await send(_end(message))

        try:
            await app(scope, receive, send_while_good)
        except (ClientDisconnect, WebSocketDisconnect, OSError):
            if not self._is_over:
                raise

    def _is_revoked(self) -> bool:
        now_s = self._clock_s()
        if now_s - self._looked_at_s < LOOK_AGAIN_S:
            return False
        self._looked_at_s = now_s
        key = self._access.keys.find(self._key_id)
        return key is None or not key.is_good(self._access.clock_ns())


def _goes_on(message: Message) -> bool:
    """Whether more will be sent after this."""
    if message["type"] == "http.response.body":
        return bool(message.get("more_body", False))
    return bool(message["type"] == "websocket.send")


def _end(message: Message) -> Message:
    if message["type"] == "websocket.send":
        return {"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "key revoked"}
    return {"type": "http.response.body", "body": b"", "more_body": False}
