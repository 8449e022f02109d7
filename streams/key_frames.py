"""How far apart a stream's key frames come, and whether they are enough to look at."""

from vision.frame import NS_PER_S

LIVELY_SHARE = 0.003
"""Coded size of the pictures between key frames, over a key frame's; 0.0006 where a camera hangs
and repeats its picture, 0.008 and more in recorded views. Only pictures in a row can show that it
hangs, and where nothing moves they are decoded at next to no cost."""
LATE_SHARE = 0.1
"""A key frame may come so much later than wanted: cameras count pictures, not seconds."""


class KeyFrameRhythm:
    """Follows the key frames of one stream by the times of its coded pictures alone."""

    def __init__(self, within_s: float, steady_s: float = 10.0) -> None:
        """Key frames are enough where they have been at most `within_s` apart for `steady_s`."""
        self._steady_ns = round(steady_s * NS_PER_S)
        self._longest_ns = round(within_s * (1 + LATE_SHARE) * NS_PER_S)
        self._last_ns: int | None = None
        self._steady_since_ns: int | None = None
        self._interval_ns: int | None = None
        self._key_bytes = 0
        self._bytes_between = 0
        self._pictures_between = 0
        self._is_enough = False

    @property
    def is_enough(self) -> bool:
        """Whether key frames come often enough, and the pictures between them are not all alike."""
        return self._is_enough

    @property
    def interval_s(self) -> float | None:
        """From one key frame to the next, as last seen or longer; None before there are two."""
        return None if self._interval_ns is None else self._interval_ns / NS_PER_S

    def observe(self, time_ns: int | None, n_bytes: int, *, is_key: bool) -> None:
        """Take note of a coded picture; without a time of its own it tells nothing."""
        is_lively = self._weigh(n_bytes, is_key=is_key)
        if time_ns is None:
            return
        if self._last_ns is None:
            if is_key:
                self._last_ns = self._steady_since_ns = time_ns
            return
        gap_ns = time_ns - self._last_ns
        if gap_ns > self._longest_ns or (is_key and gap_ns <= 0):
            self._is_enough, self._steady_since_ns = False, None
            self._interval_ns = max(gap_ns, self._interval_ns or 0) if gap_ns > 0 else None
        if not is_key:
            return
        self._last_ns = time_ns
        if self._steady_since_ns is None:
            self._steady_since_ns = time_ns
        self._interval_ns = gap_ns if gap_ns > 0 else None
        self._is_enough = is_lively and time_ns - self._steady_since_ns >= self._steady_ns

    def _weigh(self, n_bytes: int, *, is_key: bool) -> bool:
        """Whether something changed between the last two key frames, by coded sizes."""
        if not is_key:
            self._bytes_between += n_bytes
            self._pictures_between += 1
            return True
        least = LIVELY_SHARE * self._key_bytes * self._pictures_between
        is_lively = self._bytes_between >= least
        self._key_bytes, self._bytes_between, self._pictures_between = n_bytes, 0, 0
        return is_lively
