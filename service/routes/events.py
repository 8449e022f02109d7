"""All changes as they happen, by server-sent events or WebSocket, resumable."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, WebSocket
from fastapi.responses import JSONResponse, Response
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect

from service.live.event_filter import EventFilter
from service.live.hub import RING_SIZE, Hub
from service.live.records import EventRecord, EventType
from service.live.subscription import Subscription
from service.publish.cloud_event import BATCH_MEDIA_TYPE, MEDIA_TYPE, cloud_event
from service.routes.context import ContextDependency, SiteQuery
from service.routes.event_shape import CLOUD_EVENTS, PLAIN, EventShape
from service.routes.event_stream import SEND_TIMEOUT_S, EventStream
from service.routes.problems import problem_answers
from service.routes.socket_line import GOING_AWAY, converse, next_text

router = APIRouter(tags=["events"], responses=problem_answers(404))
HEARTBEAT_S = 10.0
TRY_AGAIN_LATER = 1013
GAP = "events between the given id and the next one are gone: read the states anew"
GAP_TEXT = f'{{"type": "gap", "detail": "{GAP}"}}'
HEARTBEAT_TEXT = '{"type": "heartbeat"}'
AfterQuery = Annotated[
    int | None, Query(alias="last_event_id", description="Resume after this event.")
]
HeartbeatQuery = Annotated[
    float,
    Query(alias="heartbeat_s", ge=0.5, le=60, description="Something is sent at least so often."),
]
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events; the same address takes WebSockets.",
        "content": {
            "text/event-stream": {
                "example": 'id: 17\nevent: lot.changed\ndata: {"id": 17, "type": "lot.changed", …}'
            }
        },
    }
}
RECENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {BATCH_MEDIA_TYPE: {"schema": {"type": "array", "items": {}}}}}
}


async def _filter(  # not async, it would take a thread
    context: ContextDependency,
    site_id: SiteQuery = None,
    types: Annotated[
        list[EventType] | None,
        Query(alias="type", description="Only these; may be given several times."),
    ] = None,
    lot_id: Annotated[
        str | None, Query(alias="lot", description="Only this lot and its spots.")
    ] = None,
    camera_id: Annotated[
        str | None, Query(alias="camera", description="Only what this camera saw.")
    ] = None,
    subject: Annotated[
        str | None, Query(description="Only this spot, lot, camera or display.")
    ] = None,
) -> EventFilter:
    """What a reader wants to hear of; a Problem 404 for what there neither is nor lately was."""
    context.site_ids(site_id)
    is_there = EventFilter(None, site_id, lot_id, camera_id)
    if not any(map(is_there, context.hub.recent(RING_SIZE))):
        context.check_names(site_id, {"lot": lot_id, "camera": camera_id})
    return EventFilter(types, site_id, lot_id, camera_id, subject)


async def _shape(  # not async, it would take a thread
    connection: HTTPConnection,
    shape: Annotated[
        Literal["plain", "cloudevents"] | None,
        Query(
            alias="format",
            description="`cloudevents` wraps every event in the envelope of CloudEvents 1.0, as"
            f" does `Accept: {MEDIA_TYPE}`.",
        ),
    ] = None,
) -> EventShape:
    accepted = connection.headers.get("accept", "")
    is_accepted = shape is None and "application/cloudevents" in accepted
    return CLOUD_EVENTS if shape == "cloudevents" or is_accepted else PLAIN


FilterDependency = Annotated[EventFilter, Depends(_filter)]
ShapeDependency = Annotated[EventShape, Depends(_shape)]


@router.get(
    "/events/recent",
    summary="The last events",
    response_model=list[EventRecord],
    responses=RECENT,
)
def recent(
    context: ContextDependency,
    is_wanted: FilterDependency,
    shape: ShapeDependency,
    count: Annotated[int, Query(ge=1, le=RING_SIZE, description="At most so many.")] = 100,
) -> Any:
    """What changed lately, oldest first."""
    found = [event for event in context.hub.recent(RING_SIZE) if is_wanted(event)][-count:]
    if shape is CLOUD_EVENTS:
        return JSONResponse([cloud_event(event) for event in found], media_type=BATCH_MEDIA_TYPE)
    return found


@router.get("/events", summary="Changes as they happen", response_class=Response, responses=STREAM)
async def events(
    context: ContextDependency,
    is_wanted: FilterDependency,
    shape: ShapeDependency,
    after_id: AfterQuery = None,
    last_event_id: Annotated[int | None, Header(description="Sent by browsers.")] = None,
    heartbeat_s: HeartbeatQuery = HEARTBEAT_S,
) -> EventStream:
    """Every change of a spot, lot, camera or display.

    Ids rise. With `Last-Event-ID` (or `?last_event_id=`) the stream resumes after that event, over
    a restart of the service too where it keeps a database; a first event of type `gap` says that
    some in between are gone. A comment is sent where there is no news, so that silence means a
    lost connection. Readers that are too slow are cut off and may resume.
    """
    resume_id = last_event_id if last_event_id is not None else after_id
    return EventStream(_blocks(context.hub, resume_id, is_wanted, shape, heartbeat_s))


@router.websocket("/events")
async def events_socket(
    socket: WebSocket,
    context: ContextDependency,
    is_wanted: FilterDependency,
    shape: ShapeDependency,
    after_id: AfterQuery = None,
    heartbeat_s: HeartbeatQuery = HEARTBEAT_S,
) -> None:
    """The same events, one JSON text each."""
    await socket.accept()
    telling = _send_all(socket, context.hub, after_id, is_wanted, shape, heartbeat_s)
    await converse(socket, telling, _wait_for_leave(socket))


async def _blocks(
    hub: Hub,
    after_id: int | None,
    is_wanted: EventFilter,
    shape: EventShape,
    heartbeat_s: float,
) -> AsyncIterator[bytes]:
    subscription = hub.subscribe(after_id)
    try:
        yield b"retry: 2000\n\n"
        if subscription.has_gap:
            yield f"event: gap\ndata: {GAP_TEXT}\n\n".encode()
        async for news in _wanted(subscription, is_wanted, heartbeat_s):
            yield b"".join(map(shape.block, news)) or b": heartbeat\n\n"
    finally:
        hub.unsubscribe(subscription)


async def _send_all(
    socket: WebSocket,
    hub: Hub,
    after_id: int | None,
    is_wanted: EventFilter,
    shape: EventShape,
    heartbeat_s: float,
) -> None:
    subscription = hub.subscribe(after_id)
    try:
        if subscription.has_gap:
            await _send(socket, GAP_TEXT)
        async for news in _wanted(subscription, is_wanted, heartbeat_s):
            for text in map(shape.text, news) if news else [HEARTBEAT_TEXT]:
                await _send(socket, text)
        await socket.close(TRY_AGAIN_LATER if subscription.is_cut else GOING_AWAY)
    except (WebSocketDisconnect, TimeoutError):
        return
    finally:
        hub.unsubscribe(subscription)


async def _wanted(
    subscription: Subscription, is_wanted: EventFilter, heartbeat_s: float
) -> AsyncIterator[list[EventRecord]]:
    """The events that are wanted, as they come; nothing whenever there were none for a while."""
    loop = asyncio.get_running_loop()
    silent_since_s = loop.time()
    while not subscription.is_closed:
        left_s = silent_since_s + heartbeat_s - loop.time()
        news = [event for event in await subscription.next(max(left_s, 0.0)) if is_wanted(event)]
        is_silent = loop.time() - silent_since_s >= heartbeat_s and not subscription.is_closed
        if news or is_silent:
            yield news
            silent_since_s = loop.time()


async def _send(socket: WebSocket, text: str) -> None:
    async with asyncio.timeout(SEND_TIMEOUT_S):
        await socket.send_text(text)


async def _wait_for_leave(socket: WebSocket) -> None:
    try:
        while True:
            await next_text(socket)
    except WebSocketDisconnect:
        return
