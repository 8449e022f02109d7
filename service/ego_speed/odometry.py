"""The speed in a message of the vehicle's network: JSON, as ITxPT and operators' gateways send."""

import json
import sys
from dataclasses import dataclass, field
from typing import Any, Literal

from service.ego_speed.reading import FASTEST_MPS, Position, SpeedReading, position_of

Unit = Literal["m/s", "km/h"]
MPS_PER_UNIT: dict[str, float] = {"m/s": 1.0, "km/h": 1 / 3.6}


@dataclass(frozen=True, slots=True)
class OdometryFormat:
    """Where in the JSON the speed stands, and in which unit."""

    speed_field: str = "speed"
    """Dotted path, such as `vehicle.speed.value`."""
    unit: Unit = "km/h"
    time_field: str = "timestamp"
    """Dotted path of the sender's own time, any text or number that changes; it may be missing."""
    latitude_field: str = "latitude"
    longitude_field: str = "longitude"


@dataclass(slots=True)
class OdometryReader:
    """Reads message after message; one whose own time stands still says nothing new."""

    format: OdometryFormat = field(default_factory=OdometryFormat)
    _last_time: object = None

    def read(self, payload: bytes | bytearray | str) -> SpeedReading | None:
        """The reading, or None when the sender repeats itself; raises ValueError for no speed."""
        try:
            message = json.loads(payload)
        except (ValueError, RecursionError):
            raise ValueError(f"wanted JSON, got {payload[:40]!r}") from None
        speed = _at_path(message, self.format.speed_field)
        if not _is_number(speed):
            raise ValueError(f"wanted a number at {self.format.speed_field!r}, got {speed!r:.40}")
        speed_mps = float(speed) * MPS_PER_UNIT[self.format.unit]
        if not -FASTEST_MPS <= speed_mps <= FASTEST_MPS:
            raise ValueError(f"{speed!r} {self.format.unit} is no speed of a tram")
        sent_at = _at_path(message, self.format.time_field)
        is_repeated = sent_at is not None and sent_at == self._last_time
        self._last_time = sent_at
        return None if is_repeated else SpeedReading(speed_mps, self._position(message))

    def _position(self, message: Any) -> Position | None:
        latitude = _at_path(message, self.format.latitude_field)
        longitude = _at_path(message, self.format.longitude_field)
        if not (_is_number(latitude) and _is_number(longitude)):
            return None
        return position_of(float(latitude), float(longitude))


def _at_path(message: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(message, dict):
            return None
        message = message.get(name)
    return message


def _is_number(value: Any) -> bool:
    """Whether it is a finite number that a float can hold."""
    is_numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return is_numeric and abs(value) <= sys.float_info.max
