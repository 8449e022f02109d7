"""Hands events to all readers of one event loop, a few at a time: other answers come in between."""

import asyncio
from collections.abc import Sequence
from itertools import islice

from service.live.records import EventRecord
from service.live.subscription import Subscription

AT_ONCE = 10  # readers woken in one turn of the loop; answers that others wait for come in between


class Audience:
    """The readers of one event loop.

    Readers are woken in their order. One whose turn has not come yet when more happens hears all
    of it in one write: the busier the loop, the fewer writes it has to do.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: dict[Subscription, None] = {}
        self.readers: tuple[Subscription, ...] = ()
        """Who is told of what is sent from now on; may be set from any thread."""

    def send(self, events: Sequence[EventRecord]) -> None:
        """Hand events to the readers of now, from any thread, at the price of one call."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, self.readers, events)

    def _take(self, readers: Sequence[Subscription], events: Sequence[EventRecord]) -> None:
        for reader in readers:
            reader.take(events)
        is_idle = not self._waiting
        self._waiting.update(dict.fromkeys(readers))
        if is_idle:
            self._wake()

    def _wake(self) -> None:
        for reader in tuple(islice(self._waiting, AT_ONCE)):
            del self._waiting[reader]
            reader.wake()
        if self._waiting:
            self._loop.call_soon(self._wake)
