"""The forecast of a lot from its kept hours and its present count."""

from collections import Counter
from collections.abc import Sequence
from datetime import tzinfo

import numpy as np

from service.live.records import LotRecord
from service.site.site import Site
from service.site.spot_terms import SpotTerms
from service.site.time_zone import zone_of
from service.store.calendar import HOUR_NS, hour_of_week, period_begin
from service.store.page import Span
from service.store.usage import UsageHistory
from vision.parking.forecast import Forecast, HourForecast, PastHours, forecast_free
from vision.parking.usage import Usage

MEMORY_HOURS = 8 * 168
LEAST_KNOWN_SHARE = 0.5  # of an hour's spot time; less says little about the whole lot
LOOKS_PER_HOUR = 4  # closed hours begin and end at a quarter of an hour, if not at a whole one


def forecast_lot(
    history: UsageHistory, site: Site, lot: LotRecord, *, hours: int, now_ns: int
) -> Forecast:
    """The mean free spots of a lot, told as `lot` now, in each of `hours` after the present one.

    What is foretold is the share of the usable spots; how many those will be, closed hours say.
    """
    zone = zone_of(site.time_zone)
    present_ns = period_begin(now_ns, "hour", zone)
    begins = [present_ns + ahead * HOUR_NS for ahead in range(1, hours + 1)]
    usable = lot.total - lot.closed
    is_known = lot.free_min + lot.occupied > 0
    shares = forecast_free(
        _past_shares(history, lot, present_ns, zone, now_ns),
        [hour_of_week(begin_ns, zone) for begin_ns in begins],
        free_now=(lot.free_min / usable, lot.free_max / usable) if is_known else None,
        hour_passed=(now_ns - present_ns) / HOUR_NS,
        total=1,
    )
    spots = usable_spots(site, lot.lot_id, begins)
    return Forecast(shares.basis, tuple(map(_share_of, spots, shares.hours)))


def usable_spots(site: Site, lot_id: str, begins_ns: Sequence[int]) -> list[float]:
    """How many spots of a lot are not closed in each of these hours, on average."""
    closed = {spot.spot_id for _, spot in site.spot_views() if spot.is_closed}
    terms = Counter(
        site.terms_of(spot.spot_id)
        for _, spot in site.spots()
        if spot.lot_id == lot_id and spot.spot_id not in closed
    )
    return [
        sum(count * _open_share(each, begin_ns, site.time_zone) for each, count in terms.items())
        for begin_ns in begins_ns
    ]


def free_share(usage: Usage) -> float:
    """Mean share of free spots, as if the unseen ones were as the seen; NaN where few were."""
    known_s = usage.free_s + usage.occupied_s
    if known_s < LEAST_KNOWN_SHARE * (known_s + usage.unknown_s) or known_s == 0:
        return float("nan")
    return usage.free_s / known_s


def _past_shares(
    history: UsageHistory, lot: LotRecord, present_ns: int, zone: tzinfo, now_ns: int
) -> PastHours:
    rows = history.read(
        lot.site_id,
        "lot",
        lot.lot_id,
        "hour",
        Span(present_ns - MEMORY_HOURS * HOUR_NS, present_ns),
        lot_id=lot.lot_id,
        zone=zone,
        now_ns=now_ns,
    )
    by_begin = {row.begin_ns: free_share(row.usage) for row in rows}
    starts = range(min(by_begin, default=present_ns), present_ns, HOUR_NS)
    return PastHours(
        free=np.array([by_begin.get(start, np.nan) for start in starts], np.float64),
        slot=np.array([hour_of_week(start, zone) for start in starts], np.int64),
    )


def _open_share(terms: SpotTerms, begin_ns: int, time_zone: str) -> float:
    """Of the hour that begins then."""
    moments = range(begin_ns, begin_ns + HOUR_NS, HOUR_NS // LOOKS_PER_HOUR)
    return sum(not terms.is_closed_at(at_ns, time_zone) for at_ns in moments) / LOOKS_PER_HOUR


def _share_of(spots: float, hour: HourForecast) -> HourForecast:
    return HourForecast(spots * hour.free, spots * hour.free_low, spots * hour.free_high)
