"""Cameras, how they are doing, and their live pictures."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from service.live.records import CameraRecord
from service.routes.context import Context, ContextDependency, SiteQuery, the_one
from service.routes.paging import LINK, PagingDependency
from service.routes.problems import PROBLEM_ANSWERS, Problem, problem_answers
from service.timestamps import ns_to_iso

router = APIRouter(tags=["cameras"], responses=PROBLEM_ANSWERS)
JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {}}, "description": "At most 640 px wide."},
    **problem_answers(503),
}


@router.get("/cameras", summary="All cameras", responses={200: {"headers": LINK}})
async def cameras(
    context: ContextDependency, paging: PagingDependency, site_id: SiteQuery = None
) -> list[CameraRecord]:
    """Every camera, its link, its view, its counters and where its time goes."""
    return paging.cut(_cameras(context, site_id), lambda each: (each.site_id, each.camera_id))


@router.get("/cameras/{camera_id}", summary="One camera")
def camera(camera_id: str, context: ContextDependency, site_id: SiteQuery = None) -> CameraRecord:
    """One camera; anything but `live` has a reason."""
    found = [each for each in _cameras(context, site_id) if each.camera_id == camera_id]
    return the_one(found, "camera", camera_id)


@router.get(
    "/cameras/{camera_id}/picture.jpg",
    summary="Live picture",
    response_class=Response,
    responses=JPEG,
)
def picture(
    camera_id: str,
    context: ContextDependency,
    site_id: SiteQuery = None,
    is_bare: Annotated[
        bool, Query(alias="bare", description="A parking camera's with nothing drawn in.")
    ] = False,
) -> Response:
    """The newest picture with the results drawn in; it is kept nowhere."""
    found = camera(camera_id, context, site_id)
    newest = context.pictures.newest(found.site_id, camera_id, is_bare=is_bare)
    if newest is None:
        raise Problem(503, f"camera {camera_id!r} has given no picture yet")
    headers = {
        "Cache-Control": "no-store",
        "Wayside-Frame-Id": str(newest.frame_id),
        "Wayside-Observed-At": ns_to_iso(newest.timestamp_ns),
    }
    return Response(newest.jpeg, media_type="image/jpeg", headers=headers)


def _cameras(context: Context, site_id: str | None) -> list[CameraRecord]:
    return [camera for each in context.site_ids(site_id) for camera in context.hub.cameras(each)]
