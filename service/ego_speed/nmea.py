"""Speed and place from a satellite receiver that speaks NMEA 0183, by serial line or TCP."""

import socket
import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pynmea2  # type: ignore[import-untyped]
import serial  # type: ignore[import-untyped]

from service.ego_speed.reading import FASTEST_MPS, Position, SpeedReading, position_of
from service.ego_speed.receiver import Receiver, Take

MPS_PER_KNOT = 1852 / 3600
CONNECT_WITHIN_S = 3.0
SILENT_FOR_S = 5.0
"""A receiver says something every second or so; one that is silent for longer is tried anew."""
LONGEST_LINE = 4096  # bytes without a line's end: that is no NMEA
LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class NmeaGnss:
    """A satellite receiver at a serial line (`/dev/ttyS1`) or a TCP port (`tcp://host:port`)."""

    address: str
    baud: int = 9600
    max_age_s: float = 1.5

    def __post_init__(self) -> None:
        fault = nmea_address_fault(self.address)
        if fault:
            raise ValueError(fault)

    def open(self) -> Receiver:
        """Something that listens to it once it is started."""
        return Receiver("gnss", self.address, self.listen, self.max_age_s)

    def listen(self, take: Take, stopping: threading.Event) -> None:
        """Pass readings on until the event is set; raises OSError or ValueError."""
        listen = _listen_tcp if _is_tcp(self.address) else _listen_serial
        listen(self, take, stopping)


def nmea_address_fault(address: str) -> str:
    """What is wrong with an address; empty when nothing is."""
    if not _is_tcp(address):
        is_path = address.startswith("/") or address.upper().startswith("COM")
        return "" if is_path else f"wanted /dev/… or tcp://host:port, got {address!r}"
    try:
        parts = urlsplit(address)
        is_whole = bool(parts.hostname and parts.port)
    except ValueError:
        is_whole = False
    return "" if is_whole else f"wanted tcp://host:port, got {address!r}"


def speed_of(line: str) -> SpeedReading | None:
    """The reading in one sentence; None for a sentence without one, or without a valid fix."""
    try:
        sentence = pynmea2.parse(line, check=True)
    except pynmea2.ParseError:
        return None
    kind = getattr(sentence, "sentence_type", "")
    try:
        if kind == "RMC":
            if sentence.status != "A" or sentence.spd_over_grnd is None:
                return None
            position = None
            if sentence.lat and sentence.lon:
                position = position_of(float(sentence.latitude), float(sentence.longitude))
            return _reading(float(sentence.spd_over_grnd) * MPS_PER_KNOT, position)
        if kind == "VTG":
            is_void = getattr(sentence, "faa_mode", None) in ("N", "E", "M", "S")
            if is_void or sentence.spd_over_grnd_kmph is None:
                return None
            return _reading(float(sentence.spd_over_grnd_kmph) / 3.6, None)
    except (TypeError, ValueError):
        return None  # a field that holds no number
    return None


def _reading(speed_mps: float, position: Position | None) -> SpeedReading | None:
    """None for what cannot be: a speed over ground is never below 0, nor nan."""
    is_speed = 0 <= speed_mps <= FASTEST_MPS
    return SpeedReading(speed_mps, position) if is_speed else None


@dataclass(slots=True)
class NmeaLines:
    """Bytes as they come, cut into sentences; a receiver with both RMC and VTG is read by RMC."""

    _rest: bytes = b""
    _has_place: bool = field(default=False)

    def take(self, data: bytes) -> list[SpeedReading]:
        """The readings in what has just come."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise ValueError("what comes is no NMEA: no line ends")
        readings = []
        for line in lines:
            reading = speed_of(line.decode("ascii", "replace").strip())
            if reading is None:
                continue
            self._has_place = self._has_place or reading.position_deg is not None
            if reading.position_deg is not None or not self._has_place:
                readings.append(reading)
        return readings


def _is_tcp(address: str) -> bool:
    return address.startswith("tcp://")


def _listen_tcp(source: NmeaGnss, take: Take, stopping: threading.Event) -> None:
    parts = urlsplit(source.address)
    lines, silent_s = NmeaLines(), 0.0
    with socket.create_connection((parts.hostname, parts.port), CONNECT_WITHIN_S) as line:
        line.settimeout(LOOK_S)
        while not stopping.is_set():
            try:
                data = line.recv(4096)
            except TimeoutError:
                silent_s += LOOK_S
                if silent_s > SILENT_FOR_S:
                    raise OSError(f"{source.address} has been silent") from None
                continue
            if not data:
                raise OSError(f"{source.address} has hung up")
            silent_s = 0.0
            for reading in lines.take(data):
                take(reading)


def _listen_serial(source: NmeaGnss, take: Take, stopping: threading.Event) -> None:
    lines = NmeaLines()
    with serial.Serial(source.address, source.baud, timeout=LOOK_S) as line:
        while not stopping.is_set():
            for reading in lines.take(line.read(max(1, line.in_waiting))):
                take(reading)
