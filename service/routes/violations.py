"""Vehicles that stand where, or for longer than, they may."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from service.live.records import ViolationRecord
from service.routes.context import ContextDependency, SiteQuery
from service.routes.paging import LINK, PagingDependency
from service.routes.problems import problem_answers

router = APIRouter(tags=["violations"], responses=problem_answers(404))
Kind = Literal["overstay", "across_spots", "stopped_in_lane", "stopped_in_forbidden_area"]


@router.get(
    "/violations", summary="Overstay, two spots, blocked lanes", responses={200: {"headers": LINK}}
)
def violations(
    context: ContextDependency,
    paging: PagingDependency,
    site_id: SiteQuery = None,
    kind: Annotated[Kind | None, Query(description="Only of this kind.")] = None,
    under_way: Annotated[bool, Query(description="Without those that ended.")] = False,
) -> list[ViolationRecord]:
    """Newest first, site by site. A camera tells what it sees, not whose fault it is."""
    found = [
        each
        for name in context.site_ids(site_id)
        for each in context.hub.violations(name)
        if kind in (None, each.kind) and not (under_way and each.ended_at)
    ]
    return paging.cut(found, lambda each: (each.site_id, each.camera_id, str(each.violation_id)))
