"""What became of one picture: who saw it, when, and where the time went."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.cameras.stage_timer import StageSpan


@dataclass(frozen=True, slots=True)
class PictureReport:
    """One picture from its capture to its published result; times are UTC."""

    site_id: str
    camera_id: str
    frame_id: int
    captured_ns: int
    taken_ns: int
    """When the camera's worker took it out of the mailbox."""
    published_ns: int
    spans: Sequence[StageSpan]


PictureObserver = Callable[[PictureReport], None]
"""Told of every picture in its camera's own thread: must return at once."""
