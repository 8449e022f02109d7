"""Layouts of cameras, their versions, and where a camera has moved to."""

from typing import Annotated, Any, Literal

import cv2
import numpy as np
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from service.access.guard import CallerDependency, needs
from service.access.roles import Role
from service.live.records import Moment, example
from service.routes.context import Context, ContextDependency, SiteQuery, the_one
from service.routes.paging import LINK, PagingDependency
from service.routes.problems import Problem, problem_answers
from service.site.layout_document import LayoutDocument, check_for_site, document_of, size_of
from service.site.saved_layouts import save_layout
from service.site.site import Camera, ParkingPlan, Site
from service.store.errors import StoreConflict
from service.timestamps import ns_to_iso
from vision.arrays import FloatArray
from vision.errors import LayoutError
from vision.frame import Frame
from vision.parking.alignment import NOT_ALIGNED_YET, Alignment, AlignmentStatus
from vision.parking.watch import ParkingResult
from vision.polygons import polygon_fault

router = APIRouter(tags=["layouts"], responses=problem_answers(404, 409, 422, 503))
FIRST_VERSION_BY = "site file"
STILL_QUALITY = 90
JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {}}, "description": "In its whole size."}
}


SPOT: dict[str, Any] = {
    "id": "A4",
    "lot": "main",
    "polygon": [[192, 152], [250, 152], [262, 121], [215, 121]],
}


class LayoutRecord(BaseModel):
    """One camera's layout, in px of its present picture, of this width and height.

    Of a camera that shows none, in px of the picture on which it was drawn.
    """

    model_config = example(
        {
            "site_id": "lot-day",
            "camera_id": "north",
            "version": 3,
            "created_at": "2026-05-01T12:00:04.250Z",
            "created_by": "control room",
            "comment": "two spots for deliveries",
            "width_px": 1280,
            "height_px": 720,
            "spots": [SPOT],
            "zones": [],
            "map": None,
        }
    )

    site_id: str
    camera_id: str
    version: int
    created_at: Moment | None
    created_by: str
    comment: str
    width_px: int | None
    height_px: int | None
    spots: list[dict[str, Any]]
    zones: list[dict[str, Any]]
    map: dict[str, Any] | None


class LayoutVersionRecord(BaseModel):
    """One version: who saved it, and when."""

    model_config = example(
        {
            "version": 3,
            "created_at": "2026-05-01T12:00:04.250Z",
            "created_by": "control room",
            "comment": "two spots for deliveries",
            "spot_count": 50,
        }
    )

    version: int
    created_at: Moment | None
    created_by: str
    comment: str
    spot_count: int


class LayoutChange(LayoutDocument):
    """A layout as a person drew it: on the present picture, or on one of the size it states."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"base_version": 2, "comment": "two spots for deliveries", "spots": [SPOT]}
            ]
        }
    )

    base_version: int = Field(description="The version that was edited; another one is a 409.")
    comment: str = Field(default="", max_length=200)


class ProposedOutline(BaseModel):
    """Where a spot lies now."""

    id: str
    polygon: list[tuple[float, float]]


class AlignmentRecord(BaseModel):
    """How a camera stands against the picture on which its spots were drawn."""

    model_config = example(
        {
            "site_id": "lot-day",
            "camera_id": "north",
            "status": "moved",
            "shift_px": 31.4,
            "since": "2026-05-01T12:03:20.500Z",
            "homography": [[1.0, 0.01, 28.0], [-0.01, 1.0, 12.5], [0.0, 0.0, 1.0]],
            "proposed": [{"id": "A4", "polygon": SPOT["polygon"]}],
            "reason": None,
        }
    )

    site_id: str
    camera_id: str
    status: Literal["aligned", "drifted", "moved", "unknown"]
    shift_px: float = Field(description="Mean shift of the spots' corners.")
    since: Moment | None
    homography: list[list[float]] | None = Field(
        description="(3, 3), from px of the layout to px of the present picture."
    )
    proposed: list[ProposedOutline] = Field(description="For a person to confirm.")
    reason: str | None


@router.get(
    "/cameras/{camera_id}/layout",
    summary="A camera's layout",
    dependencies=[needs(Role.READER)],
)
def layout(
    camera_id: str,
    context: ContextDependency,
    site_id: SiteQuery = None,
    version: Annotated[int | None, Query(description="An older one; the present one.")] = None,
) -> LayoutRecord:
    """Spots, zones and map points, where they lie in the present picture."""
    site, camera, plan = _parking(context, camera_id, site_id)
    if version is not None and version != plan.layout.version:
        return _saved(context, site, camera, plan, version)
    return _present(context, site, camera, plan)


@router.get(
    "/cameras/{camera_id}/layouts",
    summary="All versions of a layout",
    dependencies=[needs(Role.READER)],
    responses={200: {"headers": LINK}},
)
def versions(
    camera_id: str,
    context: ContextDependency,
    paging: PagingDependency,
    site_id: SiteQuery = None,
) -> list[LayoutVersionRecord]:
    """Newest first; without a store only the present one."""
    site, _, plan = _parking(context, camera_id, site_id)
    saved = context.store.layouts.versions(site.site_id, camera_id) if context.store else []
    if not saved:
        return [
            LayoutVersionRecord(
                version=plan.layout.version,
                created_at=None,
                created_by=FIRST_VERSION_BY,
                comment="",
                spot_count=len(plan.layout.spots),
            )
        ]
    return [
        LayoutVersionRecord(
            version=each.version,
            created_at=ns_to_iso(each.saved_ns),
            created_by=each.saved_by,
            comment=each.note,
            spot_count=len(each.document["spots"]),
        )
        for each in paging.cut(saved, lambda each: (str(each.version),))
    ]


@router.put(
    "/cameras/{camera_id}/layout",
    summary="Save a new version of a layout",
    dependencies=[needs(Role.ENGINEER)],
)
def save(
    camera_id: str,
    change: LayoutChange,
    context: ContextDependency,
    caller: CallerDependency,
    site_id: SiteQuery = None,
) -> LayoutRecord:
    """In use from the camera's next picture on; spots that did not change keep their states."""
    site, camera, plan = _parking(context, camera_id, site_id)
    if change.base_version != plan.layout.version:
        raise Problem(
            409,
            f"camera {camera_id!r} is at version {plan.layout.version} of its layout, "
            f"the change is to version {change.base_version}",
        )
    document = change.model_dump(mode="json", by_alias=True, exclude={"base_version", "comment"})
    return _take(context, site, camera, plan, document, caller.name, change.comment)


@router.get(
    "/cameras/{camera_id}/alignment",
    summary="Whether a camera moved",
    dependencies=[needs(Role.READER)],
)
def alignment(
    camera_id: str, context: ContextDependency, site_id: SiteQuery = None
) -> AlignmentRecord:
    """A small drift is followed by itself; after a large move the spots' new places wait for
    a person's yes.
    """
    site, camera, plan = _parking(context, camera_id, site_id)
    frame, believed = _seen(context, site, camera)
    is_placed = frame is not None and believed.homography is not None
    proposed = []
    if frame is not None and is_placed and believed.status is AlignmentStatus.MOVED:
        shown = plan.as_shown(*frame.size_px).layout
        moved = shown.moved(lambda outline: believed.points(outline, frame.width_px))
        proposed = [
            ProposedOutline(id=spot.spot_id, polygon=np.round(spot.polygon, 1).tolist())
            for spot in moved.spots
        ]
    is_unknown_place = believed.status is AlignmentStatus.MOVED and believed.homography is None
    return AlignmentRecord(
        site_id=site.site_id,
        camera_id=camera_id,
        status=believed.status.value,
        shift_px=round(believed.shift_px, 1),
        since=None if believed.since_ns is None else ns_to_iso(believed.since_ns),
        homography=_in_px(believed, frame.width_px) if frame is not None and is_placed else None,
        proposed=proposed,
        reason="the place is not recognised: draw the spots anew" if is_unknown_place else None,
    )


@router.post(
    "/cameras/{camera_id}/alignment/confirm",
    summary="Take the proposed places of a moved camera's spots",
    dependencies=[needs(Role.ENGINEER)],
)
def confirm(
    camera_id: str,
    context: ContextDependency,
    caller: CallerDependency,
    site_id: SiteQuery = None,
) -> LayoutRecord:
    """The proposal becomes a new version of the layout."""
    site, camera, plan = _parking(context, camera_id, site_id)
    frame, believed = _seen(context, site, camera)
    if frame is None or believed.homography is None or believed.is_still:
        raise Problem(409, f"nothing is proposed for camera {camera_id!r}: it {_stands(believed)}")
    document = _in_present_picture(plan, frame, believed)
    comment = f"followed the camera by {believed.shift_px:.0f} px"
    return _take(context, site, camera, plan, document, caller.name, comment)


@router.get(
    "/cameras/{camera_id}/still.jpg",
    summary="Picture to draw a layout on",
    response_class=Response,
    responses=JPEG,
    dependencies=[needs(Role.ENGINEER)],
)
def still(camera_id: str, context: ContextDependency, site_id: SiteQuery = None) -> Response:
    """The newest picture in its whole size with nothing drawn in; it is kept nowhere."""
    site, camera, _ = _parking(context, camera_id, site_id)
    frame, _ = _seen(context, site, camera)
    if frame is None:
        raise Problem(503, f"camera {camera_id!r} has given no picture yet")
    _, encoded = cv2.imencode(".jpg", frame.image, [cv2.IMWRITE_JPEG_QUALITY, STILL_QUALITY])
    headers = {"Cache-Control": "no-store", "Wayside-Frame-Id": str(frame.frame_id)}
    return Response(encoded.tobytes(), media_type="image/jpeg", headers=headers)


def _parking(
    context: Context, camera_id: str, site_id: str | None
) -> tuple[Site, Camera, ParkingPlan]:
    wanted = context.site_ids(site_id)
    found = [
        (site, camera, camera.plan)
        for site in context.hub.sites
        if site.site_id in wanted
        for camera in site.cameras
        if camera.camera_id == camera_id and isinstance(camera.plan, ParkingPlan)
    ]
    return the_one(found, "parking camera", camera_id)


def _seen(context: Context, site: Site, camera: Camera) -> tuple[Frame | None, Alignment]:
    """The newest picture and how the camera stands; nothing of a layout that is gone."""
    view = context.hub.view(site.site_id, camera.camera_id)
    if view is None or not isinstance(view.result, ParkingResult):
        return None, NOT_ALIGNED_YET
    plan = camera.plan
    drawn = view.result.layout
    is_outdated = (
        isinstance(plan, ParkingPlan) and drawn is not None and drawn.version != plan.layout.version
    )
    return view.frame, NOT_ALIGNED_YET if is_outdated else view.result.alignment


def _present(context: Context, site: Site, camera: Camera, plan: ParkingPlan) -> LayoutRecord:
    frame, believed = _seen(context, site, camera)
    saved = None
    if context.store is not None:
        saved = context.store.layouts.get(site.site_id, camera.camera_id, plan.layout.version)
    return LayoutRecord(
        site_id=site.site_id,
        camera_id=camera.camera_id,
        version=plan.layout.version,
        created_at=None if saved is None else ns_to_iso(saved.saved_ns),
        created_by=FIRST_VERSION_BY if saved is None else saved.saved_by,
        comment="" if saved is None else saved.note,
        **_in_present_picture(plan, frame, believed),
    )


def _in_present_picture(
    plan: ParkingPlan, frame: Frame | None, believed: Alignment
) -> dict[str, Any]:
    """The layout as a document; of a camera that stands aside, where its spots lie now.

    They are cut at the picture's rim; what left it altogether is told outside.
    """
    if frame is None:
        return {"width_px": None, "height_px": None, **document_of(plan)}
    width_px, height_px = frame.size_px
    shown = plan.as_shown(*frame.size_px)
    if believed.is_still:
        return document_of(shown) | size_of(frame.size_px)

    def place(points: FloatArray) -> FloatArray:
        moved = believed.points(points, width_px)
        within = np.clip(moved, 0, [width_px, height_px])
        return np.round(within if polygon_fault(within) is None else moved, 1)

    return document_of(shown, place) | size_of(frame.size_px)


def _saved(
    context: Context, site: Site, camera: Camera, plan: ParkingPlan, version: int
) -> LayoutRecord:
    saved = None
    if context.store is not None:
        saved = context.store.layouts.get(site.site_id, camera.camera_id, version)
    if saved is None:
        raise Problem(404, f"camera {camera.camera_id!r} has no version {version} of its layout")
    frame, _ = _seen(context, site, camera)
    document = LayoutDocument.model_validate(saved.document)
    drawn = document.applied_to(plan, camera.camera_id, version)
    return LayoutRecord(
        site_id=site.site_id,
        camera_id=camera.camera_id,
        version=version,
        created_at=ns_to_iso(saved.saved_ns),
        created_by=saved.saved_by,
        comment=saved.note,
        **_in_present_picture(drawn, frame, NOT_ALIGNED_YET),
    )


def _take(
    context: Context,
    site: Site,
    camera: Camera,
    plan: ParkingPlan,
    document: dict[str, Any],
    by: str,
    comment: str,
) -> LayoutRecord:
    """Check, keep and use a new layout."""
    if context.store is None:
        raise Problem(503, "layouts are kept in the store, and this service runs without one")
    frame, _ = _seen(context, site, camera)
    if frame is not None and document["width_px"] is None:
        document = document | size_of(frame.size_px)
    checked = LayoutDocument.model_validate(document)
    try:
        check_for_site(site, camera, checked)
        drawn = checked.layout(camera.camera_id, 0)
        size_px = drawn.drawn_px if frame is None else frame.size_px
        if size_px is not None:
            drawn.check_fits(*size_px)
    except LayoutError as error:
        raise Problem(422, str(error)) from error
    base_version, now_ns = plan.layout.version, context.clock_ns()
    try:
        saved = save_layout(
            context.store.layouts, site, camera, document, by, comment, now_ns, base_version
        )
    except StoreConflict as conflict:
        raise Problem(409, str(conflict)) from conflict
    changed = checked.applied_to(plan, camera.camera_id, saved.version)
    context.use_plan(site, camera, changed)
    site, camera, plan = _parking(context, camera.camera_id, site.site_id)
    return _present(context, site, camera, plan)


def _in_px(believed: Alignment, width_px: int) -> list[list[float]]:
    corners = np.array([[0.0, 0.0], [width_px, 0.0], [width_px, width_px / 2], [0.0, width_px / 2]])
    there = believed.points(corners, width_px)
    homography = cv2.getPerspectiveTransform(corners.astype(np.float32), there.astype(np.float32))
    return [[float(value) for value in row] for row in homography]


def _stands(believed: Alignment) -> str:
    if believed.status is AlignmentStatus.MOVED:
        return "moved, and its place is not recognised: draw the spots anew"
    if believed.status is AlignmentStatus.UNKNOWN:
        return "has shown no picture yet"
    return "stands as it stood"
