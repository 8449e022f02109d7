"""The hub and the store together: what was known comes back, and every change is kept."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial

import structlog

from service.audit import Auditor
from service.cabin.assistance_tally import AssistanceCounts
from service.cabin.cabins import Count, Mark
from service.live.hub import RING_SIZE, Hub
from service.live.records import EventRecord
from service.live.weather import WeatherReport
from service.publish.webhook_letters import WebhookLetters
from service.site.site import Site
from service.site.time_zone import zone_of
from service.store.calendar import period_begin
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
    count = partial(_count_in_day, hub, store)
    hub.cabins.keep(false_alarms, partial(_keep_false_alarm, store, count), count)


def _keep_weather(store: Store, site_id: str, report: WeatherReport) -> None:
    try:
        store.weather_reports.put(site_id, report)
    except StoreError as error:
        structlog.get_logger().error("weather waits", site_id=site_id, reason=str(error))


def _count_in_day(
    hub: Hub, store: Store, site_id: str, camera_id: str, at_ns: int, counts: AssistanceCounts
) -> None:
    site = hub.site(site_id)
    if site is not None:
        begin_ns = period_begin(at_ns, "day", zone_of(site.time_zone))
        store.assistance_days.add(site_id, camera_id, begin_ns, counts)


def _keep_false_alarm(store: Store, count: Count, mark: Mark) -> None:
    """It counts in the day of its alert, or of today where the store cannot tell of the alert."""
    site_id, camera_id, alert_id = mark
    now_ns = at_ns = time.time_ns()
    with suppress(StoreError):
        history = store.alert_history
        for change in history.page(site_id, limit=1, camera_id=camera_id, alert_id=alert_id).rows:
            at_ns = change.at_ns
    count(site_id, camera_id, at_ns, AssistanceCounts(false_alarms=1))
    try:
        store.false_alarms.put(mark, now_ns)
        store.assistance_days.put_waiting()
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
