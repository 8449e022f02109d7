"""A lot's page, and the page of a site's lots."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from service.live.records import CameraRecord, LotRecord, SpotRecord, ViolationRecord
from service.pages.history import lot_counts, lot_forecast
from service.pages.language import Language
from service.pages.map import draw_map, spot_outlines
from service.pages.page import page
from service.pages.plan import Plan, camera_plan
from service.pages.plot import (
    HOUR_NS,
    Curve,
    Frame,
    Tick,
    count_ticks,
    draw_curve,
    known_from,
    steps,
    time_ticks,
)
from service.pages.sites import lot_of, now_of, site_of
from service.routes.context import Context, ContextDependency
from service.site.site import Site
from service.site.time_zone import zone_of

router = APIRouter(include_in_schema=False)
AHEAD_HOURS = 6
FORMATS = (
    ("GeoJSON", "/api/v1/spots/geojson"),
    ("NGSI-LD", "/api/v1/ngsi-ld/v1/entities"),
    ("DATEX II", "/api/v1/datex2/v3/parking-status"),
    ("ParkAPI", "/api/v1/parkapi/v3/parking-sites"),
)


class Hours(IntEnum):
    """How far back the history goes."""

    DAY = 24
    WEEK = 168


@dataclass(frozen=True, slots=True)
class CameraView:
    """One camera and the plan of what it sees."""

    camera: CameraRecord
    plan: Plan


@dataclass(frozen=True, slots=True)
class SpotGroup:
    """Spots of one lot, level and group."""

    lot_name: str
    level: str | None
    group: str
    spots: list[SpotRecord]

    def count(self, status: str) -> int:
        """How many are in this state."""
        return sum(1 for spot in self.spots if spot.status == status)

    @property
    def is_closed(self) -> bool:
        """Whether all of them are."""
        return self.count("closed") == len(self.spots)


@dataclass(frozen=True, slots=True)
class HistoryPlot:
    """The count over the last hours with its axes."""

    frame: Frame
    curve: Curve | None
    ahead: Curve | None
    """The forecast."""
    now_x: float
    times: list[Tick]
    counts: list[Tick]


@router.get("/sites/{site_id}/parking", response_class=HTMLResponse)
def parking(request: Request, site_id: str, context: ContextDependency) -> HTMLResponse:
    """All lots of one site: counts, plans, live pictures and spots."""
    site = site_of(context, site_id)
    lots = context.hub.lots(site_id, context.clock_ns())
    return page(request, "lots.html", _values(context, site, lots))


@router.get("/sites/{site_id}/lots/{lot_id}", response_class=HTMLResponse)
def lot(
    request: Request,
    site_id: str,
    lot_id: str,
    context: ContextDependency,
    hours: Annotated[Hours, Query()] = Hours.DAY,
) -> HTMLResponse:
    """One lot: count, plan, live pictures, spots with their votes, history, forecast, exports."""
    site = site_of(context, site_id)
    record = lot_of(context, site_id, lot_id)
    values = _values(context, site, [record]) | {
        "lot": record,
        "hours": hours,
        "plot": _plot(context, site, record, hours),
        "has_store": context.store is not None,
        "formats": FORMATS,
    }
    return page(request, "lot.html", values)


def group_spots(lots: Sequence[LotRecord], spots: Sequence[SpotRecord]) -> list[SpotGroup]:
    """The spots by lot, level and group, in the order in which these first come."""
    groups: dict[tuple[str, str | None, str], list[SpotRecord]] = {}
    names = {lot.lot_id: lot.name for lot in lots}
    for spot in sorted(spots, key=lambda each: list(names).index(each.lot_id)):
        groups.setdefault((names[spot.lot_id], spot.level, spot.group), []).append(spot)
    return [SpotGroup(*place, found) for place, found in groups.items()]


def group_phrase(language: Language, group: SpotGroup) -> str:
    """How many spots of a group are free, as a range where some are unknown; or closed."""
    if group.is_closed:
        return language.t("status_n.closed", n=len(group.spots))
    free, unknown = group.count("free"), group.count("unknown")
    return free_range(language, free, free + unknown)


def free_range(language: Language, low: int, high: int) -> str:
    """That so many spots are free."""
    if low == high:
        return language.t("lot.free", n=low)
    return language.t("lot.free_range", n=high, low=low, high=high)


def _is_of_lots(violation: ViolationRecord, lot_ids: Set[str], camera_ids: Set[str]) -> bool:
    """Whether a violation is one of these lots; in a lane, of whichever its camera sees."""
    if violation.lot_id is None:
        return violation.camera_id in camera_ids
    return violation.lot_id in lot_ids


def _values(context: Context, site: Site, lots: Sequence[LotRecord]) -> dict[str, Any]:
    now_ns = context.clock_ns()
    lot_ids = {lot.lot_id for lot in lots}
    spots = [spot for spot in context.hub.spots(site.site_id, now_ns) if spot.lot_id in lot_ids]
    views = list(_camera_views(context, site, spots))
    camera_ids = {view.camera.camera_id for view in views}
    return {
        "site": site,
        "lots": lots,
        "violations": [
            each
            for each in context.hub.violations(site.site_id)
            if each.ended_at is None and _is_of_lots(each, lot_ids, camera_ids)
        ],
        "groups": group_spots(lots, spots),
        "group_phrase": group_phrase,
        "views": views,
        "map": draw_map(spots, spot_outlines(site)),
        "now": now_of(context),
        "zone": zone_of(site.time_zone),
    }


def _camera_views(
    context: Context, site: Site, spots: Sequence[SpotRecord]
) -> Iterator[CameraView]:
    for camera in context.hub.cameras(site.site_id):
        if camera.mission == "parking":
            plan = camera_plan(site, camera, spots)
            if plan.spots:
                yield CameraView(camera, plan)


def _plot(context: Context, site: Site, lot: LotRecord, hours: Hours) -> HistoryPlot | None:
    now_ns, zone = context.clock_ns(), zone_of(site.time_zone)
    begin_ns = now_ns - hours * HOUR_NS
    counts = lot_counts(context, lot, begin_ns, now_ns)
    begin_ns = known_from([each.at_ns for each in counts], begin_ns, now_ns)
    ahead = lot_forecast(context, site, lot, AHEAD_HOURS) if hours is Hours.DAY else []
    end_ns = max((each.at_ns for each in ahead), default=now_ns)
    frame = Frame(begin_ns, end_ns, max(lot.total, 1))
    curve = draw_curve(steps(counts, begin_ns, now_ns), frame)
    if curve is None and not ahead:
        return None
    times, levels = time_ticks(frame, zone), count_ticks(frame)
    return HistoryPlot(frame, curve, draw_curve(ahead, frame), frame.x(now_ns), times, levels)
