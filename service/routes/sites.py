"""Sites and their lots and spots."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from service.recording import site_record
from service.records import LotRecord, SiteRecord, SpotRecord
from service.routes.context import ContextDependency, SiteQuery, the_one
from service.routes.problems import PROBLEM_ANSWERS

router = APIRouter(responses=PROBLEM_ANSWERS)
Status = Literal["free", "occupied", "unknown", "closed"]


@router.get("/sites", tags=["sites"], summary="All sites")
def sites(context: ContextDependency) -> list[SiteRecord]:
    """Every site that this service watches."""
    return [site_record(site) for site in context.hub.sites]


@router.get("/sites/{site_id}", tags=["sites"], summary="One site")
def site(site_id: str, context: ContextDependency) -> SiteRecord:
    """One site with the ids of its lots and cameras."""
    context.site_ids(site_id)
    return next(site_record(each) for each in context.hub.sites if each.site_id == site_id)


@router.get("/lots", tags=["lots"], summary="All lots with their counts")
def lots(context: ContextDependency, site_id: SiteQuery = None) -> list[LotRecord]:
    """Every lot; the count of free spots is a range where some spots are unknown."""
    now_ns = context.clock_ns()
    return [lot for each in context.site_ids(site_id) for lot in context.hub.lots(each, now_ns)]


@router.get("/lots/{lot_id}", tags=["lots"], summary="One lot with its count")
def lot(lot_id: str, context: ContextDependency, site_id: SiteQuery = None) -> LotRecord:
    """One lot; `free_min` spots are known to be free, at most `free_max` may be."""
    found = [each for each in lots(context, site_id) if each.lot_id == lot_id]
    return the_one(found, "lot", lot_id)


@router.get("/spots", tags=["spots"], summary="Spots and their states")
def spots(
    context: ContextDependency,
    site_id: SiteQuery = None,
    lot_id: Annotated[str | None, Query(alias="lot", description="Only this lot.")] = None,
    camera_id: Annotated[str | None, Query(alias="camera", description="Only this one's.")] = None,
    status: Annotated[Status | None, Query(description="Only in this state.")] = None,
) -> list[SpotRecord]:
    """Every spot. A state past its `valid_until` is told as `unknown`, reason `stale`."""
    now_ns = context.clock_ns()
    return [
        spot
        for each in context.site_ids(site_id)
        for spot in context.hub.spots(each, now_ns)
        if lot_id in (None, spot.lot_id)
        and camera_id in (None, spot.camera_id)
        and status in (None, spot.status)
    ]


@router.get("/spots/{spot_id}", tags=["spots"], summary="One spot and its state")
def spot(spot_id: str, context: ContextDependency, site_id: SiteQuery = None) -> SpotRecord:
    """One spot: free, occupied, closed, or unknown with the reason."""
    found = [each for each in spots(context, site_id) if each.spot_id == spot_id]
    return the_one(found, "spot", spot_id)
