"""The pages, filled with the same records that the API serves."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Request
from fastapi import Path as UrlPath
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from service.pages.operations import operations_of
from service.pages.page import page as answer_page
from service.pages.page import templates
from service.pages.plan import Plan, draw_plan
from service.pages.wording import LEVELS, STATUSES, clock_time, reason_words
from service.records import AlertRecord, CameraRecord, LotRecord, SpotRecord
from service.routes.context import Context, ContextDependency
from service.routes.problems import Problem
from service.site import Site

HERE = Path(__file__).parent
router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
templates.env.globals.update(levels=LEVELS, statuses=STATUSES)
templates.env.filters.update(clock_time=clock_time, reason_words=reason_words)
SiteId = Annotated[str, UrlPath()]


@dataclass(frozen=True, slots=True)
class CameraView:
    """One camera of the parking page."""

    camera: CameraRecord
    plan: Plan


def add_pages(app: FastAPI) -> None:
    """Add the pages and their static files to the application."""
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    app.include_router(router)


@router.get("/")
def index(request: Request, context: ContextDependency) -> HTMLResponse:
    """All sites and where to look at them."""
    sites = [_site_summary(context, site) for site in context.hub.sites]
    return answer_page(request, "index.html", {"sites": sites})


@router.get("/sites/{site_id}/parking")
def parking(request: Request, site_id: SiteId, context: ContextDependency) -> HTMLResponse:
    """The lots of one site: counts, plan, list of spots and live pictures."""
    site = _site(context, site_id)
    now_ns = context.clock_ns()
    spots = context.hub.spots(site_id, now_ns)
    page = {
        "site": site,
        "lots": context.hub.lots(site_id, now_ns),
        "spots": spots,
        "views": list(_camera_views(context, site_id, spots)),
    }
    return answer_page(request, "parking.html", page)


@router.get("/sites/{site_id}/trams/{camera_id}")
def tram(
    request: Request, site_id: SiteId, camera_id: SiteId, context: ContextDependency
) -> HTMLResponse:
    """The display of one tram; it stands at unavailable until it hears from the service."""
    site = _site(context, site_id)
    camera = next(
        (each for each in context.hub.cameras(site_id) if each.camera_id == camera_id), None
    )
    if camera is None or camera.mission != "tram":
        raise Problem(404, f"there is no tram camera {camera_id!r}")
    return answer_page(request, "tram.html", {"site": site, "camera": camera})


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """The API described, without anything from other machines."""
    app: FastAPI = request.app
    page = {"groups": operations_of(app.openapi()), "version": app.version}
    return answer_page(request, "docs.html", page)


@dataclass(frozen=True, slots=True)
class SiteSummary:
    """One site of the index."""

    site: Site
    lots: list[LotRecord]
    alerts: list[AlertRecord]
    cameras: list[CameraRecord]


def _site_summary(context: Context, site: Site) -> SiteSummary:
    now_ns = context.clock_ns()
    return SiteSummary(
        site,
        context.hub.lots(site.site_id, now_ns),
        context.hub.alerts(site.site_id, now_ns),
        context.hub.cameras(site.site_id),
    )


def _site(context: Context, site_id: str) -> Site:
    context.site_ids(site_id)
    return next(site for site in context.hub.sites if site.site_id == site_id)


def _camera_views(context: Context, site_id: str, spots: list[SpotRecord]) -> Iterator[CameraView]:
    for camera in context.hub.cameras(site_id):
        if camera.mission == "parking":
            outlines = {
                spot.spot_id: spot.polygon.tolist()
                for each, spot in _site(context, site_id).spot_views()
                if each.camera_id == camera.camera_id
            }
            own = [
                spot.model_copy(update={"polygon": outlines[spot.spot_id]})
                for spot in spots
                if spot.spot_id in outlines
            ]
            yield CameraView(camera, draw_plan(own, camera.width_px, camera.height_px))
