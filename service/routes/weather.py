"""The weather at a site, as the operator reports it: the accuracy audit is told by it."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from service.access.guard import needs
from service.access.roles import Role
from service.live.records import Moment, example
from service.live.weather import Weather, WeatherReport
from service.routes.context import Context, ContextDependency
from service.routes.problems import Problem, problem_answers
from service.timestamps import NS_PER_S, iso_to_ns, ns_to_iso, seconds_to_ns

router = APIRouter(tags=["sites"])
VALID_FOR_S = 3600.0
MOST_VALID_FOR_S = 86_400.0
AHEAD_S = 60.0  # that a reporter's clock may be ahead of ours


class WeatherChange(BaseModel):
    """One observation."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"weather": "rain", "valid_for_s": 1800}]},
    )

    weather: Literal["dry", "rain", "fog", "snow", "unknown"]
    observed_at: AwareDatetime | None = Field(
        default=None, description="When it was seen, with its offset; now where left out."
    )
    valid_for_s: float = Field(
        default=VALID_FOR_S,
        gt=0,
        le=MOST_VALID_FOR_S,
        description="After this it is unknown again, unless reported anew.",
    )

    @field_validator("observed_at", mode="before")
    @classmethod
    def _is_text(cls, value: object) -> object:
        """A number is no moment, though pydantic would take one for seconds since 1970."""
        if not isinstance(value, str | datetime | None):
            raise ValueError(f"must be a moment as text with its offset, got {value!r}")
        return value


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
    now_ns = context.clock_ns()
    observed_ns = now_ns if change.observed_at is None else _ns(change.observed_at)
    if observed_ns > now_ns + AHEAD_S * NS_PER_S:
        raise Problem(422, f"observed_at must not lie ahead, got {ns_to_iso(observed_ns)}")
    told = WeatherReport(
        Weather(change.weather),
        min(observed_ns, now_ns),
        observed_ns + seconds_to_ns(change.valid_for_s),
    )
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


def _ns(moment: datetime) -> int:
    return iso_to_ns(moment.isoformat())
