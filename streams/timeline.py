"""Where each picture stands in time, whatever its source says."""

from vision.frame import NS_PER_S

MIN_STEP_NS = 1_000_000
"""Two pictures of one source are never closer than this: 1 ms."""
SPLICE_NS = NS_PER_S // 5
"""A clip whose shown pictures step back by more than this begins anew: clips were joined."""
RESTART_NS = 1 * NS_PER_S
"""The same for packets, which come in coding order and so step back up to 16 pictures."""
MAX_LAG_NS = 10 * NS_PER_S
"""A picture said to be older than this on arrival comes from a clock that stood still."""
MAX_DRIFT = 500e-6
"""How much slower than ours a camera's clock may run: cheap quartz is good to 100 ppm."""


class ClipTimeline:
    """Time since the first picture of a clip, always rising."""

    def __init__(self, period_ns: int) -> None:
        """Take the clip's mean time between two pictures, for those that carry no time."""
        self._period_ns = period_ns
        self._origin_ns: int | None = None
        self._last_ns: int | None = None

    def place(self, pts_ns: int | None) -> int:
        """Return the timestamp of the next picture, given its own time if it has one."""
        self._last_ns = self._next_ns(pts_ns)
        return self._last_ns

    def _next_ns(self, pts_ns: int | None) -> int:
        follows_ns = 0 if self._last_ns is None else self._last_ns + self._period_ns
        if pts_ns is None:
            return follows_ns
        if self._origin_ns is None:
            self._origin_ns = pts_ns - follows_ns
        if self._last_ns is None:
            return follows_ns
        since_origin_ns = pts_ns - self._origin_ns
        if since_origin_ns < self._last_ns - SPLICE_NS:
            self._origin_ns = pts_ns - follows_ns
            return follows_ns
        return max(since_origin_ns, self._last_ns + MIN_STEP_NS)


class LiveTimeline:
    """UTC capture times of a live source, always rising.

    A camera's own clock says how far apart two pictures are, not when they were taken. The
    picture that came fastest says best how the two clocks stand to each other, so the offset
    follows the smallest delay seen, and may leak upwards no faster than a clock drifts. What is
    left in it is the smallest delay between capture and arrival, which cannot be known from here.
    """

    def __init__(self) -> None:
        self._offset_ns: int | None = None
        self._pts_ns = 0
        self._arrival_ns = 0
        self._last_ns: int | None = None

    def observe(self, pts_ns: int | None, arrival_ns: int) -> None:
        """Take note that the packet with this time arrived at `arrival_ns` (UTC)."""
        since_last_ns = max(arrival_ns - self._arrival_ns, 0)
        self._arrival_ns = arrival_ns
        if pts_ns is None:
            return
        if self._offset_ns is None or pts_ns < self._pts_ns - RESTART_NS:
            self._offset_ns = arrival_ns - pts_ns
        lag_ns = arrival_ns - pts_ns - self._offset_ns
        if lag_ns < 0 or lag_ns > MAX_LAG_NS:
            self._offset_ns += lag_ns
        else:
            self._offset_ns += min(lag_ns, round(since_last_ns * MAX_DRIFT))
        self._pts_ns = pts_ns

    def place(self, pts_ns: int | None) -> int:
        """Return the capture time of the next picture: UTC, never later than its arrival.

        The one exception: two pictures are never closer than MIN_STEP_NS, so the first ones of a
        connection, which arrive in one burst, may run ahead by a millisecond each.
        """
        if pts_ns is None or self._offset_ns is None:
            captured_ns = self._arrival_ns
        else:
            captured_ns = pts_ns + self._offset_ns
        if self._last_ns is not None:
            captured_ns = max(captured_ns, self._last_ns + MIN_STEP_NS)
        self._last_ns = captured_ns
        return captured_ns
