"""All changes as they happen, by server-sent events or WebSocket, resumable."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, WebSocket
from fastapi.responses import Response
from starlette.websockets import WebSocketDisconnect

from service.hub import Hub
from service.records import EventRecord
from service.routes.context import ContextDependency, SiteQuery
from service.routes.event_stream import SEND_TIMEOUT_S, EventStream

router = APIRouter(tags=["events"])
HEARTBEAT_S = 10.0
TRY_AGAIN_LATER = 1013
GOING_AWAY = 1001
GAP = "events between the given id and the next one are gone: read the states anew"
Filter = Callable[[EventRecord], bool]
AfterQuery = Annotated[
    int | None, Query(alias="last_event_id", description="Resume after this event.")
]
TypeQuery = Annotated[
    list[str] | None, Query(alias="type", description="Only these, such as lot.changed.")
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


@router.get("/events/recent", summary="The last events")
def recent(
    context: ContextDependency,
    count: Annotated[int, Query(ge=1, le=2048, description="At most so many.")] = 100,
) -> list[EventRecord]:
    """What changed lately, oldest first."""
    return context.hub.recent(count)


@router.get("/events", summary="Changes as they happen", response_class=Response, responses=STREAM)
async def events(
    context: ContextDependency,
    site_id: SiteQuery = None,
    kinds: TypeQuery = None,
    after_id: AfterQuery = None,
    last_event_id: Annotated[int | None, Header(description="Sent by browsers.")] = None,
) -> EventStream:
    """Every change of a spot, lot, camera or display.

    Ids rise. With `Last-Event-ID` (or `?last_event_id=`) the stream resumes after that event; a
    first event of type `gap` says that some in between are gone. Readers that are too slow are
    cut off and may resume.
    """
    context.site_ids(site_id)
    resume_id = last_event_id if last_event_id is not None else after_id
    return EventStream(_blocks(context.hub, resume_id, _filter(site_id, kinds)))


@router.websocket("/events")
async def events_socket(
    socket: WebSocket,
    context: ContextDependency,
    site_id: SiteQuery = None,
    kinds: TypeQuery = None,
    after_id: AfterQuery = None,
) -> None:
    """The same events, one JSON text each."""
    context.site_ids(site_id)
    await socket.accept()
    wanted = _filter(site_id, kinds)
    tasks = {
        asyncio.ensure_future(_send_all(socket, context.hub, after_id, wanted)),
        asyncio.ensure_future(_wait_for_leave(socket)),
    }
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _filter(site_id: str | None, kinds: list[str] | None) -> Filter:
    def is_wanted(event: EventRecord) -> bool:
        return site_id in (None, event.site_id) and (kinds is None or event.type in kinds)

    return is_wanted


async def _blocks(hub: Hub, after_id: int | None, is_wanted: Filter) -> AsyncIterator[str]:
    subscription = hub.subscribe(after_id)
    try:
        yield "retry: 2000\n\n"
        if subscription.has_gap:
            yield f'event: gap\ndata: {{"type": "gap", "detail": "{GAP}"}}\n\n'
        while not subscription.is_closed:
            news = await subscription.next(HEARTBEAT_S)
            if not news:
                yield ": heartbeat\n\n"
            for event in filter(is_wanted, news):
                yield f"id: {event.id}\nevent: {event.type}\ndata: {event.json_line()}\n\n"
    finally:
        hub.unsubscribe(subscription)


async def _send_all(socket: WebSocket, hub: Hub, after_id: int | None, is_wanted: Filter) -> None:
    subscription = hub.subscribe(after_id)
    try:
        if subscription.has_gap:
            await _send(socket, f'{{"type": "gap", "detail": "{GAP}"}}')
        while not subscription.is_closed:
            news = await subscription.next(HEARTBEAT_S)
            if not news and not subscription.is_closed:
                await _send(socket, '{"type": "heartbeat"}')
            for event in filter(is_wanted, news):
                await _send(socket, event.json_line())
        await socket.close(TRY_AGAIN_LATER if subscription.is_cut else GOING_AWAY)
    except (WebSocketDisconnect, TimeoutError):
        return
    finally:
        hub.unsubscribe(subscription)


async def _send(socket: WebSocket, text: str) -> None:
    async with asyncio.timeout(SEND_TIMEOUT_S):
        await socket.send_text(text)


async def _wait_for_leave(socket: WebSocket) -> None:
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, KeyError):
        return
