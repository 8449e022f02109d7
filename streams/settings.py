"""How a source is opened."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """The defaults suit a camera on a local network."""

    transport: Literal["tcp", "udp"] = "tcp"
    """How RTSP carries the pictures: TCP loses none, UDP never waits for a lost one."""
    open_timeout_s: float = 10.0
    """A camera that has not answered by then is unreachable."""
    stall_after_s: float = 10.0
    """A camera that has sent no picture for so long has stalled."""
    decoder_threads: int = 1
    """Threads per decoder; one is enough for 1080p, and cameras share the processor fairly."""
    folder_rate_hz: float | None = None
    """Pictures per second in a folder; None takes the times in their names, else 1 per second."""
    key_frames_steady_s: float = 10.0
    """Key frames that came often enough for so long are trusted to be all that is needed."""
