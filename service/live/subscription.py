"""Events on their way from the workers' threads to one reader each."""

import asyncio
from collections import deque
from collections.abc import Sequence

from service.live.records import EventRecord

LONGEST_QUEUE = 256  # events that a reader may lag behind before it is cut off


class Subscription:
    """One reader's queue; belongs to the event loop in which it was made.

    A reader that falls further behind than its queue is long is cut off: it may come back and
    resume, and meanwhile holds up nobody.
    """

    def __init__(self, backlog: list[EventRecord], *, has_gap: bool, longest: int) -> None:
        self._queue: deque[EventRecord] = deque(backlog)
        self._longest = longest + len(backlog)
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self.has_gap = has_gap
        """Whether events between the asked-for id and the first one here are gone."""
        self.is_cut = False
        """Whether the reader was too slow."""
        self.is_closed = False
        """Whether nothing more will come."""
        if backlog:
            self._news.set()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Where the reader runs."""
        return self._loop

    def close(self) -> None:
        """End the stream, from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end, False)

    async def next(self, timeout_s: float) -> list[EventRecord]:
        """What came since the last call; empty after `timeout_s` without news or at the end."""
        if not self._news.is_set():
            timer = self._loop.call_later(timeout_s, self._news.set)  # cheaper than a timeout
            try:
                await self._news.wait()
            finally:
                timer.cancel()
        events = list(self._queue)
        self._queue.clear()
        if not self.is_closed:
            self._news.clear()
        return events

    def take(self, events: Sequence[EventRecord]) -> None:
        """Queue events; in the reader's own loop only, see `Audience`."""
        if self.is_closed:
            return
        self._queue.extend(events)
        if len(self._queue) > self._longest:
            self._queue.clear()
            self._end(True)

    def wake(self) -> None:
        """Let the reader have what is queued; in its own loop only."""
        self._news.set()

    def _end(self, is_cut: bool) -> None:
        self.is_cut = self.is_cut or is_cut
        self.is_closed = True
        self._news.set()
