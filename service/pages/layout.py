"""The layout editor: draws the spots of one camera on its still picture."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.access.guard import needs
from service.access.roles import Role
from service.pages.page import page
from service.pages.sites import camera_of, site_of
from service.routes.context import ContextDependency
from service.routes.problems import Problem
from service.site.site_document import GROUPS

router = APIRouter(include_in_schema=False, dependencies=[needs(Role.ENGINEER)])


@router.get("/sites/{site_id}/cameras/{camera_id}/layout", response_class=HTMLResponse)
def layout(
    request: Request, site_id: str, camera_id: str, context: ContextDependency
) -> HTMLResponse:
    """The editor of one parking camera."""
    site = site_of(context, site_id)
    camera = camera_of(context, site_id, camera_id)
    if camera.mission != "parking":
        raise Problem(404, f"camera {camera_id!r} watches no spots: it has no layout")
    groups = dict.fromkeys((*GROUPS, *(spot.group for _, spot in site.spots())))
    return page(request, "layout.html", {"site": site, "camera": camera, "groups": groups})
