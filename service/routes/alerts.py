"""What the displays of the trams show."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import Response

from service.records import AlertRecord
from service.routes.context import Context, ContextDependency, SiteQuery, the_one
from service.routes.event_stream import EventStream
from service.routes.problems import PROBLEM_ANSWERS

router = APIRouter(tags=["alerts"], responses=PROBLEM_ANSWERS)
HEARTBEAT_S = 0.25  # a display that hears nothing for three of these must say so
LOOK_S = 0.02  # how often a display's stream looks for news


@router.get("/alerts", summary="All displays")
def alerts(context: ContextDependency, site_id: SiteQuery = None) -> list[AlertRecord]:
    """The display of every tram camera; outdated ones are `unavailable`, never `clear`."""
    now_ns = context.clock_ns()
    return [
        alert for each in context.site_ids(site_id) for alert in context.hub.alerts(each, now_ns)
    ]


@router.get("/alerts/{camera_id}", summary="One display")
def alert(camera_id: str, context: ContextDependency, site_id: SiteQuery = None) -> AlertRecord:
    """What one tram's display shows now."""
    found = [each for each in alerts(context, site_id) if each.camera_id == camera_id]
    return the_one(found, "tram camera", camera_id)


@router.get(
    "/alerts/{camera_id}/live",
    summary="One display, live",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Server-sent events."}},
)
def live(camera_id: str, context: ContextDependency, site_id: SiteQuery = None) -> EventStream:
    """The display after every picture, and at least four times a second.

    A display that hears nothing for a second must show that the assistance is unavailable.
    """
    found = alert(camera_id, context, site_id)
    return EventStream(_live(context, found.site_id, camera_id))


async def _live(context: Context, site_id: str, camera_id: str) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    told: int | None = None
    told_at_s = 0.0
    while not context.hub.is_closed:
        version = context.hub.version(site_id, camera_id)
        if version != told or loop.time() - told_at_s >= HEARTBEAT_S:
            told, told_at_s = version, loop.time()
            shown = context.hub.alerts(site_id, context.clock_ns())
            record = next(each for each in shown if each.camera_id == camera_id)
            yield f"event: alert\ndata: {record.model_dump_json()}\n\n"
        await asyncio.sleep(LOOK_S)
