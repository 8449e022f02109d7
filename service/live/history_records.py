"""What clients read of the past: changes, hours and days, and forecasts."""

from typing import Literal

from pydantic import BaseModel, Field

from service.live.records import Moment, example
from service.store.alert_history import AlertChange
from service.store.camera_history import CameraChange
from service.store.lot_history import LotCountRow
from service.store.spot_history import SpotChange
from service.store.usage import UsageRow
from service.store.write_gaps import WriteGap
from service.timestamps import ns_to_iso
from vision.parking.forecast import Basis

EventId = Field(
    description="The event of this change; null where the service was not running from then on."
)
At = Field(description="From then on.")


class SpotChangeRecord(BaseModel):
    """What a spot was told as, from `at` on."""

    model_config = example(
        {
            "site_id": "lot-day",
            "lot_id": "main",
            "spot_id": "A4",
            "camera_id": "north",
            "group": "general",
            "status": "occupied",
            "reason": None,
            "confidence": 0.953,
            "at": "2026-05-01T12:00:04.250Z",
            "observed_at": "2026-05-01T12:00:04.250Z",
            "event_id": 1777636804250,
        }
    )
    site_id: str
    lot_id: str
    spot_id: str
    camera_id: str
    group: str
    status: str
    reason: str | None
    confidence: float
    at: Moment = At
    observed_at: Moment | None
    event_id: int | None = EventId

    @classmethod
    def of(cls, row: SpotChange) -> "SpotChangeRecord":
        """For clients."""
        return cls(
            site_id=row.site_id,
            lot_id=row.lot_id,
            spot_id=row.spot_id,
            camera_id=row.camera_id,
            group=row.spot_group,
            status=row.status,
            reason=row.reason,
            confidence=row.confidence,
            at=ns_to_iso(row.at_ns),
            observed_at=None if row.observed_at_ns is None else ns_to_iso(row.observed_at_ns),
            event_id=row.event_id,
        )


class LotCountRecord(BaseModel):
    """A lot's count, from `at` on."""

    model_config = example(
        {
            "site_id": "lot-day",
            "lot_id": "main",
            "at": "2026-05-01T12:00:04.250Z",
            "total": 50,
            "free_min": 41,
            "free_max": 44,
            "occupied": 6,
            "unknown": 3,
            "closed": 0,
            "event_id": 1777636804251,
        }
    )
    site_id: str
    lot_id: str
    at: Moment = At
    total: int
    free_min: int
    free_max: int
    occupied: int
    unknown: int
    closed: int
    event_id: int | None = EventId

    @classmethod
    def of(cls, row: LotCountRow) -> "LotCountRecord":
        """For clients."""
        names = ("site_id", "lot_id", "total", "free_min", "free_max", "occupied", "unknown")
        values = {name: getattr(row, name) for name in (*names, "closed", "event_id")}
        return cls(at=ns_to_iso(row.at_ns), **values)


class AlertChangeRecord(BaseModel):
    """What a tram's display showed, from `at` on."""

    model_config = example(
        {
            "site_id": "tram-crossing",
            "camera_id": "cab",
            "at": "2026-05-01T12:03:09.840Z",
            "alert_id": 1777636989840,
            "level": "caution",
            "reason": None,
            "is_acknowledged": False,
            "kind": "person",
            "distance_m": 33.4,
            "time_to_collision_s": 4.12,
            "confidence": 0.88,
            "event_id": 1777636989840,
        }
    )
    site_id: str
    camera_id: str
    at: Moment = At
    alert_id: int | None
    level: str
    reason: str | None
    is_acknowledged: bool
    kind: str | None = Field(description="Of the nearest obstacle, as the next two.")
    distance_m: float | None
    time_to_collision_s: float | None
    confidence: float
    event_id: int | None = EventId

    @classmethod
    def of(cls, row: AlertChange) -> "AlertChangeRecord":
        """For clients."""
        names = [name for name in cls.model_fields if name != "at"]
        return cls(at=ns_to_iso(row.at_ns), **{name: getattr(row, name) for name in names})


class CameraChangeRecord(BaseModel):
    """How a camera was doing, from `at` on."""

    model_config = example(
        {
            "site_id": "lot-day",
            "camera_id": "north",
            "at": "2026-05-01T12:03:20.500Z",
            "status": "lost",
            "reason": "rtsp://***@10.0.0.9/live does not answer",
            "event_id": 1777637000500,
        }
    )
    site_id: str
    camera_id: str
    at: Moment = At
    status: str
    reason: str | None
    event_id: int | None = EventId

    @classmethod
    def of(cls, row: CameraChange) -> "CameraChangeRecord":
        """For clients."""
        names = [name for name in cls.model_fields if name != "at"]
        return cls(at=ns_to_iso(row.at_ns), **{name: getattr(row, name) for name in names})


class GapRecord(BaseModel):
    """A time in which changes were lost because the database was away for too long."""

    model_config = example(
        {"began": "2026-05-01T12:03:20.500Z", "ended": "2026-05-01T18:40:00.000Z", "lost": 812}
    )
    began: Moment
    ended: Moment
    lost: int

    @classmethod
    def of(cls, row: WriteGap) -> "GapRecord":
        """For clients."""
        return cls(began=ns_to_iso(row.began_ns), ended=ns_to_iso(row.ended_ns), lost=row.lost)


class UsageRecord(BaseModel):
    """One hour or day of a lot, of a group of a lot, or of a spot."""

    model_config = example(
        {
            "site_id": "lot-day",
            "scope": "lot",
            "lot_id": "main",
            "subject": "main",
            "period": "hour",
            "begin": "2026-05-01T12:00:00.000Z",
            "end": "2026-05-01T13:00:00.000Z",
            "is_complete": True,
            "spots": 50,
            "occupancy": 0.62,
            "turnover": 0.34,
            "arrivals": 17,
            "departures": 15,
            "stays": 14,
            "dwell_median_s": 3120.0,
            "dwell_p90_s": 9240.0,
            "free_s": 66120.0,
            "occupied_s": 107880.0,
            "unknown_s": 6000.0,
            "closed_s": 0.0,
        }
    )
    site_id: str
    scope: Literal["lot", "group", "spot"]
    lot_id: str
    subject: str = Field(description="Id of the lot, group or spot.")
    period: Literal["hour", "day"]
    begin: Moment
    end: Moment
    is_complete: bool = Field(description="False while the hour or day is not over.")
    spots: int
    occupancy: float | None = Field(
        description="Share of the known time in which a vehicle stood there."
    )
    turnover: float | None = Field(description="Arrivals per spot.")
    arrivals: int
    departures: int
    stays: int = Field(description="That ended in this time and whose length is known.")
    dwell_median_s: float | None
    dwell_p90_s: float | None
    free_s: float = Field(description="Time of all spots together, as the next three.")
    occupied_s: float
    unknown_s: float
    closed_s: float

    @classmethod
    def of(cls, row: UsageRow) -> "UsageRecord":
        """For clients."""
        used = row.usage
        counted = ("spots", "arrivals", "departures", "stays")
        shares = ("occupancy", "turnover")
        lengths = ("dwell_median_s", "dwell_p90_s", "free_s", "occupied_s", "unknown_s", "closed_s")
        return cls.model_validate(
            {
                **{name: getattr(row, name) for name in ("site_id", "scope", "lot_id", "subject")},
                "period": row.period,
                "begin": ns_to_iso(row.begin_ns),
                "end": ns_to_iso(row.end_ns),
                "is_complete": row.is_complete,
                **{name: getattr(used, name) for name in counted},
                **{name: _rounded(getattr(used, name), 4) for name in shares},
                **{name: _rounded(getattr(used, name), 1) for name in lengths},
            }
        )


class HourForecastRecord(BaseModel):
    """The mean number of free spots in one coming hour."""

    begin: Moment
    end: Moment
    free: float | None = Field(description="Null where nothing is known to foretell from.")
    free_low: int = Field(description="With free_high, what it lies between 8 times in 10.")
    free_high: int


class ForecastRecord(BaseModel):
    """Free spots of the coming hours."""

    model_config = example(
        {
            "site_id": "lot-day",
            "lot_id": "main",
            "made_at": "2026-05-01T12:03:20.500Z",
            "basis": "weekly_pattern",
            "interval": 0.8,
            "total": 50,
            "hours": [
                {
                    "begin": "2026-05-01T13:00:00.000Z",
                    "end": "2026-05-01T14:00:00.000Z",
                    "free": 38.4,
                    "free_low": 34,
                    "free_high": 43,
                }
            ],
        }
    )
    site_id: str
    lot_id: str
    made_at: Moment
    basis: Basis = Field(
        description="weekly_pattern from two weeks on; recent_hours before; nothing: every count"
        " is possible."
    )
    interval: float = Field(description="Share of the hours that end up between low and high.")
    total: int = Field(description="Spots that are not closed now.")
    hours: list[HourForecastRecord]


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
