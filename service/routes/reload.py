"""Site files read anew while the service runs."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from models.errors import ModelError
from service.access.guard import needs
from service.access.roles import Role
from service.errors import ServiceError
from service.routes.context import ContextDependency
from service.routes.problems import Problem, problem_answers

router = APIRouter(tags=["service"])


class ReloadRecord(BaseModel):
    """Which cameras were started, started anew and stopped, as site and camera."""

    added: list[str] = Field(examples=[["lot-day/south"]])
    changed: list[str] = Field(examples=[["lot-day/north"]])
    removed: list[str] = Field(examples=[[]])


@router.post(
    "/reload",
    summary="Read the site files anew",
    dependencies=[needs(Role.ENGINEER)],
    responses=problem_answers(422, 503),
)
def reload(context: ContextDependency) -> ReloadRecord:
    """Cameras that did not change run on; what is known of spots that stayed is kept.

    Files with a fault are refused with a sentence per fault, and the old ones stay. The same
    happens on SIGHUP, with the faults in the log.
    """
    if context.station is None:
        raise Problem(503, "this service was started without site files")
    try:
        difference = context.station.reload()
    except (ServiceError, ModelError) as error:
        raise Problem(422, str(error)) from error
    return ReloadRecord(
        added=["/".join(key) for key in difference.added],
        changed=["/".join(key) for key in difference.changed],
        removed=["/".join(key) for key in difference.removed],
    )
