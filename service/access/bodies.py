"""Bodies of requests, bounded in bytes and in time."""

import asyncio

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.routes.problems import problem_answer

MOST_BYTES = 1 << 20
MOST_UPLOAD_BYTES = 16 << 20
UPLOADS = ("image/", "multipart/", "application/octet-stream", "application/zip")
LONGEST_S = 30.0


class BodyLimit:
    """Refuses bodies that are too large, and those that come too slowly."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request whose body is bounded."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        most = most_bytes(headers.get("content-type", ""))
        told = headers.get("content-length", "0")
        if told.isascii() and told.isdigit() and len(told) < 20 and int(told) > most:
            answer = problem_answer(scope["path"], 413, too_large(most))
            await answer(scope, receive, send)
            return
        await self._app(scope, _Bounded(receive, most), send)


class _Bounded:
    """Receives a body up to its limits."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self._most = most
        self._taken = 0
        self._is_whole = False
        self._until_s = asyncio.get_running_loop().time() + LONGEST_S

    async def __call__(self) -> Message:
        """The next part; once the body is there, whatever comes, for as long as it takes."""
        if self._is_whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until_s):
                message = await self._receive()
        except TimeoutError:
            slow = f"the body was not there within {LONGEST_S:.0f} s"
            raise HTTPException(408, slow) from None
        self._is_whole = not message.get("more_body", False)
        self._taken += len(message.get("body", b""))
        if self._taken > self._most:
            raise HTTPException(413, too_large(self._most))
        return message


def most_bytes(content_type: str) -> int:
    """How long a body of this kind may be."""
    is_upload = content_type.lower().startswith(UPLOADS)
    return MOST_UPLOAD_BYTES if is_upload else MOST_BYTES


def too_large(most: int) -> str:
    """The refusal of a body."""
    return f"the body is too large: at most {most} bytes are taken"
