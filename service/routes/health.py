"""Whether the service lives, and whether it can answer."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from service.access.guard import CallerDependency, needs
from service.access.roles import Role, includes
from service.live.records import Moment, example
from service.routes.context import ContextDependency
from service.store.store import Store
from service.timestamps import ns_to_iso

router = APIRouter(prefix="/health", tags=["health"], dependencies=[needs(Role.PUBLIC)])


class Liveness(BaseModel):
    """The process answers."""

    status: str = Field(examples=["live"])


class Readiness(BaseModel):
    """Whether every camera has been heard of: seen, or known to be away."""

    model_config = example(
        {"status": "ready", "cameras": {"lot-day/north": "live"}, "database": "ready"}
    )

    status: str = Field(examples=["ready", "starting"])
    cameras: dict[str, str] = Field(
        description="Status by site and camera; only readers are told.",
        examples=[{"lot-day/north": "live"}],
    )
    database: Literal["ready", "away", "none"] = Field(
        description="While it is away live answers go on, and changes wait to be kept."
    )


class StoreHealth(BaseModel):
    """How keeping the history is going."""

    model_config = example(
        {
            "database": "away",
            "reason": "the database postgresql+psycopg://w:***@db/wayside does not answer: …",
            "away_since": "2026-05-01T12:03:20.500Z",
            "queued": 812,
            "longest_queue": 50000,
            "written": 40711,
            "lost": 0,
            "committed_id": 1777636804250,
        }
    )
    database: Literal["ready", "away", "none"]
    reason: str | None = Field(description="Why it is away.")
    away_since: Moment | None
    queued: int = Field(description="Changes that wait to be kept.")
    longest_queue: int = Field(description="So many may wait; then the oldest are lost.")
    written: int = Field(description="Changes kept since the start.")
    lost: int = Field(description="Changes since the start that are in no history.")
    committed_id: int = Field(description="Up to this event everything is kept.")


@router.get("/live", summary="Does the process live?")
async def live() -> Liveness:
    """Always 200 while the process answers."""
    return Liveness(status="live")


@router.get(
    "/ready",
    summary="Can it answer?",
    responses={503: {"model": Readiness, "description": "Some camera is still starting."}},
)
async def ready(
    context: ContextDependency, caller: CallerDependency, response: Response
) -> Readiness:
    """200 once no camera is still starting; a camera that is away does not hinder."""
    found: dict[str, str] = {
        f"{site.site_id}/{camera.camera_id}": camera.status
        for site in context.hub.sites
        for camera in context.hub.cameras(site.site_id)
    }
    is_ready = "starting" not in found.values() and not context.hub.is_closed
    response.status_code = 200 if is_ready else 503
    told = dict(found) if includes(caller.role, Role.READER) else {}
    return Readiness(
        status="ready" if is_ready else "starting",
        cameras=told,
        database=_database(context.store),
    )


@router.get("/store", summary="Is the history kept?", dependencies=[needs(Role.OPERATOR)])
async def store(context: ContextDependency) -> StoreHealth:
    """Always 200: a database that is away hinders no live answer."""
    if context.store is None:
        return StoreHealth(
            database="none",
            reason=None,
            away_since=None,
            queued=0,
            longest_queue=0,
            written=0,
            lost=0,
            committed_id=0,
        )
    status = context.store.writer.status
    away_ns = status.away_since_ns
    return StoreHealth(
        database=_database(context.store),
        reason=status.reason,
        away_since=None if away_ns is None else ns_to_iso(away_ns),
        queued=status.queued,
        longest_queue=status.longest_queue,
        written=status.written,
        lost=status.lost,
        committed_id=status.committed_id,
    )


def _database(store: Store | None) -> Literal["ready", "away", "none"]:
    if store is None:
        return "none"
    return "away" if store.writer.status.is_away else "ready"
