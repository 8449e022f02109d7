"""What a mission asks for the own speed, whichever way it comes."""

from typing import Protocol

from service.ego_speed.reading import SpeedOrigin, SpeedReading
from service.ego_speed.recorded import EgoSpeed


class SpeedSource(Protocol):
    """Gives the newest speed; one that is too old is none."""

    origin: SpeedOrigin

    def at(self, clip_s: float) -> SpeedReading | None:
        """The speed now, `clip_s` after the first picture; None when it is not known."""

    def start(self) -> None:
        """Begin to listen."""

    def stop(self) -> None:
        """Stop listening; returns within seconds."""


class RecordedSource:
    """A constant, or a recording beside a clip."""

    def __init__(self, speed: EgoSpeed) -> None:
        self._speed = speed
        self.origin: SpeedOrigin = "recording" if len(speed.times_s) > 1 else "constant"

    def at(self, clip_s: float) -> SpeedReading | None:
        """The speed at that time of the clip."""
        speed_mps = self._speed.at(clip_s)
        return None if speed_mps is None else SpeedReading(speed_mps)

    def start(self) -> None:
        """Nothing has to be listened to."""

    def stop(self) -> None:
        """Nothing is held open."""


class PictureSource:
    """The picture itself tells the speed: no reading comes from elsewhere."""

    origin: SpeedOrigin = "picture"

    def at(self, clip_s: float) -> SpeedReading | None:  # noqa: ARG002
        """None, always: the watch estimates."""
        return None

    def start(self) -> None:
        """Nothing has to be listened to."""

    def stop(self) -> None:
        """Nothing is held open."""
