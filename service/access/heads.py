"""Heads of requests, bounded in bytes and in time before anything else looks at them."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.access.bodies import LONGEST_S

MOST_BYTES = 1 << 16


class BoundedHeads(HttpToolsProtocol):
    """One connection; closed where the head of a request is too long, or not whole in time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first head."""
        super().connection_made(transport)
        self._unread_bytes = 0
        self._closing = self.loop.call_later(LONGEST_S, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._closing.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; what comes while nothing is being answered begins another head."""
        is_idle = self.cycle is None or self.cycle.response_complete
        if is_idle and self._closing.cancelled():
            self._closing = self.loop.call_later(LONGEST_S, self.transport.close)
        self._unread_bytes += len(data)
        super().data_received(data)
        if self._unread_bytes > MOST_BYTES:
            self.transport.close()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._unread_bytes = 0
        self._closing.cancel()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Bodies have bounds of their own."""
        self._unread_bytes = 0
        super().on_body(body)
