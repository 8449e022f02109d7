"""Notices that somebody has set the clock."""

import time
from collections.abc import Callable

JUMP_NS = 250_000_000  # slewing by a time service stays far below
LONGEST_READ_NS = 50_000_000  # a reading that took longer compares nothing


class ClockWatch:
    """Compares the time of day with a clock that nobody sets."""

    def __init__(
        self,
        clock_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._clock_ns = clock_ns
        self._monotonic_ns = monotonic_ns
        self._ahead_ns: int | None = None

    def has_jumped(self) -> bool:
        """Whether the clock was set since the last call."""
        before_ns = self._monotonic_ns()
        wall_ns = self._clock_ns()
        after_ns = self._monotonic_ns()
        if after_ns - before_ns > LONGEST_READ_NS:
            return False
        ahead_ns, last_ns = wall_ns - after_ns, self._ahead_ns
        self._ahead_ns = ahead_ns
        return last_ns is not None and abs(ahead_ns - last_ns) > JUMP_NS
