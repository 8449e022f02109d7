"""What weather the operator says there is at a site; nobody else knows, and nothing is guessed."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from service.timestamps import iso_to_ns, seconds_to_ns

VALID_FOR_S = 3600.0
MOST_VALID_FOR_S = 86_400.0
AHEAD_S = 60.0  # that a reporter's clock may be ahead of ours


class Weather(StrEnum):
    """As far as it matters to a camera."""

    DRY = "dry"
    RAIN = "rain"
    FOG = "fog"
    SNOW = "snow"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WeatherReport:
    """One observation and how long it may be believed."""

    weather: Weather
    observed_ns: int
    valid_until_ns: int

    def at(self, now_ns: int) -> Weather:
        """The weather at a moment, unknown before the observation and once it is too old."""
        is_valid = self.observed_ns <= now_ns < self.valid_until_ns
        return self.weather if is_valid else Weather.UNKNOWN


class WeatherChange(BaseModel):
    """One observation."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"weather": "rain", "valid_for_s": 1800}]},
    )

    weather: Literal["dry", "rain", "fog", "snow", "unknown"]
    observed_at: AwareDatetime | None = Field(
        default=None,
        description="When it was seen, with its offset; now where left out, within the last day.",
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

    def report(self, now_ns: int) -> WeatherReport:
        """As it is kept; raises ValueError where it lies ahead, or too far back to be believed."""
        observed_ns = now_ns
        if self.observed_at is not None:
            observed_ns = iso_to_ns(self.observed_at.isoformat())
            said = f"got {self.observed_at.isoformat()}"
            if observed_ns > now_ns + seconds_to_ns(AHEAD_S):
                raise ValueError(f"observed_at must not lie ahead, {said}")
            if observed_ns < now_ns - seconds_to_ns(MOST_VALID_FOR_S):
                hours = MOST_VALID_FOR_S / 3600
                raise ValueError(f"observed_at must be of the last {hours:g} hours, {said}")
        return WeatherReport(
            Weather(self.weather),
            min(observed_ns, now_ns),
            observed_ns + seconds_to_ns(self.valid_for_s),
        )


Keep = Callable[[str, WeatherReport], object]
"""Takes a site's newest report, to outlive the service."""


class Weathers:
    """The newest report of each site; from any thread."""

    def __init__(self) -> None:
        self._reports: dict[str, WeatherReport] = {}
        self._lock = threading.Lock()
        self._keep: Keep | None = None

    def keep(self, known: Mapping[str, WeatherReport], keep: Keep) -> None:
        """Begin with what an earlier life knew, and hand on what comes."""
        for site_id, report in known.items():
            self.take(site_id, report)
        self._keep = keep

    def take(self, site_id: str, report: WeatherReport) -> bool:
        """Keep a report; False, and nothing changes, where a newer one is known."""
        with self._lock:
            known = self._reports.get(site_id)
            if known is not None and known.observed_ns > report.observed_ns:
                return False
            self._reports[site_id] = report
        if self._keep is not None:
            self._keep(site_id, report)
        return True

    def report(self, site_id: str) -> WeatherReport | None:
        """The newest one, however old."""
        with self._lock:
            return self._reports.get(site_id)

    def at(self, site_id: str, now_ns: int) -> Weather:
        """The weather at a site at a moment."""
        report = self.report(site_id)
        return Weather.UNKNOWN if report is None else report.at(now_ns)
