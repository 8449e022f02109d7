"""What the displays of the trams show."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from service.live.records import AlertRecord, LiveAlertRecord
from service.routes.context import Context, ContextDependency, SiteQuery, the_one
from service.routes.event_stream import EventStream
from service.routes.paging import LINK, PagingDependency
from service.routes.problems import PROBLEM_ANSWERS
from service.timestamps import NS_PER_S, ns_to_iso

router = APIRouter(tags=["alerts"], responses=PROBLEM_ANSWERS)
SHOWN = 'id: 271\nevent: alert\ndata: {"level": "caution", "sequence": 271, …}'
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events. The same address takes WebSockets of displays and"
        " operators, on which the display answers.",
        "content": {"text/event-stream": {"example": SHOWN}},
    }
}
HEARTBEAT_S = 0.15  # so that a display hears something every 0.2 s, even from a busy machine


@router.get("/alerts", summary="All displays", responses={200: {"headers": LINK}})
async def alerts(
    context: ContextDependency, paging: PagingDependency, site_id: SiteQuery = None
) -> list[AlertRecord]:
    """The display of every tram camera; outdated ones are `unavailable`, never `clear`."""
    return paging.cut(_alerts(context, site_id), lambda each: (each.site_id, each.camera_id))


@router.get("/alerts/{camera_id}", summary="One display")
def alert(camera_id: str, context: ContextDependency, site_id: SiteQuery = None) -> AlertRecord:
    """What one tram's display shows now."""
    found = [each for each in _alerts(context, site_id) if each.camera_id == camera_id]
    return the_one(found, "tram camera", camera_id)


@router.get(
    "/alerts/{camera_id}/live",
    summary="One display, live",
    response_class=Response,
    responses=STREAM,
)
def live(camera_id: str, context: ContextDependency, site_id: SiteQuery = None) -> EventStream:
    """The display after every picture, and at least five times a second.

    Every message has a `sequence` that rises by one, the service's time and the picture's age. A
    display that hears nothing for half a second must show that the assistance is unavailable.
    """
    found = alert(camera_id, context, site_id)
    return EventStream(_live(context, found.site_id, camera_id))


async def _live(context: Context, site_id: str, camera_id: str) -> AsyncIterator[str]:
    sequence = 0
    with context.hub.news_of(site_id, camera_id) as news:
        while not context.hub.is_closed:
            record = _live_record(context, site_id, camera_id, sequence := sequence + 1)
            if record is None:
                return
            yield f"id: {sequence}\nevent: alert\ndata: {record.model_dump_json()}\n\n"
            await news.wait(HEARTBEAT_S)


def _live_record(
    context: Context, site_id: str, camera_id: str, sequence: int
) -> LiveAlertRecord | None:
    """The next message to a display; None once its camera has been taken away."""
    now_ns = context.clock_ns()
    alert = present_alert(context, site_id, camera_id, now_ns)
    if alert is None:
        return None
    view = context.hub.view(site_id, camera_id)
    return LiveAlertRecord(
        **dict(alert),
        sequence=sequence,
        sent_at=ns_to_iso(now_ns),
        picture_age_s=None if view is None else _age_s(view.frame.timestamp_ns, now_ns),
    )


def present_alert(
    context: Context, site_id: str, camera_id: str, now_ns: int
) -> AlertRecord | None:
    """What one tram's display is to show now; None once its camera has been taken away."""
    if context.hub.site(site_id) is None:
        return None
    alerts = context.hub.alerts(site_id, now_ns)
    return next((each for each in alerts if each.camera_id == camera_id), None)


def _age_s(timestamp_ns: int, now_ns: int) -> float:
    return round(max(now_ns - timestamp_ns, 0) / NS_PER_S, 3)


def _alerts(context: Context, site_id: str | None) -> list[AlertRecord]:
    now_ns = context.clock_ns()
    return [
        alert for each in context.site_ids(site_id) for alert in context.hub.alerts(each, now_ns)
    ]
