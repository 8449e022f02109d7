"""How old a camera's newest picture is, even while somebody sets the clock."""

import time
from collections.abc import Callable

from service.timestamps import NS_PER_S
from vision.frame import Frame

AHEAD_S = 0.25
"""A picture may be dated so far ahead: the first ones of a connection come in one burst."""


class PictureAge:
    """The age of a picture on arrival by its date, and from then on by a clock nobody sets."""

    def __init__(
        self,
        clock_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._clock_ns = clock_ns
        self._monotonic_ns = monotonic_ns
        self._frame: Frame | None = None
        self._age_ns = 0
        self._since_ns = 0

    def of(self, frame: Frame | None) -> float | None:
        """Seconds; None without a picture, below 0 for one from the future."""
        if frame is None:
            return None
        if frame is not self._frame:
            self._frame, self._since_ns = frame, self._monotonic_ns()
            self._age_ns = self._clock_ns() - frame.timestamp_ns
        if self._age_ns < -AHEAD_S * NS_PER_S:
            return self._age_ns / NS_PER_S
        passed_ns = self._monotonic_ns() - self._since_ns
        return (max(self._age_ns, 0) + passed_ns) / NS_PER_S
