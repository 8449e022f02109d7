"""How counts, alerts and cameras went, from the store, or from the last events without one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from service.live.hub import RING_SIZE
from service.live.records import EventType, LotRecord
from service.pages.plot import HOUR_NS, CountAt
from service.routes.context import Context
from service.site.site import Site
from service.site.time_zone import zone_of
from service.store.assistance_days import AssistanceDay
from service.store.calendar import period_begin
from service.store.errors import StoreError
from service.store.forecasting import forecast_lot
from service.store.page import LONGEST, Page, Span
from service.store.store import Store
from vision.parking.forecast import Basis

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AlertAt:
    """What a display showed from this moment on; `state` is the record that clients read."""

    at_ns: int
    state: Any


@dataclass(frozen=True, slots=True)
class CameraAt:
    """How a camera was doing from this moment on."""

    at_ns: int
    status: str
    reason: str | None


def lot_counts(context: Context, lot: LotRecord, begin_ns: int, end_ns: int) -> list[CountAt]:
    """The changes of a lot's count in a stretch of time, oldest first, with the one before.

    Of more than LONGEST the newest: the first one is where the drawing can begin.
    """
    kept: Sequence[CountAt] = []
    if context.store is not None:
        try:
            kept = _kept_counts(context.store, lot, begin_ns, end_ns)
        except StoreError:
            kept = []
    counts = list(kept) or [
        CountAt(at_ns, data["free_min"], data["free_max"])
        for at_ns, data in _recent(context, "lot.changed", lot.site_id, lot.lot_id)
    ]
    return [*counts, CountAt(end_ns, lot.free_min, lot.free_max)] if counts else []


def lot_forecast(context: Context, site: Site, lot: LotRecord, hours: int) -> list[CountAt]:
    """What the coming hours are likely to bring; empty where too little is known to say it."""
    if context.store is None:
        return []
    now_ns = context.clock_ns()
    try:
        forecast = forecast_lot(context.store.usage, site, lot, hours=hours, now_ns=now_ns)
    except StoreError:
        return []
    if forecast.basis is Basis.NOTHING:
        return []
    present_ns = period_begin(now_ns, "hour", zone_of(site.time_zone))
    return [
        CountAt(present_ns + (place + edge) * HOUR_NS, hour.free_low, hour.free_high)
        for place, hour in enumerate(forecast.hours, start=1)
        for edge in (0, 1)
    ]


def alert_changes(
    context: Context, site_id: str, camera_id: str, begin_ns: int, end_ns: int
) -> list[AlertAt]:
    """The changes of a display in a stretch of time, oldest first, with the one before.

    Of more than LONGEST the newest: the first one is where the drawing can begin.
    """
    if context.store is not None:
        try:
            return _kept_alerts(context.store, site_id, camera_id, begin_ns, end_ns)
        except StoreError:
            pass
    return [AlertAt(*each) for each in _recent(context, "alert.changed", site_id, camera_id)]


def assistance_days(
    context: Context, site_id: str, camera_id: str, begin_ns: int
) -> list[AssistanceDay]:
    """The days of a tram's assistant from then on, newest first; none where none are kept."""
    if context.store is None:
        return []
    try:
        days = context.store.assistance_days.read(site_id, camera_id, Span(begin_ns))
    except StoreError:
        return []
    return days[::-1]


def camera_changes(
    context: Context, site_id: str, camera_id: str, count: int, end_ns: int
) -> list[CameraAt]:
    """The last changes of a camera, newest first."""
    if context.store is not None:
        try:
            page = context.store.camera_history.page(
                site_id,
                camera_id=camera_id,
                span=Span(None, end_ns),
                limit=count,
                newest_first=True,
            )
            return [CameraAt(row.at_ns, row.status, row.reason) for row in page.rows]
        except StoreError:
            pass
    recent = _recent(context, "camera.changed", site_id, camera_id)[-count:]
    return [CameraAt(at_ns, data["status"], data["reason"]) for at_ns, data in reversed(recent)]


def _recent(
    context: Context, kind: EventType, site_id: str, subject: str
) -> list[tuple[int, dict[str, Any]]]:
    """What the hub still remembers."""
    return [
        (event.timestamp_ns, event.data)
        for event in context.hub.recent(RING_SIZE)
        if (event.type, event.site_id, event.subject) == (kind, site_id, subject)
    ]


def _kept_counts(store: Store, lot: LotRecord, begin_ns: int, end_ns: int) -> list[CountAt]:
    read = partial(store.lot_history.page, lot.site_id, lot_id=lot.lot_id)
    rows = _with_the_one_before(read, begin_ns, end_ns)
    return [CountAt(row.at_ns, row.free_min, row.free_max) for row in rows]


def _kept_alerts(
    store: Store, site_id: str, camera_id: str, begin_ns: int, end_ns: int
) -> list[AlertAt]:
    read = partial(store.alert_history.page, site_id, camera_id=camera_id)
    rows = _with_the_one_before(read, begin_ns, end_ns)
    return [AlertAt(row.at_ns, row.state) for row in rows]


def _with_the_one_before(read: Callable[..., Page[T]], begin_ns: int, end_ns: int) -> list[T]:
    """The changes in a stretch of time, oldest first, with the one before.

    Of too many the newest, without the one before: it says nothing of those left out between.
    """
    page = read(span=Span(begin_ns, end_ns), limit=LONGEST, newest_first=True)
    found = list(reversed(page.rows))
    if page.next is not None:
        return found
    return [*read(span=Span(None, begin_ns), limit=1, newest_first=True).rows, *found]
