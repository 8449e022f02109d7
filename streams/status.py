"""How a camera is doing, as anybody may read it at any time."""

from dataclasses import dataclass, field
from enum import StrEnum

from streams.tally import SourceStats


class ReaderState(StrEnum):
    """What a camera's reader is doing."""

    CONNECTING = "connecting"
    """No picture now; it is being tried again and again."""
    LIVE = "live"
    """Pictures come."""
    STALLED = "stalled"
    """The connection stood, but no picture came in time; it is being tried anew."""
    ENDED = "ended"
    """The clip is over, or the reader was stopped."""
    FAILED = "failed"
    """It cannot be read, and trying again would not help."""


@dataclass(frozen=True, slots=True)
class ReaderStatus:
    """A snapshot; nothing in it shows credentials."""

    camera_id: str
    source: str
    """The address, without credentials."""
    state: ReaderState
    reason: str = ""
    """Why it is not live, in one sentence; empty while it is."""
    since_ns: int = 0
    """UTC time at which the state began."""
    last_frame_ns: int | None = None
    """Timestamp of the newest frame."""
    connections: int = 0
    """How often it was opened; a clip that loops is opened once per pass."""
    failures: int = 0
    """Failed attempts in a row."""
    dropped: int = 0
    """Frames that nobody took in time."""
    pictures: SourceStats = field(default_factory=SourceStats)
    """What became of the pictures, over all connections."""
