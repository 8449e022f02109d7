"""Waits within an event loop for what threads publish, without looking again and again."""

import asyncio


class News:
    """Rings when its camera has published; belongs to the event loop in which it was made."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()

    def tell(self) -> None:
        """Ring, from any thread; several rings before a look are one."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._rung.set)

    async def wait(self, timeout_s: float) -> bool:
        """Whether there was news since the last call, within `timeout_s` at most."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True
