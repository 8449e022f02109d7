"""A WebSocket whose service makes a mistake is closed, and the mistake is told."""

import asyncio

import structlog
from fastapi import WebSocket

from service.routes.socket_line import converse, next_text


async def broken() -> None:
    raise LookupError("no such site")


async def end_of_a_socket(sent: list[dict[str, object]]) -> None:
    """One socket that is accepted, and whose client says nothing."""
    coming = asyncio.Queue[dict[str, object]]()
    coming.put_nowait({"type": "websocket.connect"})

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/api/v1/events", "headers": [], "server": ("here", 80)}
    socket = WebSocket(scope, coming.get, send)
    await socket.accept()

    async def hear() -> None:
        await next_text(socket)

    await converse(socket, broken(), hear())


def test_socket_that_breaks_is_closed_and_logged():
    sent: list[dict[str, object]] = []
    with structlog.testing.capture_logs() as logs:
        asyncio.run(end_of_a_socket(sent))
    assert [each["event"] for each in logs] == ["socket broke"]
    assert (sent[-1]["type"], sent[-1]["code"]) == ("websocket.close", 1001)
