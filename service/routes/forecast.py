"""How many spots of a lot will be free in the next hours."""

import math
from typing import Annotated

from fastapi import APIRouter, Path, Query

from service.live.history_records import ForecastRecord, HourForecastRecord
from service.routes.context import ContextDependency, SiteQuery, the_one
from service.routes.history import the_store
from service.routes.problems import problem_answers
from service.site.time_zone import zone_of
from service.store.calendar import HOUR_NS, period_begin
from service.store.forecasting import forecast_lot
from service.timestamps import ns_to_iso
from vision.parking.forecast import INTERVAL, Basis

router = APIRouter(tags=["lots"])
MOST_HOURS = 48


@router.get(
    "/lots/{lot_id}/forecast",
    summary="Free spots of the next hours",
    responses=problem_answers(404, 409, 503),
)
def forecast(
    lot_id: Annotated[str, Path(max_length=64)],
    context: ContextDependency,
    site_id: SiteQuery = None,
    hours: Annotated[int, Query(ge=1, le=MOST_HOURS, description="How far ahead.")] = 6,
) -> ForecastRecord:
    """From the lot's weekly pattern and its present state, with what it is likely to lie between.

    Spots that have closed hours then are not counted as free.
    The errors of this forecast are measured by benchmarks/eval_forecast.py.
    """
    now_ns = context.clock_ns()
    found = [
        (site, lot)
        for site in context.hub.sites
        if site_id in (None, site.site_id)
        for lot in context.hub.lots(site.site_id, now_ns)
        if lot.lot_id == lot_id
    ]
    context.site_ids(site_id)
    site, lot = the_one(found, "lot", lot_id)
    told = forecast_lot(the_store(context).usage, site, lot, hours=hours, now_ns=now_ns)
    first_ns = period_begin(now_ns, "hour", zone_of(site.time_zone)) + HOUR_NS
    return ForecastRecord(
        site_id=site.site_id,
        lot_id=lot_id,
        made_at=ns_to_iso(now_ns),
        basis=told.basis,
        interval=INTERVAL,
        total=lot.total - lot.closed,
        hours=[
            HourForecastRecord(
                begin=ns_to_iso(first_ns + index * HOUR_NS),
                end=ns_to_iso(first_ns + (index + 1) * HOUR_NS),
                free=None if told.basis is Basis.NOTHING else round(hour.free, 1),
                free_low=math.floor(hour.free_low),
                free_high=math.ceil(hour.free_high),
            )
            for index, hour in enumerate(told.hours)
        ],
    )
