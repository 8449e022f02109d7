"""How a publisher is doing, as anybody may read it at any time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublisherStatus:
    """A snapshot; nothing in it shows credentials."""

    name: str
    """Such as `mqtt yard`."""
    is_connected: bool = False
    reason: str = ""
    """Why it is not connected, in one sentence; empty while it is."""
    sent: int = 0
    """Messages taken by the other side since the start."""
    failures: int = 0
    """Connections or messages that failed since the start."""
    waiting: int = 0
    """Messages that wait to be sent."""
