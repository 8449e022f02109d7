"""The audit page: sampled spots judged with one key each, and how often all was right."""

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from service.access.guard import CallerDependency, needs
from service.access.roles import Role
from service.audit import Verdict, accuracy_by, hour_of
from service.live.weather import Weather
from service.pages.page import page
from service.routes.context import Context, ContextDependency
from service.routes.problems import Problem
from service.site.time_zone import zone_of
from service.store.audits import Audit
from service.store.page import LONGEST
from service.store.store import Store
from service.timestamps import ns_to_datetime

router = APIRouter(include_in_schema=False, dependencies=[needs(Role.OPERATOR)])
SEE_OTHER = 303


@router.get("/audit", response_class=HTMLResponse)
def audit(
    request: Request, context: ContextDependency, again: Annotated[int | None, Query()] = None
) -> HTMLResponse:
    """The next sample, or the one to judge `again`, and the accuracy so far."""
    if context.store is None:
        return page(request, "audit.html", {"has_store": False})
    waiting = context.store.audits.unjudged(limit=LONGEST)
    shown = context.store.audits.get(again) if again is not None else None
    shown = shown or next(iter(waiting), None)
    judged = context.store.audits.page(is_judged=True, limit=LONGEST, newest_first=True).rows
    zones = {site.site_id: zone_of(site.time_zone) for site in context.hub.sites}
    last = max(judged, key=lambda each: each.judged_ns or 0, default=None)
    values = {
        "has_store": True,
        "is_on": any(site.audits_per_day > 0 for site in context.hub.sites),
        "sample": shown,
        "taken_at": ns_to_datetime(shown.taken_ns) if shown else None,
        "zone": zones.get(shown.site_id, UTC) if shown else UTC,
        "weather": shown.conditions.get("weather", Weather.UNKNOWN.value) if shown else None,
        "weathers": [each.value for each in Weather if each is not Weather.UNKNOWN],
        "waiting": len(waiting),
        "last": last,
        "judged": len(judged),
        "groups": [(name, accuracy_by(judged, key)) for name, key in _groupings(zones)],
    }
    return page(request, "audit.html", values)


@router.get("/audit/{audit_id}/picture.jpg", response_class=Response)
def picture(audit_id: int, context: ContextDependency) -> Response:
    """A sample's picture."""
    found = _store(context).audits.picture(audit_id)
    if found is None:
        raise Problem(404, f"there is no picture of audit {audit_id}")
    return Response(found, media_type="image/jpeg", headers={"Cache-Control": "private, no-store"})


@router.post("/audit/{audit_id}/{verdict}", response_class=RedirectResponse)
def judge(
    audit_id: int, verdict: Verdict, context: ContextDependency, caller: CallerDependency
) -> RedirectResponse:
    """Keep a person's verdict and show the next sample."""
    now_ns = context.clock_ns()
    if not _store(context).audits.judge(
        audit_id, verdict.value, judged_by=caller.name, now_ns=now_ns
    ):
        raise Problem(404, f"there is no audit {audit_id}")
    return RedirectResponse("/audit", SEE_OTHER)


@router.post("/audit/{audit_id}/weather/{weather}", response_class=RedirectResponse)
def tell_weather(audit_id: int, weather: Weather, context: ContextDependency) -> RedirectResponse:
    """Keep what weather a person sees in a sample, and go on with the same one."""
    if not _store(context).audits.tell_weather(audit_id, weather.value):
        raise Problem(404, f"there is no audit {audit_id}")
    return RedirectResponse(f"/audit?again={audit_id}", SEE_OTHER)


def _groupings(zones: Mapping[str, tzinfo]) -> list[tuple[str, Callable[[Audit], str]]]:
    """What the accuracy is told by, and what it is of a sample."""
    return [
        ("all", lambda _: "all"),
        ("by_camera", lambda each: f"{each.site_id} · {each.camera_id}"),
        ("by_hour", lambda each: hour_of(each, zones.get(each.site_id, UTC))),
        ("by_weather", lambda each: str(each.conditions.get("weather", "unknown"))),
        ("by_light", lambda each: str(each.conditions.get("light", "unknown"))),
    ]


def _store(context: Context) -> Store:
    if context.store is None:
        raise Problem(503, "this service runs without a database; audits need one")
    return context.store
