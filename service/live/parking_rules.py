"""What an operator wants to know of parked vehicles: stays, overstay, two spots, blocked lanes.

Pure functions over what is known of spots and zones; times are those of the pictures.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from service.site.spot_terms import SpotTerms
from service.timestamps import NS_PER_S
from vision.parking.layout import Zone, ZoneKind
from vision.parking.spot_state import SpotState, SpotStatus
from vision.parking.stopping import Stopped

UNSEEN_S = 900.0  # after so long without a look nobody knows whether it is the same vehicle
TOGETHER_S = 2.0  # two neighbours filled within this time are filled by one vehicle


class ViolationKind(StrEnum):
    """What is wrong."""

    OVERSTAY = "overstay"
    ACROSS_SPOTS = "across_spots"
    STOPPED_IN_LANE = "stopped_in_lane"
    STOPPED_IN_FORBIDDEN_AREA = "stopped_in_forbidden_area"


KIND_OF_ZONE = {
    ZoneKind.LANE: ViolationKind.STOPPED_IN_LANE,
    ZoneKind.FORBIDDEN: ViolationKind.STOPPED_IN_FORBIDDEN_AREA,
}


@dataclass(frozen=True, slots=True)
class OpenStay:
    """A vehicle in a spot, as far as one can tell without knowing vehicles."""

    since_ns: int
    seen_ns: int
    """When it was last known to be there."""
    came_from_free: bool = False
    """Whether it was seen to come; not so when the service or its view began."""

    def dwell_s(self, now_ns: int) -> float:
        """How long it has stood."""
        return max(now_ns - self.since_ns, 0) / NS_PER_S


def next_stay(
    stay: OpenStay | None, before: SpotStatus | None, state: SpotState, now_ns: int
) -> OpenStay | None:
    """The stay in a spot after one more state; a short time of not knowing does not end it."""
    if state.status is SpotStatus.OCCUPIED:
        if stay is None:
            return OpenStay(state.changed_at_ns, now_ns, before is SpotStatus.FREE)
        return OpenStay(stay.since_ns, now_ns, stay.came_from_free)
    is_unknown = state.status is SpotStatus.UNKNOWN
    if stay is not None and is_unknown and now_ns - stay.seen_ns < UNSEEN_S * NS_PER_S:
        return stay
    return None


def overstay_since_ns(stay: OpenStay | None, terms: SpotTerms, now_ns: int) -> int | None:
    """When the longest stay was over, once the grace is over too; None while all is well."""
    if stay is None or terms.max_stay_s is None:
        return None
    if stay.dwell_s(now_ns) <= terms.max_stay_s + terms.grace_s:
        return None
    return stay.since_ns + round(terms.max_stay_s * NS_PER_S)


def stopped_too_long(stopped: Stopped, zone: Zone, now_ns: int) -> bool:
    """Whether a vehicle stands in a zone for longer than the zone allows."""
    return now_ns - stopped.since_ns > zone.max_stop_s * NS_PER_S


def across_spots(
    pairs: Iterable[tuple[str, str]], stays: Mapping[str, OpenStay]
) -> list[tuple[str, str]]:
    """The neighbours that were seen to be filled at the same moment: one vehicle, two spots."""
    return [
        (one, other)
        for one, other in pairs
        if one in stays
        and other in stays
        and stays[one].came_from_free
        and stays[other].came_from_free
        and abs(stays[one].since_ns - stays[other].since_ns) <= TOGETHER_S * NS_PER_S
    ]
