"""The cabins of the trams: the display's own line, the driver's keys, and the figures."""

import asyncio
import time
from typing import Annotated

import structlog
from fastapi import APIRouter, Body, WebSocket
from pydantic import Field, TypeAdapter, ValidationError
from starlette.websockets import WebSocketDisconnect

from service.access.guard import CallerDependency, needs
from service.access.roles import Role, includes
from service.cabin.cabin_message import (
    Acknowledge,
    CabinMessage,
    FalseAlarm,
    FromDisplay,
    Ping,
    Pong,
    Shown,
    cabin_message,
)
from service.cameras.picture_age import PictureAge
from service.live.assistance_records import AssistanceFigures, CabinFigures
from service.live.recording import ALERT_VALID_FOR_NS
from service.routes.alerts import alert, present_alert
from service.routes.context import Context, ContextDependency, SiteQuery
from service.routes.event_stream import SEND_TIMEOUT_S
from service.routes.problems import PROBLEM_ANSWERS, Problem
from service.routes.socket_line import GOING_AWAY, converse, next_text
from service.store.errors import StoreError
from service.timestamps import NS_PER_MS, NS_PER_S

router = APIRouter(tags=["alerts"], responses=PROBLEM_ANSWERS)
HEARTBEAT_S = 0.1  # a display that hears nothing for 0.5 s says that it is blind
LONGEST_TEXT = 500  # characters of what a display says
FROM_DISPLAY: TypeAdapter[FromDisplay] = TypeAdapter(
    Annotated[FromDisplay, Field(discriminator="type")]
)
AlertId = Annotated[
    int, Body(embed=True, strict=True, description="As the alert's record names it.", examples=[3])
]


@router.get("/alerts/{camera_id}/figures", summary="How one assistant does")
def figures(camera_id: str, context: ContextDependency, site_id: SiteQuery = None) -> CabinFigures:
    """Alerts and false alarms per hour and per km, and how old alerts are when they are seen."""
    found = alert(camera_id, context, site_id)
    cabins = context.hub.cabins
    key = (found.site_id, camera_id)
    return CabinFigures(
        **dict(AssistanceFigures.of(cabins.tally(*key))),
        site_id=found.site_id,
        camera_id=camera_id,
        is_silent=found.is_silent,
        shown_states=cabins.ages.count(*key),
        age_ms=cabins.ages.percentiles(*key, alerts_only=False),
        alert_age_ms=cabins.ages.percentiles(*key, alerts_only=True),
    )


@router.post(
    "/alerts/{camera_id}/acknowledge",
    summary="The driver has seen it",
    status_code=202,
    dependencies=[needs(Role.DISPLAY)],
)
def acknowledge(
    camera_id: str, context: ContextDependency, alert_id: AlertId, site_id: SiteQuery = None
) -> None:
    """Acknowledge the present alert; 409 when it is another one by now."""
    found = alert(camera_id, context, site_id)
    if found.alert_id != alert_id:
        raise Problem(409, f"alert {alert_id} does not stand any more")
    context.hub.driver_keys.acknowledge(found.site_id, camera_id, alert_id)


@router.post(
    "/alerts/{camera_id}/false-alarm",
    summary="There was nothing",
    status_code=202,
    dependencies=[needs(Role.DISPLAY, Role.OPERATOR)],
)
def false_alarm(
    camera_id: str, context: ContextDependency, alert_id: AlertId, site_id: SiteQuery = None
) -> None:
    """Count an alert as false, and put its pictures aside where they are kept.

    409 when this camera never told of such an alert.
    """
    found = alert(camera_id, context, site_id)
    if not _was_told(context, found.site_id, camera_id, alert_id):
        raise Problem(409, f"camera {camera_id!r} never told of an alert {alert_id}")
    context.hub.cabins.mark_false(found.site_id, camera_id, alert_id)


@router.websocket("/alerts/{camera_id}/live", dependencies=[needs(Role.DISPLAY, Role.OPERATOR)])
async def live_socket(
    socket: WebSocket,
    camera_id: str,
    context: ContextDependency,
    caller: CallerDependency,
    site_id: SiteQuery = None,
) -> None:
    """The display's line: a `CabinMessage` after every picture and ten times a second.

    The display answers with pings, with the age of what it has shown, and with the driver's keys.
    An operator who looks on cannot acknowledge for the driver.
    """
    found = alert(camera_id, context, site_id)
    await socket.accept()
    is_driver = includes(caller.role, Role.DISPLAY)
    line = _Line(socket, context, found.site_id, camera_id, is_driver=is_driver)
    await converse(socket, line.speak(), line.hear())


class _Line:
    """One display's connection."""

    def __init__(
        self,
        socket: WebSocket,
        context: Context,
        site_id: str,
        camera_id: str,
        *,
        is_driver: bool,
    ) -> None:
        self._socket = socket
        self._context = context
        self._site_id, self._camera_id = site_id, camera_id
        self._is_driver = is_driver
        self._age = PictureAge(context.clock_ns)
        self._pong: Pong | None = None

    async def speak(self) -> None:
        """Send states until the service ends or the display is gone."""
        hub, sequence = self._context.hub, 0
        try:
            with hub.news_of(self._site_id, self._camera_id) as news:
                while not hub.is_closed:
                    message = self._message(sequence := sequence + 1)
                    if message is None:
                        break
                    async with asyncio.timeout(SEND_TIMEOUT_S):
                        await self._socket.send_text(message.model_dump_json())
                    await news.wait(HEARTBEAT_S)
            await self._socket.close(GOING_AWAY)
        except (WebSocketDisconnect, TimeoutError):
            return

    async def hear(self) -> None:
        """Take what the display says; what makes no sense is passed over."""
        try:
            while True:
                text = await next_text(self._socket)
                try:
                    said = FROM_DISPLAY.validate_json(text[:LONGEST_TEXT])
                except ValidationError:
                    continue
                await self._take(said)
        except WebSocketDisconnect:
            return

    async def _take(self, said: FromDisplay) -> None:
        key = (self._site_id, self._camera_id)
        match said:
            case Ping():
                self._pong = Pong(page_ms=said.page_ms, service_ms=_service_ms())
            case Shown():
                self._context.hub.cabins.ages.add(*key, said.level, said.age_ms)
            case Acknowledge() if self._is_driver:
                self._context.hub.driver_keys.acknowledge(*key, said.alert_id)
            case FalseAlarm():
                await asyncio.to_thread(self._mark_false, said.alert_id)

    def _mark_false(self, alert_id: int) -> None:
        alert = (self._site_id, self._camera_id, alert_id)
        try:
            if _was_told(self._context, *alert):
                self._context.hub.cabins.mark_false(*alert)
        except StoreError as error:
            structlog.get_logger().error("false alarm not taken", alert=alert, reason=str(error))

    def _message(self, sequence: int) -> CabinMessage | None:
        """The next one; None once its camera has been taken away."""
        context = self._context
        now_ns = context.clock_ns()
        alert = present_alert(context, self._site_id, self._camera_id, now_ns)
        if alert is None:
            return None
        view = context.hub.view(self._site_id, self._camera_id)
        pong, self._pong = self._pong, None
        return cabin_message(
            alert,
            sequence=sequence,
            now_ns=now_ns,
            service_ms=_service_ms(),
            picture_age_s=self._age.of(None if view is None else view.frame),
            longest_age_s=ALERT_VALID_FOR_NS / NS_PER_S,
            pong=pong,
        )


def _was_told(context: Context, site_id: str, camera_id: str, alert_id: int) -> bool:
    """Whether there was such an alert, in this life or as far back as the store knows."""
    if context.hub.cabins.has_told(site_id, camera_id, alert_id):
        return True
    if context.store is None or not 0 < alert_id < 2**63:
        return False
    history = context.store.alert_history
    return bool(history.page(site_id, limit=1, camera_id=camera_id, alert_id=alert_id).rows)


def _service_ms() -> float:
    return time.monotonic_ns() / NS_PER_MS
