"""How often an assistant has spoken, over time and way: what a trial in silent mode is for."""

from dataclasses import dataclass, fields, replace
from typing import Any

from vision.tram.alert_state import AlertLevel
from vision.tram.drive import Drive
from vision.tram.overspeed import Overspeed
from vision.tram.watch import TramResult

SECONDS_PER_HOUR = 3600.0
METRES_PER_KM = 1000.0
LEAST_S, LEAST_M = 5.0, 20.0
"""A rate over less than this says nothing."""


@dataclass(frozen=True, slots=True)
class AssistanceCounts:
    """What was counted in some time, such as a day."""

    informations: int = 0
    cautions: int = 0
    alarms: int = 0
    overspeeds: int = 0
    """Cautions about the speed."""
    false_alarms: int = 0
    """Cautions and alarms that a driver, or in the control room a person, marked as false."""
    watched_s: float = 0.0
    unavailable_s: float = 0.0
    driven_m: float = 0.0

    def __add__(self, other: "AssistanceCounts") -> "AssistanceCounts":
        """Of both times together."""
        pairs = zip(self.values(), other.values(), strict=True)
        return AssistanceCounts(*(mine + others for mine, others in pairs))

    def __sub__(self, earlier: "AssistanceCounts") -> "AssistanceCounts":
        """What has come since `earlier`."""
        pairs = zip(self.values(), earlier.values(), strict=True)
        return AssistanceCounts(*(now - before for now, before in pairs))

    def values(self) -> list[Any]:
        """The counts in the order of their fields."""
        return [getattr(self, field.name) for field in fields(AssistanceCounts)]

    def per_hour(self, count: int) -> float | None:
        """None while too little time was watched."""
        if self.watched_s < LEAST_S:
            return None
        return round(count / self.watched_s * SECONDS_PER_HOUR, 2)

    def per_km(self, count: int) -> float | None:
        """None while too little way was driven."""
        if self.driven_m < LEAST_M:
            return None
        return round(count / self.driven_m * METRES_PER_KM, 2)


@dataclass(frozen=True, slots=True)
class AssistanceTally(AssistanceCounts):
    """Counted since the service, or the replay, began."""

    level: AlertLevel = AlertLevel.UNAVAILABLE
    alert_id: int | None = None
    """Of the last alert, and the level that it was last told at."""
    alert_level: AlertLevel = AlertLevel.CLEAR
    overspeed: Overspeed = Overspeed.NONE
    at_ns: int | None = None
    drive: Drive | None = None

    @property
    def sentence(self) -> str:
        """For people; on a run without hazards every warning is a false alarm."""
        rates = [
            f"{rate:g} {unit}"
            for rate, unit in (
                (self.per_hour(self.cautions), "per hour"),
                (self.per_km(self.cautions), "per km"),
            )
            if rate is not None
        ]
        said = f"{self.cautions} warnings ({self.alarms} of them alarms), "
        said += f"{self.overspeeds} overspeeds in {self.driven_m / 1000:.2f} km"
        return f"{said}: {', '.join(rates)} of warnings" if rates else said

    def summary(self) -> dict[str, float | None]:
        """All of it as JSON holds it."""
        return {
            "warnings": self.cautions,
            "alarms": self.alarms,
            "informations": self.informations,
            "overspeeds": self.overspeeds,
            "watched_s": round(self.watched_s, 2),
            "unavailable_s": round(self.unavailable_s, 2),
            "driven_m": round(self.driven_m, 1),
            "warnings_per_hour": self.per_hour(self.cautions),
            "warnings_per_km": self.per_km(self.cautions),
        }


ORDER = (AlertLevel.CLEAR, AlertLevel.INFORMATION, AlertLevel.CAUTION, AlertLevel.ALARM)
LONGEST_STEP_S = 5.0  # a longer time without results was not watched


def next_tally(tally: AssistanceTally, result: TramResult) -> AssistanceTally:
    """The tally after one more result; an alert that rises counts once at each level.

    One that goes on after being unavailable is the same.
    """
    level, drive, alert_id = result.alert.level, result.drive, result.alert.alert_id
    goes_on = alert_id is not None and alert_id == tally.alert_id
    before, after = _rank(tally.alert_level if goes_on else tally.level), _rank(level)
    overspeed = drive.overspeed.level if drive else Overspeed.NONE
    elapsed_s = 0.0
    if tally.at_ns is not None:
        elapsed_s = min(max(result.timestamp_ns - tally.at_ns, 0) / 1e9, LONGEST_STEP_S)
    was_available = tally.level is not AlertLevel.UNAVAILABLE
    way_m = 0.0
    if drive is not None and tally.drive is not None:
        way_m = max(drive.driven_m - tally.drive.driven_m, 0.0)
    return replace(
        tally,
        informations=tally.informations + (before < 1 <= after),
        cautions=tally.cautions + (before < 2 <= after),
        alarms=tally.alarms + (before < 3 <= after),
        overspeeds=tally.overspeeds + (tally.overspeed < Overspeed.CAUTION <= overspeed),
        watched_s=tally.watched_s + elapsed_s * was_available,
        unavailable_s=tally.unavailable_s + elapsed_s * (not was_available),
        driven_m=tally.driven_m + way_m,
        level=level,
        alert_id=tally.alert_id if alert_id is None else alert_id,
        alert_level=tally.alert_level if alert_id is None else level,
        overspeed=overspeed,
        at_ns=result.timestamp_ns,
        drive=drive or tally.drive,
    )


def _rank(level: AlertLevel) -> int:
    return ORDER.index(level) if level in ORDER else 0
