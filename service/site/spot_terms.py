"""On what terms a spot may be used: permits, longest stay, closed hours, level."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from service.site.block import Block, Id, NotNegative, Positive
from service.site.time_zone import zone_of
from service.timestamps import NS_PER_S

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
GRACE_S = 300.0
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAYS_PER_WEEK = len(DAYS)


def _time_of_day(text: str) -> str:
    try:
        is_local = time.fromisoformat(text).tzinfo is None
    except ValueError:
        is_local = False
    if not is_local:
        raise ValueError(f"wanted a time of day by the site's clock such as 22:30, got {text!r}")
    return text


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]


class HoursBlock(Block):
    """Hours of a day; an end before the begin is on the next day."""

    days: list[Day] = Field(default=list(DAYS), min_length=1)
    begin: TimeOfDay = Field(alias="from", examples=["22:00"])
    end: TimeOfDay = Field(alias="to", examples=["06:00"])

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, data: object) -> object:
        if isinstance(data, dict):
            unknown = [str(key) for key in data if key not in ("days", "from", "to")]
            if unknown:
                raise ValueError(f"unknown key {unknown[0]!r}; known are days, from, to")
        return data

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        if time.fromisoformat(self.begin) == time.fromisoformat(self.end):
            raise ValueError(f"from and to must differ, got {self.begin} twice")
        return self


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours that come back every week, by the site's own clock."""

    days: tuple[Day, ...]
    begin: time
    end: time

    def __contains__(self, moment: datetime) -> bool:
        """Whether a moment, by the site's clock, lies within."""
        now = moment.time()
        today = DAYS[moment.weekday()]
        if self.begin < self.end:
            return today in self.days and self.begin <= now < self.end
        yesterday = DAYS[(moment - timedelta(days=1)).weekday()]
        return (today in self.days and now >= self.begin) or (
            yesterday in self.days and now < self.end
        )


@dataclass(frozen=True, slots=True)
class SpotTerms:
    """Who may stand in a spot, how long, and when nobody may."""

    permits: tuple[str, ...] = ()
    """Any one of them is needed; none: everybody may."""
    max_stay_s: float | None = None
    closed_hours: tuple[Hours, ...] = ()
    level: str | None = None
    """Floor of a car park."""
    grace_s: float = GRACE_S
    """Beyond the longest stay, before it is told."""

    def is_closed_at(self, now_ns: int, time_zone: str) -> bool:
        """Whether the spot is out of service at that moment (UTC)."""
        if not self.closed_hours:
            return False
        return _is_within(self.closed_hours, _moment(now_ns, time_zone))

    def turned_ns(self, now_ns: int, time_zone: str) -> int | None:
        """When closed hours last began or ended before that moment; None without any."""
        if not self.closed_hours:
            return None
        return _last_turn_ns(self.closed_hours, time_zone, now_ns // NS_PER_S)


FOR_ALL = SpotTerms()


def _moment(now_ns: int, time_zone: str) -> datetime:
    return datetime.fromtimestamp(now_ns / NS_PER_S, zone_of(time_zone))


def _is_within(closed_hours: Sequence[Hours], moment: datetime) -> bool:
    return any(moment in hours for hours in closed_hours)


@lru_cache(maxsize=256)
def _last_turn_ns(closed_hours: tuple[Hours, ...], time_zone: str, now_s: int) -> int | None:
    """The same for all spots of the same hours, and asked for with every picture."""
    now = _moment(now_s * NS_PER_S, time_zone)
    edges = {
        datetime.combine(now.date() - timedelta(days=days), at, now.tzinfo)
        for days in range(DAYS_PER_WEEK + 1)
        for hours in closed_hours
        for at in (hours.begin, hours.end)
    }
    for edge in sorted(edges, reverse=True):
        before = edge - timedelta(microseconds=1)
        is_turn = _is_within(closed_hours, edge) != _is_within(closed_hours, before)
        if edge <= now and is_turn:
            return round(edge.timestamp()) * NS_PER_S
    return None


class SpotTermsBlock(Block):
    """Terms of one spot in a site file; what one of its cameras states holds for all of them."""

    permits: list[Id] = Field(
        default=[], description="Any one of these is needed, such as residents."
    )
    max_stay_min: Positive | None = Field(
        default=None, description="Longest stay in minutes; longer is told as overstay."
    )
    grace_min: NotNegative = Field(
        default=GRACE_S / 60, description="Minutes beyond the longest stay before it is told."
    )
    closed_hours: list[HoursBlock] = Field(
        default=[], description="When nobody may park, by the site's time_zone."
    )
    level: Id | None = Field(default=None, description="Floor of a car park.")

    def terms(self) -> SpotTerms:
        """As the service works with them."""
        stay_s = None if self.max_stay_min is None else self.max_stay_min * 60
        return SpotTerms(
            tuple(self.permits),
            stay_s,
            _hours(self.closed_hours),
            self.level,
            self.grace_min * 60,
        )


def _hours(blocks: Sequence[HoursBlock]) -> tuple[Hours, ...]:
    return tuple(
        Hours(tuple(each.days), time.fromisoformat(each.begin), time.fromisoformat(each.end))
        for each in blocks
    )
