"""The weather at a site, as the operator reports it: the accuracy audit is told by it."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from service.access.guard import needs
from service.access.roles import Role
from service.live.records import Moment, example
from service.live.weather import WeatherChange
from service.routes.context import Context, ContextDependency
from service.routes.problems import Problem, problem_answers
from service.timestamps import ns_to_iso

router = APIRouter(tags=["sites"])


class WeatherRecord(BaseModel):
    """The weather now."""

    model_config = example(
        {
            "site_id": "market-square",
            "weather": "rain",
            "observed_at": "2026-05-01T12:00:04.250Z",
            "valid_until": "2026-05-01T13:00:04.250Z",
        }
    )

    site_id: str
    weather: Literal["dry", "rain", "fog", "snow", "unknown"]
    observed_at: Moment | None
    valid_until: Moment | None


@router.get(
    "/sites/{site_id}/weather", summary="The weather at a site", responses=problem_answers(404)
)
def weather(site_id: str, context: ContextDependency) -> WeatherRecord:
    """`unknown` where nobody has reported it, or too long ago."""
    context.site_ids(site_id)
    return _record(context, site_id)


@router.put(
    "/sites/{site_id}/weather",
    summary="Report the weather at a site",
    responses=problem_answers(404, 409),
    dependencies=[needs(Role.OPERATOR)],
)
def report(site_id: str, change: WeatherChange, context: ContextDependency) -> WeatherRecord:
    """By a weather service, a road sensor or a person; audit samples taken from now on carry it."""
    context.site_ids(site_id)
    try:
        told = change.report(context.clock_ns())
    except ValueError as error:
        raise Problem(422, str(error)) from None
    if not context.hub.weathers.take(site_id, told):
        raise Problem(409, f"a newer report of the weather at {site_id!r} is known")
    return _record(context, site_id)


def _record(context: Context, site_id: str) -> WeatherRecord:
    known = context.hub.weathers.report(site_id)
    now = context.hub.weathers.at(site_id, context.clock_ns())
    return WeatherRecord(
        site_id=site_id,
        weather=now.value,
        observed_at=None if known is None else ns_to_iso(known.observed_ns),
        valid_until=None if known is None else ns_to_iso(known.valid_until_ns),
    )
