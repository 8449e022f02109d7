"""Names of MQTT topics: PREFIX/SITE/…"""

import json
from dataclasses import dataclass

from service.live.records import AlertRecord, CameraRecord, LotRecord, Record, SpotRecord
from service.live.weather import Weather, WeatherChange

PRESSED = (b"", b"PRESS")
"""What a button sends; the second is Home Assistant's."""


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one site."""

    prefix: str
    site_id: str

    @property
    def root(self) -> str:
        """Where all of them begin."""
        return f"{self.prefix}/{self.site_id}"

    @property
    def availability(self) -> str:
        """`online` while the service lives, else `offline`."""
        return f"{self.root}/availability"

    @property
    def events(self) -> str:
        """Every change, not retained."""
        return f"{self.root}/events"

    @property
    def acknowledgements(self) -> str:
        """Where commands that acknowledge an alert come in, any tram."""
        return f"{self.root}/trams/+/acknowledge"

    @property
    def weather(self) -> str:
        """Where reports of the weather come in."""
        return f"{self.root}/weather/set"

    def acknowledge(self, camera_id: str) -> str:
        """Where commands that acknowledge one tram's alert come in."""
        return f"{self.root}/trams/{camera_id}/acknowledge"

    def state(self, record: Record) -> str:
        """Where a state is retained."""
        match record:
            case SpotRecord():
                return f"{self.root}/spots/{record.spot_id}"
            case LotRecord():
                return f"{self.root}/lots/{record.lot_id}"
            case AlertRecord():
                return f"{self.root}/trams/{record.camera_id}"
            case CameraRecord():
                return f"{self.root}/cameras/{record.camera_id}"
        raise TypeError(f"wanted a spot, lot, tram or camera, got {type(record).__name__}")


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody saw a tram's alert."""

    camera_id: str
    alert_id: int | None
    """None means the one that is shown now."""


def weather_change(payload: bytes) -> WeatherChange:
    """The report in a message: a word such as `rain`, or what the API takes; raises ValueError."""
    word = payload.decode(errors="replace").strip()
    if word in tuple(Weather):
        return WeatherChange.model_validate({"weather": word})
    return WeatherChange.model_validate_json(payload)


def acknowledgement(topic: str, payload: bytes) -> Acknowledgement | None:
    """The command in a message: nothing, a number, or `{"alert_id": 3}`; None if it is none."""
    levels = topic.split("/")
    if len(levels) < 3 or levels[-1] != "acknowledge" or levels[-3] != "trams":
        return None
    try:
        said = None if payload.strip() in PRESSED else json.loads(payload)
    except ValueError:
        return None
    if isinstance(said, dict):
        said = said.get("alert_id")
    if said is not None and (not isinstance(said, int) or isinstance(said, bool)):
        return None
    return Acknowledgement(levels[-2], said)
