"""A WebSocket that is spoken to and listened to at the same time."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

import structlog
from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

GOING_AWAY = 1001


async def converse(
    socket: WebSocket, speaking: Coroutine[None, None, None], hearing: Coroutine[None, None, None]
) -> None:
    """Speak and hear until one of them ends; a fault in either is logged and closes the socket."""
    tasks = [asyncio.ensure_future(speaking), asyncio.ensure_future(hearing)]
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    faults = [each for each in ends if isinstance(each, Exception)]
    for fault in faults:
        structlog.get_logger().error("socket broke", path=socket.url.path, exc_info=fault)
    if faults:
        with suppress(WebSocketDisconnect, RuntimeError):  # gone, or closed already
            await socket.close(GOING_AWAY)


async def next_text(socket: WebSocket) -> str:
    """The next text that comes; what is no text is passed over. Raises WebSocketDisconnect."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"], message.get("reason"))
        text: str | None = message.get("text")
        if text is not None:
            return text
