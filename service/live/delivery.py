"""Hands events to all readers of one event loop, in rounds: many readers cost few writes."""

import asyncio
import math
from collections.abc import Sequence

from service.live.records import EventRecord
from service.live.subscription import Subscription

ROUND_S = 0.1  # between two rounds: what comes meanwhile is one write to each reader
AT_ONCE = 50  # readers woken in one go; answers that others wait for come before the next ones


class Delivery:
    """The readers of one event loop.

    An event after a silence, and an alert always, is handed on at once; in a busy time each reader
    is woken ten times a second, so that an event waits a tenth of a second at most. What 500
    readers cost then no longer depends on how much happens.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: dict[Subscription, None] = {}
        self._round: asyncio.TimerHandle | None = None
        self._last_round_s = -math.inf
        self.readers: tuple[Subscription, ...] = ()
        """Who is told of what is sent from now on; may be set from any thread."""

    def send(self, events: Sequence[EventRecord]) -> None:
        """Hand events to the readers of now, from any thread, at the price of one call."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._take, self.readers, events)

    def _take(self, readers: Sequence[Subscription], events: Sequence[EventRecord]) -> None:
        for reader in readers:
            reader.take(events)
        self._waiting.update(dict.fromkeys(readers))
        if any(event.type == "alert.changed" for event in events):
            self._begin_round()
        elif self._round is None:
            due_s = self._last_round_s + ROUND_S
            if self._loop.time() >= due_s:
                self._begin_round()
            else:
                self._round = self._loop.call_at(due_s, self._begin_round)

    def _begin_round(self) -> None:
        if self._round is not None:
            self._round.cancel()
            self._round = None
        self._last_round_s = self._loop.time()
        readers, self._waiting = tuple(self._waiting), {}
        self._wake(readers)

    def _wake(self, readers: Sequence[Subscription]) -> None:
        for reader in readers[:AT_ONCE]:
            reader.wake()
        if len(readers) > AT_ONCE:
            self._loop.call_soon(self._wake, readers[AT_ONCE:])
