"""The driver's display: a full-screen page that says by itself when it cannot be trusted."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.access.caller import caller_of
from service.access.guard import needs
from service.access.roles import Role, includes
from service.live.assistance_records import CabinFigures
from service.pages.page import page
from service.pages.sites import site_of, tram_of
from service.routes.cabin import figures
from service.routes.context import Context, ContextDependency, SiteQuery, the_one
from service.site.site import TramPlan
from vision.tram.alert_state import UnavailableReason

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
DISPLAY = [needs(Role.DISPLAY, Role.OPERATOR)]


@router.get("/cabin/{camera_id}", dependencies=DISPLAY)
def cabin(
    request: Request, camera_id: str, context: ContextDependency, site_id: SiteQuery = None
) -> HTMLResponse:
    """The display of one tram by its camera alone."""
    found = [
        site.site_id
        for site in context.hub.sites
        for camera in site.cameras
        if camera.camera_id == camera_id
        and isinstance(camera.plan, TramPlan)
        and site_id in (None, site.site_id)
    ]
    return _display(request, context, the_one(found, "tram camera", camera_id), camera_id)


@router.get("/sites/{site_id}/trams/{camera_id}", dependencies=DISPLAY)
def tram(
    request: Request, site_id: str, camera_id: str, context: ContextDependency
) -> HTMLResponse:
    """The same display by site and camera."""
    return _display(request, context, site_id, camera_id)


def cabin_figures(context: Context) -> list[CabinFigures]:
    """How the assistants of all trams do, for the engineer."""
    return [
        figures(camera.camera_id, context, site.site_id)
        for site in context.hub.sites
        for camera in site.cameras
        if isinstance(camera.plan, TramPlan)
    ]


def _display(request: Request, context: Context, site_id: str, camera_id: str) -> HTMLResponse:
    """It stands at unavailable until it hears from the service."""
    values = {
        "site": site_of(context, site_id),
        "camera": tram_of(context, site_id, camera_id),
        "reasons": [each.value for each in UnavailableReason],
        "is_driver": includes(caller_of(request).role, Role.DISPLAY),
    }
    return page(request, "cabin.html", values)
