"""How spots were used: time free and occupied, arrivals, departures, and how long cars stayed.

What was not seen counts for nothing: a stay whose begin or end fell into a long time without
sight has no length, and unknown time is neither free nor occupied.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from vision.frame import NS_PER_S
from vision.parking.spot_state import SpotStatus

BRIDGED_S = 600.0  # a stay goes on over so long without sight: a van before it, a camera away
KNOWN = (SpotStatus.FREE, SpotStatus.OCCUPIED)


@dataclass(frozen=True, slots=True)
class StatusFrom:
    """A spot's status from `at_ns` on."""

    at_ns: int
    status: SpotStatus


@dataclass(frozen=True, slots=True)
class Stay:
    """One vehicle on one spot, seen to come and to go."""

    begin_ns: int
    end_ns: int

    @property
    def length_s(self) -> float:
        """From arrival to departure."""
        return (self.end_ns - self.begin_ns) / NS_PER_S


@dataclass(frozen=True, slots=True)
class SpotPast:
    """One spot over time, and what follows from it."""

    changes: tuple[StatusFrom, ...]
    """In order of time; before the first one nothing is known."""
    arrivals_ns: tuple[int, ...]
    departures_ns: tuple[int, ...]
    stays: tuple[Stay, ...]
    """Those whose begin and end were both seen, by their end."""

    def last_before(self, at_ns: int) -> StatusFrom | None:
        """The last change before that moment."""
        count = bisect_left(self.changes, at_ns, key=_at_ns)
        return self.changes[count - 1] if count else None


@dataclass(frozen=True, slots=True)
class Usage:
    """One or several spots over one stretch of time, taken together."""

    spots: int
    free_s: float
    occupied_s: float
    unknown_s: float
    closed_s: float
    arrivals: int
    departures: int
    stays: int
    """Stays that ended in this time and whose length is known."""
    dwell_median_s: float | None
    dwell_p90_s: float | None

    @property
    def occupancy(self) -> float | None:
        """Share of the known time in which a car stood there; None where nothing was known."""
        known_s = self.free_s + self.occupied_s
        return self.occupied_s / known_s if known_s > 0 else None

    @property
    def turnover(self) -> float | None:
        """Arrivals per spot."""
        return self.arrivals / self.spots if self.spots else None


def spot_past(changes: Sequence[StatusFrom]) -> SpotPast:
    """What the changes of one spot, in order of time, say of those who parked there."""
    arrivals: list[int] = []
    departures: list[int] = []
    stays: list[Stay] = []
    arrived_ns: int | None = None  # of the car there now, where it was seen to come
    known = SpotStatus.UNKNOWN  # the last status of the two that is certain
    blind_since_ns: int | None = None
    for change in changes:
        if change.status not in KNOWN:
            if blind_since_ns is None:
                blind_since_ns = change.at_ns
            if change.status is SpotStatus.CLOSED:
                known, arrived_ns = SpotStatus.UNKNOWN, None
            continue
        is_bridged = blind_since_ns is None or change.at_ns - blind_since_ns <= BRIDGED_S * NS_PER_S
        blind_since_ns = None
        if not is_bridged:
            arrived_ns = None  # another car may stand there by now
        if change.status is SpotStatus.OCCUPIED and known is SpotStatus.FREE:
            arrivals.append(change.at_ns)
            arrived_ns = change.at_ns if is_bridged else None
        elif change.status is SpotStatus.FREE and known is SpotStatus.OCCUPIED:
            departures.append(change.at_ns)
            if arrived_ns is not None:
                stays.append(Stay(arrived_ns, change.at_ns))
            arrived_ns = None
        known = change.status
    return SpotPast(tuple(changes), tuple(arrivals), tuple(departures), tuple(stays))


def usage_of(pasts: Sequence[SpotPast], begin_ns: int, end_ns: int) -> Usage:
    """The use of these spots from `begin_ns` until `end_ns`."""
    spent: Counter[SpotStatus] = Counter()
    for past in pasts:
        for status, spent_ns in _spent(past.changes, begin_ns, end_ns):
            spent[status] += spent_ns
    lengths_s = [stay.length_s for past in pasts for stay in _ended(past.stays, begin_ns, end_ns)]
    return Usage(
        spots=len(pasts),
        free_s=spent[SpotStatus.FREE] / NS_PER_S,
        occupied_s=spent[SpotStatus.OCCUPIED] / NS_PER_S,
        unknown_s=spent[SpotStatus.UNKNOWN] / NS_PER_S,
        closed_s=spent[SpotStatus.CLOSED] / NS_PER_S,
        arrivals=sum(_within(past.arrivals_ns, begin_ns, end_ns) for past in pasts),
        departures=sum(_within(past.departures_ns, begin_ns, end_ns) for past in pasts),
        stays=len(lengths_s),
        dwell_median_s=float(np.median(lengths_s)) if lengths_s else None,
        dwell_p90_s=float(np.percentile(lengths_s, 90)) if lengths_s else None,
    )


def _spent(
    changes: Sequence[StatusFrom], begin_ns: int, end_ns: int
) -> Iterator[tuple[SpotStatus, int]]:
    """Status and length of every piece of the time."""
    first = bisect_right(changes, begin_ns, key=_at_ns)
    at_ns, status = begin_ns, changes[first - 1].status if first else SpotStatus.UNKNOWN
    for change in islice(changes, first, None):
        if change.at_ns >= end_ns:
            break
        yield status, change.at_ns - at_ns
        at_ns, status = change.at_ns, change.status
    yield status, max(end_ns - at_ns, 0)


def _ended(stays: Sequence[Stay], begin_ns: int, end_ns: int) -> Sequence[Stay]:
    first = bisect_left(stays, begin_ns, key=_end_ns)
    return stays[first : bisect_left(stays, end_ns, key=_end_ns)]


def _within(times_ns: Sequence[int], begin_ns: int, end_ns: int) -> int:
    return bisect_left(times_ns, end_ns) - bisect_left(times_ns, begin_ns)


def _at_ns(change: StatusFrom) -> int:
    return change.at_ns


def _end_ns(stay: Stay) -> int:
    return stay.end_ns
