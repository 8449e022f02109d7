"""The hub and the store together: what was known comes back, and every change is kept."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial

import structlog

from service.audit import Auditor
from service.cabin.cabins import Mark
from service.live.hub import RING_SIZE, Hub
from service.live.records import EventRecord
from service.live.weather import WeatherReport
from service.publish.webhook_letters import WebhookLetters
from service.site.site import Site
from service.store.errors import StoreAway, StoreError, StoreRefused
from service.store.store import Store
from service.store.upkeep import Upkeep
from service.timestamps import NS_PER_MS


def open_store(named: str | None) -> Store:
    """The store of this address, whose database may come later.

    Raises StoreRefused where waiting does not help.
    """
    store = Store(named)
    try:
        with suppress(StoreAway):
            store.database.open()
    except StoreRefused:
        store.database.close()
        raise
    return store


def first_event_id(store: Store | None, sites: Sequence[Site]) -> int:
    """Ids that begin at the time of the start keep rising over restarts.

    A reader that resumes after one is told of the gap; a clock set back does no harm.
    """
    now_ms = time.time_ns() // NS_PER_MS
    if store is None:
        return now_ms
    try:
        return max(now_ms, store.newest_event_id([site.site_id for site in sites]) + 1)
    except StoreAway:
        return now_ms


def earlier_events(store: Store | None, sites: Sequence[Site]) -> Sequence[EventRecord]:
    """The last events of the life before, for readers that resume; none while the store is away."""
    if store is None:
        return ()
    try:
        return store.event_tail.newest([site.site_id for site in sites], RING_SIZE)
    except StoreAway:
        return ()


def restore(hub: Hub, store: Store) -> None:
    """Bring back what was known of spots that no camera has seen in this life."""
    try:
        for site in hub.sites:
            hub.restore(site.site_id, store.restored_spots(site.site_id))
        weathers, false_alarms = store.weather_reports.all(), store.false_alarms.all()
    except StoreAway as away:
        weathers, false_alarms = {}, set()
        structlog.get_logger().error("last states not restored", reason=str(away))
    hub.weathers.keep(weathers, partial(_keep_weather, store))
    hub.cabins.keep(false_alarms, partial(_keep_false_alarm, store))


def _keep_weather(store: Store, site_id: str, report: WeatherReport) -> None:
    try:
        store.weather_reports.put(site_id, report)
    except StoreError as error:
        structlog.get_logger().error("weather waits", site_id=site_id, reason=str(error))


def _keep_false_alarm(store: Store, mark: Mark) -> None:
    try:
        store.false_alarms.put(mark, time.time_ns())
    except StoreError as error:
        structlog.get_logger().error("false alarm waits", mark=mark, reason=str(error))


@contextmanager
def kept(hub: Hub, store: Store | None) -> Iterator[None]:
    """Restore the last states, then keep every change until the end of the block."""
    if store is None:
        yield
        return
    site_ids = [site.site_id for site in hub.sites]
    restore(hub, store)
    hub.feed(store.writer.offer)
    store.writer.join_in(store.event_tail.keep)
    store.writer.join_in(WebhookLetters())
    store.writer.start(site_ids, lambda: [site.site_id for site in hub.sites])
    upkeep = Upkeep(store, lambda: hub.sites)
    upkeep.start()
    auditor = Auditor(hub, store)
    auditor.start()
    try:
        yield
    finally:
        auditor.stop()
        upkeep.stop()
        store.close()
