"""What a cabin display is sent, many times a second."""

from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from service.live.records import AlertRecord, LiveAlertRecord, example
from service.timestamps import ns_to_iso

SILENT = "silent"
CLOCK = "clock"
URGENCY: dict[str, tuple[float, float, float, float]] = {
    "information": (0.10, 0.33, 12.0, 9.0),
    "caution": (0.34, 0.66, 9.0, 6.0),
    "alarm": (0.67, 1.0, 6.0, 0.0),
}
"""Part of the bar for each level, and the times to collision at its two ends in seconds."""


class Pong(BaseModel):
    """The answer to a display's ping: what bounds the time a message takes."""

    model_config = ConfigDict(frozen=True)

    page_ms: float = Field(description="The display's own clock, as it was sent.")
    service_ms: float = Field(description="The service's clock when it came.")


class CabinMessage(LiveAlertRecord):
    """One message to a cabin display."""

    model_config = example(
        {
            **cast(
                "dict[str, list[dict[str, object]]]",
                LiveAlertRecord.model_config["json_schema_extra"],
            )["examples"][0],
            "service_ms": 81234567.25,
            "urgency": 0.52,
            "pong": {"page_ms": 20311.5, "service_ms": 81234560.5},
        }
    )

    service_ms: float = Field(description="Of a clock that nobody sets; only differences count.")
    urgency: float = Field(ge=0, le=1, description="How far the bar is filled.")
    pong: Pong | None


class Ping(BaseModel):
    """A display asks how long a message takes."""

    type: Literal["ping"]
    page_ms: float = Field(allow_inf_nan=False)


class Shown(BaseModel):
    """A display tells how old a state was when it stood on the glass."""

    type: Literal["shown"]
    level: str = Field(max_length=20)
    age_ms: float = Field(ge=0, le=600_000, allow_inf_nan=False)


class Acknowledge(BaseModel):
    """The driver has seen an alert."""

    type: Literal["acknowledge"]
    alert_id: int


class FalseAlarm(BaseModel):
    """The driver says that there was nothing."""

    type: Literal["false_alarm"]
    alert_id: int


FromDisplay = Ping | Shown | Acknowledge | FalseAlarm


def urgency_share(level: str, time_to_collision_s: float | None) -> float:
    """How far the bar is filled: a third for each level, within it by time to collision."""
    if level not in URGENCY:
        return 0.0
    low, high, slow_s, fast_s = URGENCY[level]
    if time_to_collision_s is None:
        return low
    share = (slow_s - time_to_collision_s) / (slow_s - fast_s)
    return round(low + (high - low) * min(max(share, 0.0), 1.0), 3)


def cabin_message(
    alert: AlertRecord,
    *,
    sequence: int,
    now_ns: int,
    service_ms: float,
    picture_age_s: float | None,
    longest_age_s: float,
    pong: Pong | None = None,
) -> CabinMessage:
    """The next message; what must not be shown as it is becomes unavailable.

    `picture_age_s` is below 0 where the picture comes from the future: a clock was set back. In
    silent mode every message is the same: what fails is told to engineers, not in the cab.
    """
    level, reason = alert.level, alert.reason
    if alert.is_silent:
        level, reason = "unavailable", SILENT
    elif picture_age_s is not None and picture_age_s < 0:
        level, reason = "unavailable", CLOCK
    elif level != "unavailable" and not _is_fresh(picture_age_s, longest_age_s):
        level, reason = "unavailable", "no_picture"
    is_shown = level != "unavailable"
    # the own speed was read for the picture: where that is old or of no known time, so is it
    hides_run = alert.is_silent or reason == CLOCK or not _is_fresh(picture_age_s, longest_age_s)
    nearest = alert.nearest if is_shown else None
    own = alert.model_copy(
        update={
            "level": level,
            "reason": reason,
            "nearest": nearest,
            "alert_id": alert.alert_id if is_shown else None,
            "overspeed": "none" if hides_run else alert.overspeed,
            "run": None if hides_run else alert.run,
        }
    )
    return CabinMessage(
        **dict(own),
        sequence=sequence,
        sent_at=ns_to_iso(now_ns),
        picture_age_s=None if picture_age_s is None else round(max(picture_age_s, 0.0), 3),
        service_ms=round(service_ms, 3),
        urgency=urgency_share(level, nearest.time_to_collision_s if nearest else None),
        pong=pong,
    )


def _is_fresh(picture_age_s: float | None, longest_age_s: float) -> bool:
    return picture_age_s is not None and picture_age_s <= longest_age_s
