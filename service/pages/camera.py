"""A camera's page: its picture, its health, and where its time goes."""

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.live.records import CameraRecord
from service.pages.history import camera_changes
from service.pages.page import page
from service.pages.plan import camera_plan, named_outline
from service.pages.sites import camera_of, now_of, site_of
from service.routes.context import ContextDependency
from service.routes.layouts import alignment
from service.site.site import Camera, ParkingPlan
from service.site.time_zone import zone_of
from service.timestamps import ns_to_datetime
from vision.parking.layout import Spot

router = APIRouter(include_in_schema=False)
MOST_CHANGES = 12


@router.get("/sites/{site_id}/cameras/{camera_id}", response_class=HTMLResponse)
def camera(
    request: Request, site_id: str, camera_id: str, context: ContextDependency
) -> HTMLResponse:
    """One camera."""
    site = site_of(context, site_id)
    record = camera_of(context, site_id, camera_id)
    now_ns = context.clock_ns()
    spots = context.hub.spots(site_id, now_ns)
    is_parking = record.mission == "parking"
    aligned = alignment(camera_id, context, site_id) if is_parking else None
    values = {
        "site": site,
        "camera": record,
        "stages": stage_bars(record),
        "drop_share": drop_share(record),
        "plan": camera_plan(site, record, spots) if is_parking else None,
        "changes": [
            (ns_to_datetime(each.at_ns), each)
            for each in camera_changes(context, site_id, camera_id, MOST_CHANGES, now_ns)
        ],
        "alignment": aligned,
        "drawn": [
            named_outline(spot.spot_id, spot.polygon)
            for spot in _drawn_spots(site.camera(camera_id), record)
        ],
        "proposed": [
            named_outline(each.id, np.array(each.polygon))
            for each in (aligned.proposed if aligned else ())
        ],
        "now": now_of(context),
        "zone": zone_of(site.time_zone),
    }
    return page(request, "camera.html", values)


def _drawn_spots(camera: Camera | None, record: CameraRecord) -> tuple[Spot, ...]:
    """The spots where they were drawn, in px of the camera's present picture."""
    if camera is None or not isinstance(camera.plan, ParkingPlan):
        return ()
    if record.width_px is None or record.height_px is None:
        return camera.plan.layout.spots
    return camera.plan.as_shown(record.width_px, record.height_px).layout.spots


def drop_share(camera: CameraRecord) -> float | None:
    """Share of the decoded pictures that were never looked at; None before the first."""
    decoded = camera.frames + camera.dropped
    return camera.dropped / decoded if decoded else None


def stage_bars(camera: CameraRecord) -> list[tuple[str, float, float]]:
    """Each stage of the last picture: its name, its ms, and its share of the longest."""
    longest = max(camera.stage_ms.values(), default=0.0) or 1.0
    return [(name, spent, max(spent, 0.0) / longest) for name, spent in camera.stage_ms.items()]
