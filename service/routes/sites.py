"""Sites and their lots and spots."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from service.access.guard import needs
from service.access.roles import Role
from service.live.recording import site_record
from service.live.records import LotRecord, SiteRecord, SpotRecord
from service.routes.availability import ETAG, NOT_MODIFIED, available
from service.routes.context import Context, ContextDependency, SiteQuery, the_one
from service.routes.paging import LINK, PagingDependency
from service.routes.problems import problem_answers

router = APIRouter()
Status = Literal["free", "occupied", "unknown", "closed"]
Answers = dict[int | str, dict[str, Any]]
PAGE: Answers = {200: {"headers": LINK}, **problem_answers(404)}
STATES: Answers = {200: {"headers": {**ETAG, **LINK}}, 304: NOT_MODIFIED, **problem_answers(404)}
STATE: Answers = {200: {"headers": ETAG}, 304: NOT_MODIFIED, **problem_answers(404, 409)}
LotQuery = Annotated[str | None, Query(alias="lot", description="Only this lot.")]


@router.get("/sites", tags=["sites"], summary="All sites", responses=PAGE)
async def sites(context: ContextDependency, paging: PagingDependency) -> list[SiteRecord]:
    """Every site that this service watches."""
    return paging.cut(
        [site_record(site) for site in context.hub.sites], lambda site: (site.site_id,)
    )


@router.get("/sites/{site_id}", tags=["sites"], summary="One site", responses=problem_answers(404))
async def site(site_id: str, context: ContextDependency) -> SiteRecord:
    """One site with the ids of its lots and cameras."""
    context.site_ids(site_id)
    return next(site_record(each) for each in context.hub.sites if each.site_id == site_id)


@router.get(
    "/lots",
    tags=["lots"],
    summary="All lots with their counts",
    response_model=list[LotRecord],
    responses=STATES,
    dependencies=[needs(Role.PUBLIC)],
)
async def lots(
    request: Request,
    context: ContextDependency,
    paging: PagingDependency,
    site_id: SiteQuery = None,
) -> Response:
    """Every lot; the count of free spots is a range where some spots are unknown."""
    page = paging.cut(_lots(context, site_id), lambda lot: (lot.site_id, lot.lot_id))
    return available(request, page, paging.headers)


@router.get(
    "/lots/{lot_id}",
    tags=["lots"],
    summary="One lot with its count",
    response_model=LotRecord,
    responses=STATE,
    dependencies=[needs(Role.PUBLIC)],
)
async def lot(
    request: Request, lot_id: str, context: ContextDependency, site_id: SiteQuery = None
) -> Response:
    """One lot; `free_min` spots are known to be free, at most `free_max` may be."""
    found = [each for each in _lots(context, site_id) if each.lot_id == lot_id]
    return available(request, the_one(found, "lot", lot_id))


@router.get(
    "/spots",
    tags=["spots"],
    summary="Spots and their states",
    response_model=list[SpotRecord],
    responses=STATES,
)
def spots(
    request: Request,
    context: ContextDependency,
    paging: PagingDependency,
    site_id: SiteQuery = None,
    lot_id: LotQuery = None,
    camera_id: Annotated[str | None, Query(alias="camera", description="Only this one's.")] = None,
    status: Annotated[Status | None, Query(description="Only in this state.")] = None,
) -> Response:
    """Every spot. A state past its `valid_until` is told as `unknown`, reason `stale`."""
    context.check_names(site_id, {"lot": lot_id, "camera": camera_id})
    found = [
        spot
        for spot in _spots(context, site_id)
        if lot_id in (None, spot.lot_id)
        and camera_id in (None, spot.camera_id)
        and status in (None, spot.status)
    ]
    page = paging.cut(found, lambda spot: (spot.site_id, spot.spot_id))
    return available(request, page, paging.headers)


@router.get(
    "/spots/{spot_id}",
    tags=["spots"],
    summary="One spot and its state",
    response_model=SpotRecord,
    responses=STATE,
)
def spot(
    request: Request, spot_id: str, context: ContextDependency, site_id: SiteQuery = None
) -> Response:
    """One spot: free, occupied, closed, or unknown with the reason."""
    found = [each for each in _spots(context, site_id) if each.spot_id == spot_id]
    return available(request, the_one(found, "spot", spot_id))


def _lots(context: Context, site_id: str | None) -> list[LotRecord]:
    now_ns = context.clock_ns()
    return [lot for each in context.site_ids(site_id) for lot in context.hub.lots(each, now_ns)]


def _spots(context: Context, site_id: str | None) -> list[SpotRecord]:
    now_ns = context.clock_ns()
    return [spot for each in context.site_ids(site_id) for spot in context.hub.spots(each, now_ns)]
