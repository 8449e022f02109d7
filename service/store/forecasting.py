"""The forecast of a lot from its kept hours and its present count."""

from datetime import tzinfo

import numpy as np

from service.store.calendar import HOUR_NS, hour_of_week, period_begin
from service.store.page import Span
from service.store.usage import UsageHistory
from vision.parking.forecast import Forecast, PastHours, forecast_free
from vision.parking.usage import Usage

MEMORY_HOURS = 8 * 168
LEAST_KNOWN_SHARE = 0.5  # of an hour's spot time; less says little about the whole lot


def forecast_lot(
    history: UsageHistory,
    site_id: str,
    lot_id: str,
    *,
    free_now: tuple[float, float] | None,
    total: int,
    hours: int,
    zone: tzinfo,
    now_ns: int,
) -> Forecast:
    """The mean free spots in each of the `hours` after the present one."""
    present_ns = period_begin(now_ns, "hour", zone)
    begin_ns = present_ns - MEMORY_HOURS * HOUR_NS
    rows = history.read(
        site_id,
        "lot",
        lot_id,
        "hour",
        Span(begin_ns, present_ns),
        lot_id=lot_id,
        zone=zone,
        now_ns=now_ns,
    )
    by_begin = {row.begin_ns: free_spots(row.usage, total) for row in rows}
    starts = range(min(by_begin, default=present_ns), present_ns, HOUR_NS)
    past = PastHours(
        free=np.array([by_begin.get(start, np.nan) for start in starts], np.float64),
        slot=np.array([hour_of_week(start, zone) for start in starts], np.int64),
    )
    return forecast_free(
        past,
        [hour_of_week(present_ns + ahead * HOUR_NS, zone) for ahead in range(1, hours + 1)],
        free_now=free_now,
        hour_passed=(now_ns - present_ns) / HOUR_NS,
        total=total,
    )


def free_spots(usage: Usage, total: int) -> float:
    """Mean number of free spots, as if the unseen ones were as the seen; NaN where few were."""
    known_s = usage.free_s + usage.occupied_s
    if known_s < LEAST_KNOWN_SHARE * (known_s + usage.unknown_s) or known_s == 0:
        return float("nan")
    return total * usage.free_s / known_s
