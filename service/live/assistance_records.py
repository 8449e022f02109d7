"""What clients read of how trams' assistants do: since the start, and by day."""

from pydantic import BaseModel, Field

from service.cabin.assistance_tally import METRES_PER_KM, AssistanceCounts
from service.live.records import Moment, example


class AssistanceFigures(BaseModel):
    """Counts of some time, per hour and per km."""

    watched_s: float
    unavailable_s: float
    driven_km: float
    informations: int
    cautions: int
    alarms: int
    overspeeds: int
    false_alarms: int = Field(description="Cautions and alarms marked as false, by whomever.")
    warnings_per_hour: float | None = Field(description="Cautions and alarms; none too early.")
    warnings_per_km: float | None
    false_alarms_per_hour: float | None
    false_alarms_per_km: float | None

    @classmethod
    def of(cls, counts: AssistanceCounts) -> "AssistanceFigures":
        """For clients."""
        return AssistanceFigures(
            watched_s=round(counts.watched_s, 1),
            unavailable_s=round(counts.unavailable_s, 1),
            driven_km=round(counts.driven_m / METRES_PER_KM, 3),
            informations=counts.informations,
            cautions=counts.cautions,
            alarms=counts.alarms,
            overspeeds=counts.overspeeds,
            false_alarms=counts.false_alarms,
            warnings_per_hour=counts.per_hour(counts.cautions),
            warnings_per_km=counts.per_km(counts.cautions),
            false_alarms_per_hour=counts.per_hour(counts.false_alarms),
            false_alarms_per_km=counts.per_km(counts.false_alarms),
        )


FIGURES = {
    "watched_s": 7200.0,
    "unavailable_s": 41.5,
    "driven_km": 38.2,
    "informations": 61,
    "cautions": 9,
    "alarms": 2,
    "overspeeds": 0,
    "false_alarms": 1,
    "warnings_per_hour": 4.5,
    "warnings_per_km": 0.24,
    "false_alarms_per_hour": 0.5,
    "false_alarms_per_km": 0.03,
}
DAY = {"begin": "2026-05-01T00:00:00.000Z", **FIGURES}


class AssistanceDayRecord(AssistanceFigures):
    """One day of one tram."""

    model_config = example(DAY)

    begin: Moment = Field(description="Midnight by the site's own clock.")


class AssistanceHistoryRecord(BaseModel):
    """The days of one tram, and all that were asked for together."""

    model_config = example(
        {"site_id": "line-1", "camera_id": "cab", "total": FIGURES, "days": [DAY]}
    )

    site_id: str
    camera_id: str
    total: AssistanceFigures = Field(description="Of all days asked for, on every page the same.")
    days: list[AssistanceDayRecord]


class CabinFigures(AssistanceFigures):
    """How one tram's assistant has done since the service started."""

    model_config = example(
        {
            "site_id": "line-1",
            "camera_id": "cab",
            "is_silent": False,
            **FIGURES,
            "shown_states": 36000,
            "age_ms": {"p50": 71.0, "p95": 118.0, "p99": 160.0},
            "alert_age_ms": {"p50": 74.0, "p95": 121.0, "p99": 163.0},
        }
    )

    site_id: str
    camera_id: str
    is_silent: bool
    shown_states: int = Field(description="Measured by the displays.")
    age_ms: dict[str, float] = Field(description="Capture to display, p50, p95 and p99.")
    alert_age_ms: dict[str, float] = Field(description="The same of alerts alone.")
