"""One site's states at an MQTT broker: retained, with an expiry, and there again after outages."""

import asyncio
import json
import math
import random
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import aiomqtt
import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from service.live.hub import Hub
from service.live.records import EventRecord, Record
from service.live.subscription import Subscription
from service.publish.cloud_event import MEDIA_TYPE, cloud_event, gap_cloud_event
from service.publish.home_assistant import discovery, node_id
from service.publish.publisher_status import PublisherStatus
from service.publish.publishing import is_set_within
from service.publish.retained_state import Told, due_states
from service.publish.settings import MqttSettings
from service.publish.topics import Topics, acknowledgement, weather_change
from service.site.site import Site
from service.timestamps import NS_PER_S
from streams.backoff import Backoff

Acknowledge = Callable[[str, str, int | None], object]
"""Takes site_id, camera_id and alert_id; None means the alert that is shown."""
LOOK_S = 0.25  # how often displays are looked at when no event comes; one lives for half a second
LOOK_AT_ALL_S = 1.0  # how often spots, lots and cameras are, which may grow stale by themselves
AT_ONCE = 20  # messages on their way to the broker at the same time
ANSWER_WITHIN_S = 5.0
LAST_WORD_S = 1.0
KEEPALIVE_S = 15
BACKOFF = Backoff(first_s=0.5, limit_s=15.0)
MANY_FAILURES = 3  # in a row: that the broker was restarted does not explain them
ONLINE, OFFLINE = "online", "offline"


class MqttPublisher:
    """Keeps a broker's retained states equal to the hub's, and takes commands from it.

    A broker that is away stops nothing: once it is back, it is told every state as it is then, and
    the changes that it missed, as many as the hub keeps. Where some are gone, it is told so.
    """

    def __init__(
        self,
        site_id: str,
        settings: MqttSettings,
        hub: Hub,
        *,
        acknowledge: Acknowledge | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
        backoff: Backoff = BACKOFF,
    ) -> None:
        self._site_id = site_id
        self._settings = settings
        self._hub = hub
        self._acknowledge = acknowledge
        self._clock_ns = clock_ns
        self._backoff = backoff
        self._topics = Topics(settings.prefix, site_id)
        self._announced: set[str] = set()
        self._told: dict[str, Told] = {}
        self._told_id: int | None = None
        """The last event that the broker has taken, or that was there before the first one."""
        self._status = PublisherStatus(f"mqtt {site_id}", reason="not connected yet")
        self._log = structlog.get_logger().bind(site_id=site_id, broker=self._broker)

    def __eq__(self, other: object) -> bool:
        """Whether the other would do the same."""
        return isinstance(other, MqttPublisher) and self._work == other._work

    def __hash__(self) -> int:
        return hash(self._work)

    @property
    def _work(self) -> tuple[object, ...]:
        return (self._site_id, self._settings, id(self._hub))

    @property
    def status(self) -> PublisherStatus:
        """How it is doing; from any thread."""
        return self._status

    async def run(self, stopping: asyncio.Event) -> None:
        """Connect, tell, and connect again after every loss, until told to stop."""
        failures, loop = 0, asyncio.get_running_loop()
        self._told_id = self._hub.newest_event_id
        while not stopping.is_set():
            began_s = loop.time()
            try:
                async with self._client() as client:
                    self._status = replace(self._status, is_connected=True, reason="")
                    self._log.info("broker connected")
                    await self._serve(client, stopping)
            except (aiomqtt.MqttError, OSError) as error:
                # a connection that ends at once, again and again, is no success
                failures = 1 if loop.time() - began_s > self._backoff.limit_s else failures + 1
                self._lose(error, failures)
                await is_set_within(
                    stopping, self._backoff.delay_s(failures, random.SystemRandom())
                )
        self._status = replace(self._status, is_connected=False, reason="stopped")

    def _lose(self, error: Exception, failures: int) -> None:
        status, reason = self._status, f"{self._broker} does not answer: {error}"
        if status.is_connected and failures >= MANY_FAILURES:
            reason = (
                f"{self._broker} ends every connection at once: another service may use the"
                f" client_id {self._client_id!r}, too"
            )
        if status.is_connected or status.reason != reason:
            self._log.warning("broker lost", reason=reason)
        self._status = replace(
            status, is_connected=False, reason=reason, failures=status.failures + 1
        )

    @property
    def _broker(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    @property
    def _client_id(self) -> str:
        return self._settings.client_id or f"wayside-{self._site_id}"

    def _client(self) -> aiomqtt.Client:
        return connection_to(
            self._settings,
            self._client_id,
            will=aiomqtt.Will(self._topics.availability, OFFLINE, qos=1, retain=True),
        )

    async def _serve(self, client: aiomqtt.Client, stopping: asyncio.Event) -> None:
        """Tell and listen until one of the two ends; raises MqttError when the broker is gone."""
        self._told.clear()
        self._announced.clear()
        tasks = {
            asyncio.create_task(self._listen(client)),
            asyncio.create_task(self._tell(client, stopping)),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            if stopping.is_set():  # first, and without an answer: there may be no time left
                await client.publish(self._topics.availability, OFFLINE, retain=True)
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in done:
            task.result()

    async def _tell(self, client: aiomqtt.Client, stopping: asyncio.Event) -> None:
        """Tell what is new, as it comes and at least four times a second."""
        await client.subscribe(self._topics.acknowledgements, qos=1)
        await client.subscribe(self._topics.weather, qos=1)
        subscription = self._hub.subscribe(self._told_id)
        site: Site | None = None
        news: list[EventRecord] = []
        all_at_s = -math.inf
        try:
            while not stopping.is_set():
                if self._hub.site(self._site_id) is not site:
                    site = self._hub.site(self._site_id)
                    await self._announce(client, site)
                if subscription.has_gap:
                    await self._tell_gap(client)
                    subscription.has_gap = False
                await self._tell_events(client, news)
                now_s = asyncio.get_running_loop().time()
                is_full_look = bool(news) or now_s - all_at_s >= LOOK_AT_ALL_S
                all_at_s = now_s if is_full_look else all_at_s
                await self._tell_states(client, is_full_look)
                if subscription.is_cut:
                    self._hub.unsubscribe(subscription)
                    subscription = self._hub.subscribe(self._told_id)
                news = await _next(subscription)
            await self._say_goodbye(client)
        finally:
            self._hub.unsubscribe(subscription)

    async def _announce(self, client: aiomqtt.Client, site: Site | None) -> None:
        """Say that the service lives, and to Home Assistant what there is."""
        await self._retain(client, self._topics.availability, ONLINE)
        prefix = self._settings.discovery
        if prefix is None or site is None:
            return
        entities = discovery(site, self._topics, prefix)
        await self._clear(client, self._announced - entities.keys())
        self._announced = set(entities)
        await self._retain_all(
            client, [(topic, json.dumps(entity), None) for topic, entity in entities.items()]
        )
        # what an earlier life announced comes back to `_listen`, which clears what is gone
        await client.subscribe(f"{prefix}/+/{node_id(self._site_id)}/+/config")

    async def _tell_states(self, client: aiomqtt.Client, is_full_look: bool) -> None:
        now_ns = self._clock_ns()
        states = self._states(now_ns, is_full_look)
        due = due_states(states, self._told, now_ns)
        await self._retain_all(
            client,
            [
                (
                    topic,
                    told.record.model_dump_json(exclude={"polygon"}),
                    (told.expires_at_ns - now_ns) // NS_PER_S,
                )
                for topic, told in due.items()
            ],
        )
        self._told |= due
        if is_full_look:
            await self._clear(client, self._told.keys() - states.keys())

    def _states(self, now_ns: int, is_full_look: bool) -> dict[str, Record]:
        """The site's states by topic: displays, and on a full look all others."""
        site_id, hub = self._site_id, self._hub
        if hub.site(site_id) is None:
            return {}
        records: list[Record] = [*hub.alerts(site_id, now_ns)]
        if is_full_look:
            records += [
                *hub.spots(site_id, now_ns),
                *hub.lots(site_id, now_ns),
                *hub.cameras(site_id),
            ]
        return {self._topics.state(record): record for record in records}

    async def _tell_events(self, client: aiomqtt.Client, events: Iterable[EventRecord]) -> None:
        for event in events:
            if event.site_id == self._site_id:
                await self._tell_change(client, cloud_event(event))
            self._told_id = event.id

    async def _tell_gap(self, client: aiomqtt.Client) -> None:
        """Say that changes after the last one told are gone."""
        gap = gap_cloud_event(self._site_id, self._told_id or 0, self._clock_ns())
        await self._tell_change(client, gap)

    async def _tell_change(self, client: aiomqtt.Client, envelope: Mapping[str, object]) -> None:
        if not self._settings.sends_events:
            return
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.ContentType = MEDIA_TYPE
        text = json.dumps(envelope, ensure_ascii=False)
        await client.publish(self._topics.events, text, qos=1, properties=properties)
        self._count(1)

    async def _listen(self, client: aiomqtt.Client) -> None:
        """Take acknowledgements, and clear what an earlier life of the service announced."""
        async for message in client.messages:
            topic, payload = str(message.topic), message.payload
            command = acknowledgement(topic, payload)
            if command is not None and not message.retain:
                self._log.info(
                    "alert acknowledged by message",
                    camera_id=command.camera_id,
                    alert_id=command.alert_id,
                )
                if self._acknowledge is not None:
                    self._acknowledge(self._site_id, command.camera_id, command.alert_id)
            elif topic == self._topics.weather and isinstance(payload, bytes):
                await asyncio.to_thread(self._take_weather, payload, bool(message.retain))
            elif topic.endswith("/config") and payload and topic not in self._announced:
                await self._clear(client, {topic})

    def _take_weather(self, payload: bytes, is_retained: bool) -> None:
        """A retained report may be of any age: it must say itself when it was seen."""
        try:
            change = weather_change(payload)
            if is_retained and change.observed_at is None:
                raise ValueError("a retained report must say observed_at")
            self._hub.weathers.take(self._site_id, change.report(self._clock_ns()))
        except ValueError as error:
            self._log.warning("report of the weather not understood", reason=str(error)[:200])

    async def _say_goodbye(self, client: aiomqtt.Client) -> None:
        """Leave nothing behind of a site that is no longer served, as far as time allows."""
        if self._hub.site(self._site_id) is None:
            async with asyncio.timeout(LAST_WORD_S):
                await self._clear(client, self._told.keys() | self._announced)

    async def _retain_all(
        self, client: aiomqtt.Client, messages: Sequence[tuple[str, str, int | None]]
    ) -> None:
        for begin in range(0, len(messages), AT_ONCE):
            await asyncio.gather(
                *(self._retain(client, *each) for each in messages[begin : begin + AT_ONCE])
            )

    async def _retain(
        self, client: aiomqtt.Client, topic: str, payload: str, expires_after_s: int | None = None
    ) -> None:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if expires_after_s is not None:
            properties.MessageExpiryInterval = expires_after_s
        await client.publish(topic, payload, qos=1, retain=True, properties=properties)
        self._count(1)

    async def _clear(self, client: aiomqtt.Client, topics: Collection[str]) -> None:
        cleared = list(topics)
        for begin in range(0, len(cleared), AT_ONCE):
            await asyncio.gather(
                *(
                    client.publish(topic, None, qos=1, retain=True)
                    for topic in cleared[begin : begin + AT_ONCE]
                )
            )
        for topic in cleared:
            self._told.pop(topic, None)

    def _count(self, messages: int) -> None:
        self._status = replace(self._status, sent=self._status.sent + messages)


async def _next(subscription: Subscription) -> list[EventRecord]:
    """The next events, or none after a while; a hub that has closed brings none."""
    if subscription.is_closed:
        await asyncio.sleep(LOOK_S)
        return []
    return await subscription.next(LOOK_S)


def connection_to(
    settings: MqttSettings, client_id: str, will: aiomqtt.Will | None = None
) -> aiomqtt.Client:
    """A connection to the broker, to be entered; raises MqttError or OSError then."""
    client = aiomqtt.Client(
        settings.host,
        settings.port,
        username=settings.username,
        password=settings.password,
        identifier=client_id,
        protocol=aiomqtt.ProtocolVersion.V5,
        will=will,
        keepalive=KEEPALIVE_S,
        timeout=ANSWER_WITHIN_S,
        tls_context=_tls_context(settings),
    )
    client.pending_calls_threshold = AT_ONCE  # so many are ours: no warning for each of them
    return client


def _tls_context(settings: MqttSettings) -> ssl.SSLContext | None:
    if not settings.is_encrypted:
        return None
    return ssl.create_default_context(cafile=settings.ca_file)
