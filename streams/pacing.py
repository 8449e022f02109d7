"""Plays a clip at its own speed, as if it were a live camera."""

import time
from collections.abc import Callable
from dataclasses import replace

from vision.frame import NS_PER_S, Frame

MAX_LATE_NS = 1 * NS_PER_S
"""A machine too slow for the clip plays it slower, rather than ever further behind."""
_DEFAULT_PERIOD_NS = 40_000_000


class Pacer:
    """Holds each frame back until its time has come, and stamps it with that time in UTC.

    The clip may start again and again: timestamps keep rising, and the first frame of a pass
    follows the last one of the pass before at the distance that the last two frames had.
    """

    def __init__(
        self,
        wait: Callable[[float], object] = time.sleep,
        *,
        clock_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """`wait` takes seconds; the wait of an event lets the pacing be cut short."""
        self._wait = wait
        self._clock_ns = clock_ns
        self._monotonic_ns = monotonic_ns
        self._start_ns: int | None = None  # monotonic time of the clip's own time 0
        self._utc_offset_ns = 0
        self._last_due_ns: int | None = None
        self._last_stamp_ns = 0
        self._period_ns = _DEFAULT_PERIOD_NS

    def rewind(self) -> None:
        """Say that the next frame is the first one of a new pass."""
        self._start_ns = None

    def pace(self, frame: Frame) -> Frame:
        """Wait until `frame` is due; returns it with its UTC time in place of the clip's."""
        if self._start_ns is None:
            self._start_ns = self._first_due_ns() - frame.timestamp_ns
            self._utc_offset_ns = self._clock_ns() - self._monotonic_ns()
        due_ns = self._start_ns + frame.timestamp_ns
        early_ns = due_ns - self._monotonic_ns()
        if early_ns > 0:
            self._wait(early_ns / NS_PER_S)
        elif early_ns < -MAX_LATE_NS:
            self._start_ns -= early_ns
            due_ns -= early_ns
        return self._stamped(frame, due_ns)

    def _first_due_ns(self) -> int:
        now_ns = self._monotonic_ns()
        return (
            now_ns
            if self._last_due_ns is None
            else max(now_ns, self._last_due_ns + self._period_ns)
        )

    def _stamped(self, frame: Frame, due_ns: int) -> Frame:
        if self._last_due_ns is not None:
            self._period_ns = due_ns - self._last_due_ns
        self._last_due_ns = due_ns
        # The wall clock may be set back between two passes; timestamps may not.
        self._last_stamp_ns = max(due_ns + self._utc_offset_ns, self._last_stamp_ns + 1)
        return replace(frame, timestamp_ns=self._last_stamp_ns)
