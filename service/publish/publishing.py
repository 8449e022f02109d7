"""All publishers in one thread of their own, so that a slow receiver holds up nobody else."""

import asyncio
import random
import threading
from collections.abc import Sequence
from typing import Protocol

import structlog

from service.publish.publisher_status import PublisherStatus
from streams.backoff import Backoff

STOP_WITHIN_S = 1.5  # for last words to brokers and receivers


class Publisher(Protocol):
    """Tells one receiver what happens, until it is told to stop."""

    @property
    def status(self) -> PublisherStatus:
        """How it is doing; from any thread."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Publish until `stopping` is set, whatever the receiver does."""


class Publishing:
    """Runs publishers in an event loop of their own."""

    def __init__(self, publishers: Sequence[Publisher] = ()) -> None:
        self._lock = threading.Lock()
        self._publishers: list[Publisher] = list(publishers)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._keepers: dict[Publisher, tuple[asyncio.Task[None], asyncio.Event]] = {}
        self._is_over: asyncio.Event | None = None
        self._is_running = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publishing", daemon=True)
        self._log = structlog.get_logger()

    @property
    def publishers(self) -> list[Publisher]:
        """All that are to run."""
        with self._lock:
            return list(self._publishers)

    @property
    def statuses(self) -> list[PublisherStatus]:
        """How every publisher is doing."""
        with self._lock:
            return [publisher.status for publisher in self._publishers]

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()
        self._is_running.wait()

    def stop(self, timeout_s: float = STOP_WITHIN_S) -> None:
        """Let every publisher say its last word; returns within about the time."""
        loop, is_over = self._loop, self._is_over
        if loop is None or is_over is None or loop.is_closed():
            return
        loop.call_soon_threadsafe(is_over.set)
        self._thread.join(timeout_s + 1)

    def change(self, publishers: Sequence[Publisher]) -> None:
        """Run these from now on; those that are among them already run on undisturbed."""
        with self._lock:
            self._publishers = list(publishers)
        if self._loop is not None and not self._loop.is_closed():
            asyncio.run_coroutine_threadsafe(self._settle(), self._loop).result(STOP_WITHIN_S + 1)

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop, self._is_over = asyncio.get_running_loop(), asyncio.Event()
        await self._settle()
        self._is_running.set()
        await self._is_over.wait()
        await self._end(list(self._keepers))

    async def _settle(self) -> None:
        """Start what is new and end what is no longer wanted."""
        with self._lock:
            wanted = list(self._publishers)
        await self._end([each for each in self._keepers if each not in wanted])
        for publisher in wanted:
            if publisher not in self._keepers:
                stopping = asyncio.Event()
                task = asyncio.create_task(self._keep(publisher, stopping))
                self._keepers[publisher] = (task, stopping)

    async def _end(self, publishers: Sequence[Publisher]) -> None:
        keepers = [self._keepers.pop(each) for each in publishers]
        for _, stopping in keepers:
            stopping.set()
        tasks = [task for task, _ in keepers]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_WITHIN_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep(self, publisher: Publisher, stopping: asyncio.Event) -> None:
        """Run one publisher; one that breaks is told in the log and tried anew."""
        backoff, failures = Backoff(), 0
        while not stopping.is_set():
            task = asyncio.create_task(publisher.run(stopping))
            try:
                await asyncio.wait({task})
            finally:
                task.cancel()
            failures += 1
            error = None if task.cancelled() else task.exception()
            if error is not None:
                self._log.error("publisher broke", publisher=publisher.status.name, exc_info=error)
            delay_s = backoff.delay_s(failures, random.SystemRandom())
            await is_set_within(stopping, delay_s)


async def is_set_within(event: asyncio.Event, timeout_s: float) -> bool:
    """Whether the event came about in time; waits no longer than for it."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return event.is_set()
    return True
