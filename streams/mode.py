"""Which pictures of a source become frames."""

from dataclasses import dataclass, replace
from typing import Self

from vision.frame import NS_PER_S

# Pictures of a 30 Hz camera stand 33 ms apart, three of them 99 ms: still 10 in a second.
_EARLY_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class FrameMode:
    """Every frame by default; fewer to spare the processor.

    The two settings may be combined: key frames, but at most one a second.
    """

    key_frames_only: bool = False
    """Decode nothing but key frames (cheap: the others never pass through the decoder)."""
    max_rate_hz: float | None = None
    """At most so many frames per second of the source's own time."""
    key_frames_within_s: float | None = None
    """Decode key frames alone while the stream has one at least so often, else every picture."""

    def __post_init__(self) -> None:
        for name in ("max_rate_hz", "key_frames_within_s"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be above 0, got {value}")
        if self.key_frames_only and self.key_frames_within_s is not None:
            raise ValueError("key_frames_only and key_frames_within_s exclude each other")

    @property
    def decoded_whole(self) -> Self:
        """The same where no picture is left undecoded for its stream's sake: for recordings."""
        return replace(self, key_frames_within_s=None)

    @property
    def longest_gap_s(self) -> float:
        """How far apart two frames may be on purpose, unless only key frames are wanted."""
        return max(1 / self.max_rate_hz if self.max_rate_hz else 0.0, self.key_frames_within_s or 0)


EVERY_FRAME = FrameMode()
KEY_FRAMES = FrameMode(key_frames_only=True)


class RateLimit:
    """Lets at most so many frames per second through, judged by their timestamps alone.

    Where they go back by more than two periods, the camera's clock was set back: all begins anew.
    """

    def __init__(self, mode: FrameMode) -> None:
        rate_hz = mode.max_rate_hz
        self._period_ns = 0 if rate_hz is None else round(NS_PER_S / rate_hz)
        self._early_ns = round(self._period_ns * _EARLY_SHARE)  # whole: UTC in ns fits no float
        self._due_ns: int | None = None

    def is_due(self, timestamp_ns: int) -> bool:
        """Whether the frame of this time is wanted; it then counts as taken."""
        is_set_back = self._due_ns is not None and timestamp_ns < self._due_ns - 2 * self._period_ns
        if self._due_ns is None or is_set_back:
            self._due_ns = timestamp_ns
        if timestamp_ns < self._due_ns - self._early_ns:
            return False
        # The grid is kept, so the mean rate is right; after a pause a new grid begins.
        next_on_grid_ns = self._due_ns + self._period_ns
        is_behind = next_on_grid_ns <= timestamp_ns
        self._due_ns = timestamp_ns + self._period_ns if is_behind else next_on_grid_ns
        return True
