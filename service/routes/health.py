"""Whether the service lives, and whether it can answer."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from service.access.guard import CallerDependency, needs
from service.access.roles import Role, includes
from service.routes.context import ContextDependency

router = APIRouter(prefix="/health", tags=["health"], dependencies=[needs(Role.PUBLIC)])


class Liveness(BaseModel):
    """The process answers."""

    status: str = Field(examples=["live"])


class Readiness(BaseModel):
    """Whether every camera has been heard of: seen, or known to be away."""

    status: str = Field(examples=["ready", "starting"])
    cameras: dict[str, str] = Field(
        description="Status by site and camera; only readers are told.",
        examples=[{"lot-day/north": "live"}],
    )


@router.get("/live", summary="Does the process live?")
def live() -> Liveness:
    """Always 200 while the process answers."""
    return Liveness(status="live")


@router.get(
    "/ready",
    summary="Can it answer?",
    responses={503: {"model": Readiness, "description": "Some camera is still starting."}},
)
def ready(context: ContextDependency, caller: CallerDependency, response: Response) -> Readiness:
    """200 once no camera is still starting; a camera that is away does not hinder."""
    found = {
        f"{site.site_id}/{camera.camera_id}": camera.status
        for site in context.hub.sites
        for camera in context.hub.cameras(site.site_id)
    }
    is_ready = "starting" not in found.values() and not context.hub.is_closed
    response.status_code = 200 if is_ready else 503
    told = dict(found) if includes(caller.role, Role.READER) else {}
    return Readiness(status="ready" if is_ready else "starting", cameras=told)
