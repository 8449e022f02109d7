"""Odometry over MQTT."""

import asyncio
import threading
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import aiomqtt
import structlog

from service.ego_speed.odometry import OdometryFormat, OdometryReader
from service.ego_speed.receiver import Receiver, Take
from streams.urls import redact

PORT = 1883
ANSWER_WITHIN_S = 3.0
KEEPALIVE_S = 5  # a broker that hangs is known within a few seconds
LOOK_S = 0.2  # how soon a stop is noticed
LONGEST_QUEUE = 16  # messages; older ones are of no use


@dataclass(frozen=True, slots=True)
class MqttOdometry:
    """A topic on which the vehicle tells its speed, several times a second."""

    address: str = field(repr=False)
    """`mqtt://user:password@host:port/the/topic`; secrets filled in."""
    max_age_s: float = 0.5
    format: OdometryFormat = field(default_factory=OdometryFormat)

    def __post_init__(self) -> None:
        fault = mqtt_address_fault(self.address)
        if fault:
            raise ValueError(fault)

    def open(self) -> Receiver:
        """Something that listens to it once it is started."""
        return Receiver("odometry", redact(self.address), self.listen, self.max_age_s)

    def listen(self, take: Take, stopping: threading.Event) -> None:
        """Pass readings on until the event is set; raises OSError where that cannot go on."""
        try:
            asyncio.run(_subscribe(self, take, stopping))
        except aiomqtt.MqttError as error:
            raise OSError(str(error)) from error


def mqtt_address_fault(address: str) -> str:
    """What is wrong with an address; empty when nothing is."""
    try:
        parts = urlsplit(address)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        has_port, parts = False, urlsplit("")
    is_whole = parts.scheme == "mqtt" and parts.hostname and parts.path.strip("/") and has_port
    return "" if is_whole else f"wanted mqtt://host:port/topic, got {redact(address)!r}"


async def _subscribe(source: MqttOdometry, take: Take, stopping: threading.Event) -> None:
    parts = urlsplit(source.address)
    client = aiomqtt.Client(
        parts.hostname or "",
        parts.port or PORT,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        timeout=ANSWER_WITHIN_S,
        keepalive=KEEPALIVE_S,
        max_queued_incoming_messages=LONGEST_QUEUE,
    )
    async with client:
        await client.subscribe(unquote(parts.path).lstrip("/"))
        reading = asyncio.ensure_future(_read(client, source, take))
        while not (stopping.is_set() or reading.done()):
            await asyncio.wait({reading}, timeout=LOOK_S)
        if not reading.done():
            reading.cancel()
            await asyncio.wait({reading})
        else:
            reading.result()


async def _read(client: aiomqtt.Client, source: MqttOdometry, take: Take) -> None:
    reader = OdometryReader(source.format)
    log = structlog.get_logger().bind(address=redact(source.address))
    has_complained = False
    async for message in client.messages:
        if message.retain:
            continue  # of a time that nobody knows
        try:
            payload = message.payload
            reading = reader.read(payload if isinstance(payload, bytes | str) else str(payload))
        except ValueError as error:
            if not has_complained:
                log.warning("a message tells no speed", trouble=str(error))
            has_complained = True
            continue
        if reading is not None:
            take(reading)
