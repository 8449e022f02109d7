"""The overview: every lot and tram at a glance, and what needs a person."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.live.records import AlertRecord, CameraRecord, LotRecord
from service.pages.history import lot_counts
from service.pages.page import page
from service.pages.plot import HOUR_NS, Trend, draw_trend, known_from
from service.pages.sites import now_of
from service.routes.context import Context, ContextDependency
from service.site.site import Site
from service.site.time_zone import zone_of
from service.store.errors import StoreError
from service.store.incidents import Incident
from service.timestamps import ns_to_datetime

router = APIRouter(include_in_schema=False)
FINE = ("live", "starting")
TREND_NS = 24 * HOUR_NS
TREND_SIZE = (240, 36)
MOST_INCIDENTS = 20


@dataclass(frozen=True, slots=True)
class LotDay:
    """One lot and its last day."""

    lot: LotRecord
    trend: Trend | None
    known_since: datetime | None
    """Where less than a day is known."""


@dataclass(frozen=True, slots=True)
class SiteView:
    """One site of the overview."""

    site: Site
    lots: list[LotDay]
    alerts: list[AlertRecord]
    cameras: list[CameraRecord]
    names: dict[str, str]
    """Of the cameras, by id."""
    zone: tzinfo


@dataclass(frozen=True, slots=True)
class WritingView:
    """What hinders the history."""

    away_since: datetime | None
    """None where the database is back."""
    waiting: int
    lost: int


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One thing that lasts, since when, and the name of the lot or camera where it is."""

    incident: Incident
    began_at: datetime
    place: str | None


@router.get("/", response_class=HTMLResponse)
def overview(request: Request, context: ContextDependency) -> HTMLResponse:
    """All sites: counts, trams, and the cameras that need a person."""
    sites = [_site_view(context, site) for site in context.hub.sites]
    values = {
        "sites": sites,
        "needy": [camera for site in sites for camera in site.cameras if needs_person(camera)],
        "incidents": list(_incidents(context, sites)),
        "writing": _writing(context),
        "now": now_of(context),
    }
    return page(request, "overview.html", values)


def _incidents(context: Context, sites: Sequence[SiteView]) -> Iterator[IncidentView]:
    """What lasts and needs a person, newest first."""
    if context.store is None:
        return
    try:
        page = context.store.incidents.page(is_open=True, limit=MOST_INCIDENTS, newest_first=True)
    except StoreError:
        return
    names: dict[tuple[str, str | None], str] = {}
    for site in sites:
        names |= {(site.site.site_id, each): name for each, name in site.names.items()}
        names |= {(site.site.site_id, each.lot.lot_id): each.lot.name for each in site.lots}
    for row in page.rows:
        place = names.get((row.site_id, row.lot_id or row.camera_id))
        yield IncidentView(row, ns_to_datetime(row.began_ns), place)


def _writing(context: Context) -> WritingView | None:
    """How keeping the history is going, where it needs a person."""
    status = context.store.writer.status if context.store is not None else None
    if status is None or not (status.is_away or status.lost):
        return None
    since_ns = status.away_since_ns
    since = None if since_ns is None else ns_to_datetime(since_ns)
    return WritingView(since, status.queued, status.lost)


def needs_person(camera: CameraRecord) -> bool:
    """Whether somebody should look after a camera."""
    return camera.status not in FINE


def _site_view(context: Context, site: Site) -> SiteView:
    now_ns = context.clock_ns()
    cameras = context.hub.cameras(site.site_id)
    return SiteView(
        site,
        [_lot_day(context, lot, now_ns) for lot in context.hub.lots(site.site_id, now_ns)],
        context.hub.alerts(site.site_id, now_ns),
        cameras,
        {camera.camera_id: camera.name for camera in cameras},
        zone_of(site.time_zone),
    )


def _lot_day(context: Context, lot: LotRecord, now_ns: int) -> LotDay:
    begin_ns = now_ns - TREND_NS
    counts = lot_counts(context, lot, begin_ns, now_ns)
    from_ns = known_from([each.at_ns for each in counts], begin_ns, now_ns)
    return LotDay(
        lot,
        draw_trend(counts, from_ns, now_ns, lot.total, TREND_SIZE),
        ns_to_datetime(from_ns) if from_ns > begin_ns else None,
    )
