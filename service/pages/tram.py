"""The control room's page of a tram: where the alerts were, and how many were false."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import IntEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from service.live.assistance_records import AssistanceFigures, CabinFigures
from service.pages.episodes import WARNINGS, Stretch, episodes, stretches
from service.pages.history import alert_changes, assistance_days
from service.pages.page import page
from service.pages.plot import HOUR_NS, Frame, Tick, known_from, time_ticks
from service.pages.sites import now_of, site_of, tram_of
from service.routes.cabin import figures
from service.routes.context import ContextDependency
from service.site.time_zone import zone_of
from service.timestamps import ns_to_datetime

router = APIRouter(include_in_schema=False)
LANES = ("alarm", "caution", "information", "clear", "unavailable")
LANE_PX, AXIS_PX = 30.0, 24.0
WIDTH, NARROWEST = 100.0, 0.3
"""In per cent of the drawing, however wide it is."""
MOST_LISTED = 200
DAYS_NS = 30 * 24 * HOUR_NS  # so far back days are listed


class Hours(IntEnum):
    """How far back the timeline goes."""

    LAST = 1
    DAY = 24


@dataclass(frozen=True, slots=True)
class TimelineBar:
    """One stretch in the drawing."""

    x: float
    y: float
    width: float
    stretch: Stretch
    at: datetime


@dataclass(frozen=True, slots=True)
class Timeline:
    """The levels of a display over time, one lane each."""

    frame: Frame
    lane_px: float
    lanes: dict[str, float]
    bars: list[TimelineBar]
    times: list[Tick]


@router.get("/sites/{site_id}/trams/{camera_id}/alerts", response_class=HTMLResponse)
def tram(
    request: Request,
    site_id: str,
    camera_id: str,
    context: ContextDependency,
    hours: Annotated[Hours, Query()] = Hours.LAST,
) -> HTMLResponse:
    """One tram: its display now, its alerts of late, its figures."""
    site = site_of(context, site_id)
    camera = tram_of(context, site_id, camera_id)
    now_ns, zone = context.clock_ns(), zone_of(site.time_zone)
    begin_ns = now_ns - hours * HOUR_NS
    changes = alert_changes(context, site_id, camera_id, begin_ns, now_ns)
    begin_ns = known_from([each.at_ns for each in changes], begin_ns, now_ns)
    shown = stretches(changes, begin_ns, now_ns)
    found = [each for each in episodes(changes, now_ns) if each.end_ns > begin_ns]
    warnings = [each for each in found if each.level in WARNINGS]
    told = figures(camera_id, context, site_id)
    values = {
        "site": site,
        "camera": camera,
        "alert": next(
            each for each in context.hub.alerts(site_id, now_ns) if each.camera_id == camera_id
        ),
        "calibration": camera.calibration,
        "hours": hours,
        "timeline": draw_timeline(shown, begin_ns, now_ns, zone),
        "episodes": [(each, ns_to_datetime(each.begin_ns)) for each in reversed(found)][
            :MOST_LISTED
        ],
        "marked_false": {
            each.alert_id
            for each in found
            if context.hub.cabins.is_false(site_id, camera_id, each.alert_id)
        },
        "short": sum(1 for each in warnings if each.is_short),
        "unavailable_share": _unavailable_share(told),
        "figures": told,
        "days": [
            (AssistanceFigures.of(day.counts), ns_to_datetime(day.begin_ns))
            for day in assistance_days(context, site_id, camera_id, now_ns - DAYS_NS)
        ],
        "now": now_of(context),
        "zone": zone,
    }
    return page(request, "tram_alerts.html", values)


def draw_timeline(shown: list[Stretch], begin_ns: int, end_ns: int, zone: tzinfo) -> Timeline:
    """A lane per level, the most urgent on top."""
    height = LANE_PX * len(LANES) + AXIS_PX
    frame = Frame(begin_ns, end_ns, 1, WIDTH, height, left=0, right=0, top=0, bottom=AXIS_PX)
    lanes = {level: place * LANE_PX for place, level in enumerate(LANES)}
    bars = [
        TimelineBar(
            x=frame.x(each.begin_ns),
            y=lanes[each.level],
            width=max(frame.x(each.end_ns) - frame.x(each.begin_ns), NARROWEST),
            stretch=each,
            at=ns_to_datetime(each.begin_ns),
        )
        for each in shown
    ]
    return Timeline(frame, LANE_PX, lanes, bars, time_ticks(frame, zone))


def _unavailable_share(told: CabinFigures) -> float | None:
    """Share of the time without assistance; None before the first."""
    total_s = told.watched_s + told.unavailable_s
    return told.unavailable_s / total_s if total_s else None
