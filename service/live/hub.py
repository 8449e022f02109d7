"""The newest of every camera, and every change to whoever listens."""

import itertools
import threading
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from service.cabin.cabins import Cabins
from service.cabin.driver_keys import DriverKeys
from service.live.audience import Audience
from service.live.camera_state import CameraState, Result
from service.live.news import News
from service.live.records import (
    AlertRecord,
    CameraRecord,
    EventRecord,
    LotRecord,
    SpotRecord,
    ViolationRecord,
)
from service.live.site_state import SiteState
from service.live.subscription import LONGEST_QUEUE, Subscription
from service.live.weather import Weathers
from service.site.site import Camera, Site
from vision.frame import Frame
from vision.parking.spot_state import SpotState
from vision.tram.watch import TramResult

RING_SIZE = 2048  # events kept for readers that come back


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class LiveView:
    """A camera's newest picture and what was found in it."""

    frame: Frame
    result: Result


class Hub:
    """Where workers publish and clients read; every method may be called from any thread."""

    def __init__(
        self,
        sites: Sequence[Site],
        *,
        first_event_id: int = 1,
        ring_size: int = RING_SIZE,
        earlier: Sequence[EventRecord] = (),
    ) -> None:
        """Over `sites`; `earlier` events, of a life before this one, are kept for readers."""
        self._lock = threading.Lock()
        self._ids = itertools.count(first_event_id)
        self._first_event_id = first_event_id
        self._last_gone_id = None if earlier else first_event_id - 1
        self._states = {site.site_id: SiteState(site, self._ids) for site in sites}
        self._ring: deque[EventRecord] = deque(earlier, maxlen=ring_size)
        self._subscriptions: set[Subscription] = set()
        self._audiences: dict[AbstractEventLoop, Audience] = {}
        self._sinks: list[Callable[[Sequence[EventRecord]], None]] = []
        self._views: dict[tuple[str, str], LiveView] = {}
        self._versions: dict[tuple[str, str], int] = {}
        self._listeners: dict[tuple[str, str], set[News]] = {}
        self._is_closed = False
        self._cut_reader_count = 0
        self.driver_keys = DriverKeys()
        """What drivers pressed, for the cameras' threads."""
        self.cabins = Cabins()
        """What is known of the trams' cabins besides their alerts."""
        self.weathers = Weathers()
        """What weather operators report."""

    @property
    def sites(self) -> list[Site]:
        """All sites served."""
        return [state.site for state in self._states.values()]

    def site(self, site_id: str) -> Site | None:
        """The site of this id, if it is served."""
        state = self._states.get(site_id)
        return None if state is None else state.site

    def publish(
        self,
        site_id: str,
        result: Result,
        frame: Frame | None = None,
        now_ns: int | None = None,
    ) -> None:
        """Take a camera's newest result, with its picture if there is a new one.

        `now_ns` is the time of day (UTC), by which a result may come too late.
        """
        key = (site_id, result.camera_id)
        with self._lock:
            if frame is not None:
                self._views[key] = LiveView(frame, result)
            elif key in self._views:
                self._views[key] = LiveView(self._views[key].frame, result)
            self._versions[key] = self._versions.get(key, 0) + 1
            state = self._states[site_id]
            changes = state.update(result, now_ns)
            if isinstance(result, TramResult):
                self.cabins.take(site_id, state.as_told(result, now_ns))
            self._send(changes)
            for news in self._listeners.get(key, ()):
                news.tell()

    def restore(self, site_id: str, spots: Mapping[str, SpotState]) -> None:
        """Take what was known before a restart; what cameras have seen since counts for more."""
        with self._lock:
            self._states[site_id].restore(spots)

    def change_sites(self, sites: Sequence[Site], now_ns: int) -> None:
        """Go on with these sites; what is known of what stayed is kept.

        Workers of cameras that are gone or changed must have stopped.
        """
        with self._lock:
            states: dict[str, SiteState] = {}
            events: list[EventRecord] = []
            for site in sites:
                state = self._states.get(site.site_id)
                if state is None:
                    state = SiteState(site, self._ids)
                else:
                    events += state.change(site, now_ns)
                states[site.site_id] = state
            self._states = states
            cameras = {(site.site_id, each.camera_id) for site in sites for each in site.cameras}
            self._views = {key: view for key, view in self._views.items() if key in cameras}
            self._send(events)

    def publish_camera(self, site_id: str, camera_id: str, state: CameraState, now_ns: int) -> None:
        """Take a camera's own state."""
        with self._lock:
            self._send(self._states[site_id].set_camera(camera_id, state, now_ns))

    def spots(self, site_id: str, now_ns: int) -> list[SpotRecord]:
        """The spots of one site as they may be told at `now_ns`."""
        with self._lock:
            return self._states[site_id].spots(now_ns)

    def violations(self, site_id: str) -> list[ViolationRecord]:
        """Vehicles of one site that stand where, or for longer than, they may; newest first."""
        with self._lock:
            return self._states[site_id].violations()

    def lots(self, site_id: str, now_ns: int) -> list[LotRecord]:
        """The lots of one site as they may be told at `now_ns`."""
        with self._lock:
            return self._states[site_id].lots(now_ns)

    def alerts(self, site_id: str, now_ns: int) -> list[AlertRecord]:
        """The displays of one site as they may be told at `now_ns`."""
        with self._lock:
            return self._states[site_id].alerts(now_ns)

    def cameras(self, site_id: str) -> list[CameraRecord]:
        """The cameras of one site."""
        with self._lock:
            return self._states[site_id].cameras()

    def camera(self, site_id: str, camera_id: str) -> Camera | None:
        """A camera's part of the site file, if both are served."""
        site = self.site(site_id)
        return None if site is None else site.camera(camera_id)

    def view(self, site_id: str, camera_id: str) -> LiveView | None:
        """A camera's newest picture, or None before the first."""
        with self._lock:
            return self._views.get((site_id, camera_id))

    def version(self, site_id: str, camera_id: str) -> int:
        """How many results a camera has published; another number means news."""
        with self._lock:
            return self._versions.get((site_id, camera_id), 0)

    @contextmanager
    def news_of(self, site_id: str, camera_id: str) -> Iterator[News]:
        """What rings whenever this camera has published, or at the end; use in an event loop."""
        news = News()
        with self._lock:
            listeners = self._listeners.setdefault((site_id, camera_id), set())
            listeners.add(news)
        try:
            yield news
        finally:
            with self._lock:
                listeners.discard(news)

    def subscribe(self, after_id: int | None = None, longest: int = LONGEST_QUEUE) -> Subscription:
        """Listen from now on, or from after an event id; call within an event loop."""
        with self._lock:
            backlog: list[EventRecord] = []
            has_gap = False
            if after_id is not None:
                backlog = [event for event in self._ring if event.id > after_id]
                has_gap = not self._still_known(after_id)
            subscription = Subscription(backlog, has_gap=has_gap, longest=longest)
            self._subscriptions.add(subscription)
            self._sort_readers()
            if self._is_closed:
                subscription.close()
            return subscription

    def feed(self, sink: Callable[[Sequence[EventRecord]], None]) -> None:
        """Hand every change from now on to `sink`, in order; it must return at once."""
        with self._lock:
            self._sinks.append(sink)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Stop listening."""
        with self._lock:
            self._subscriptions.discard(subscription)
            self._cut_reader_count += subscription.is_cut
            self._sort_readers()

    @property
    def reader_count(self) -> int:
        """How many listen now."""
        with self._lock:
            return len(self._subscriptions)

    @property
    def cut_reader_count(self) -> int:
        """How many were cut off for being too slow, since the start."""
        return self._cut_reader_count

    @property
    def listener_count(self) -> int:
        """How many wait for news of single cameras."""
        with self._lock:
            return sum(map(len, self._listeners.values()))

    def recent(self, count: int) -> list[EventRecord]:
        """The last events, oldest first."""
        with self._lock:
            return list(self._ring)[-count:]

    @property
    def newest_event_id(self) -> int:
        """Of the last event; of the place before the first one while there is none."""
        with self._lock:
            return self._ring[-1].id if self._ring else self._first_event_id - 1

    def close(self) -> None:
        """End all streams; whoever subscribes later is told at once."""
        with self._lock:
            self._is_closed = True
            for subscription in self._subscriptions:
                subscription.close()
            for listeners in self._listeners.values():
                for news in listeners:
                    news.tell()

    @property
    def is_closed(self) -> bool:
        """Whether the service is going down."""
        return self._is_closed

    def _sort_readers(self) -> None:
        """Group the readers by their loops, so that an event costs a thread one call per loop."""
        loops = {reader.loop for reader in self._subscriptions}
        self._audiences = {loop: self._audiences.get(loop) or Audience(loop) for loop in loops}
        for loop, audience in self._audiences.items():
            audience.readers = tuple(each for each in self._subscriptions if each.loop is loop)

    def _still_known(self, after_id: int) -> bool:
        """Whether nothing is missing between `after_id` and the newest event."""
        return after_id == self._last_gone_id or any(
            event.id == after_id for event in reversed(self._ring)
        )

    def _send(self, events: Iterable[EventRecord]) -> None:
        changes = list(events)
        if not changes:
            return
        for change in changes:
            if len(self._ring) == self._ring.maxlen:
                self._last_gone_id = self._ring[0].id
            self._ring.append(change)
        for sink in self._sinks:
            sink(changes)
        for audience in self._audiences.values():
            audience.send(changes)
