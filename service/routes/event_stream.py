"""Server-sent events that cut off whoever does not read them."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse
from starlette.types import Message, Send

SEND_TIMEOUT_S = 5.0  # a reader that takes nothing for so long is gone


class EventStream(StreamingResponse):
    """Blocks of an event stream, sent as they come."""

    def __init__(self, blocks: AsyncIterator[str] | AsyncIterator[bytes]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(blocks, media_type="text/event-stream", headers=headers)

    async def stream_response(self, send: Send) -> None:
        """Send all blocks, or leave when the reader blocks the line."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await send(message)

        try:
            await super().stream_response(send_in_time)
        except TimeoutError:
            return
