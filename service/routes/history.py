"""What happened: changes of spots, lots, displays and cameras, and their hours and days."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response, StreamingResponse

from service.live.history_records import (
    AlertChangeRecord,
    CameraChangeRecord,
    GapRecord,
    LotCountRecord,
    SpotChangeRecord,
    UsageRecord,
)
from service.routes.context import Context, ContextDependency, SiteQuery
from service.routes.paging import LINK, PagingDependency
from service.routes.problems import Problem, problem_answers
from service.routes.time_range import TimeRangeDependency
from service.site.time_zone import zone_of
from service.store.calendar import Period
from service.store.errors import StoreRefused
from service.store.export import EXPORTS, csv_lines, export_rows, parquet_file
from service.store.page import Page, Span
from service.store.store import Store
from service.store.usage import Scope

USUAL_LIMIT = 100
Answers = dict[int | str, dict[str, Any]]
PAGE: Answers = {200: {"headers": LINK}, **problem_answers(404, 409, 503)}
router = APIRouter(prefix="/history", tags=["history"])

Named = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
NewestFirst = Annotated[bool, Query(alias="newest_first", description="In reverse order of time.")]
LotQuery = Annotated[str | None, Query(alias="lot", description="Only this lot.")]
PeriodQuery = Annotated[Period, Query(description="Days begin by the site's own clock.")]


def the_store(context: Context) -> Store:
    """The service's store; a Problem 503 where it runs without."""
    if context.store is None:
        raise Problem(503, "this service runs without a database and keeps no history")
    return context.store


@router.get("/spots/{spot_id}", summary="Changes of a spot", responses=PAGE)
def spot_changes(
    spot_id: Named,
    context: ContextDependency,
    span: TimeRangeDependency,
    paging: PagingDependency,
    site_id: SiteQuery = None,
    newest_first: NewestFirst = False,
) -> list[SpotChangeRecord]:
    """What a spot was told as, and from when on; the state before the first row is not known."""
    page = the_store(context).spot_history.page(
        _site_of(context, site_id, "spot", spot_id),
        spot_id=spot_id,
        span=span,
        limit=paging.limit or USUAL_LIMIT,
        cursor=paging.cursor,
        newest_first=newest_first,
    )
    return [SpotChangeRecord.of(row) for row in _pointed(page, paging)]


@router.get("/groups/{group}", summary="Changes of a group's spots", responses=PAGE)
def group_changes(
    group: Named,
    context: ContextDependency,
    span: TimeRangeDependency,
    paging: PagingDependency,
    site_id: SiteQuery = None,
    lot_id: LotQuery = None,
    newest_first: NewestFirst = False,
) -> list[SpotChangeRecord]:
    """What the spots of a group were told as, in one list."""
    page = the_store(context).spot_history.page(
        _site_of(context, site_id, "group", group),
        group=group,
        lot_id=lot_id,
        span=span,
        limit=paging.limit or USUAL_LIMIT,
        cursor=paging.cursor,
        newest_first=newest_first,
    )
    return [SpotChangeRecord.of(row) for row in _pointed(page, paging)]


@router.get("/lots/{lot_id}", summary="Counts of a lot", responses=PAGE)
def lot_counts(
    lot_id: Named,
    context: ContextDependency,
    span: TimeRangeDependency,
    paging: PagingDependency,
    site_id: SiteQuery = None,
    newest_first: NewestFirst = False,
) -> list[LotCountRecord]:
    """How many spots of a lot were free, as a range where some were unknown."""
    page = the_store(context).lot_history.page(
        _site_of(context, site_id, "lot", lot_id),
        lot_id=lot_id,
        span=span,
        limit=paging.limit or USUAL_LIMIT,
        cursor=paging.cursor,
        newest_first=newest_first,
    )
    return [LotCountRecord.of(row) for row in _pointed(page, paging)]


@router.get("/alerts", summary="What the displays showed", responses=PAGE)
def alert_changes(
    context: ContextDependency,
    span: TimeRangeDependency,
    paging: PagingDependency,
    site_id: SiteQuery = None,
    camera_id: Annotated[str | None, Query(alias="camera", max_length=64)] = None,
    newest_first: NewestFirst = False,
) -> list[AlertChangeRecord]:
    """Every change of the trams' displays, those to `clear` and `unavailable` included."""
    page = the_store(context).alert_history.page(
        _known_site(context, site_id),
        camera_id=_name(camera_id),
        span=span,
        limit=paging.limit or USUAL_LIMIT,
        cursor=paging.cursor,
        newest_first=newest_first,
    )
    return [AlertChangeRecord.of(row) for row in _pointed(page, paging)]


@router.get("/cameras", summary="How the cameras were doing", responses=PAGE)
def camera_changes(
    context: ContextDependency,
    span: TimeRangeDependency,
    paging: PagingDependency,
    site_id: SiteQuery = None,
    camera_id: Annotated[str | None, Query(alias="camera", max_length=64)] = None,
    newest_first: NewestFirst = False,
) -> list[CameraChangeRecord]:
    """Every change of the cameras' health, and when the service was not running."""
    page = the_store(context).camera_history.page(
        _known_site(context, site_id),
        camera_id=_name(camera_id),
        span=span,
        limit=paging.limit or USUAL_LIMIT,
        cursor=paging.cursor,
        newest_first=newest_first,
    )
    return [CameraChangeRecord.of(row) for row in _pointed(page, paging)]


@router.get("/gaps", summary="Times with lost changes", responses=problem_answers(503))
def gaps(context: ContextDependency) -> list[GapRecord]:
    """When the database was away for so long that changes were lost, newest first; 100 at most."""
    return [GapRecord.of(gap) for gap in the_store(context).write_gaps.newest()]


@router.get("/lots/{lot_id}/usage", summary="Hours or days of a lot", responses=PAGE)
def lot_usage(
    lot_id: Named,
    context: ContextDependency,
    span: TimeRangeDependency,
    paging: PagingDependency,
    site_id: SiteQuery = None,
    period: PeriodQuery = "hour",
) -> list[UsageRecord]:
    """Occupancy, turnover and how long vehicles stayed; stretches without any sight are left out.

    The newest row is of the hour or day under way.
    """
    found = _site_of(context, site_id, "lot", lot_id)
    return _usage(context, found, "lot", lot_id, period, span, paging, lot_id)


@router.get("/groups/{group}/usage", summary="Hours or days of a group", responses=PAGE)
def group_usage(
    group: Named,
    context: ContextDependency,
    span: TimeRangeDependency,
    paging: PagingDependency,
    site_id: SiteQuery = None,
    lot_id: LotQuery = None,
    period: PeriodQuery = "hour",
) -> list[UsageRecord]:
    """The same for the spots of one group, lot by lot."""
    found = _site_of(context, site_id, "group", group)
    return _usage(context, found, "group", group, period, span, paging, lot_id)


@router.get("/spots/{spot_id}/usage", summary="Hours or days of a spot", responses=PAGE)
def spot_usage(
    spot_id: Named,
    context: ContextDependency,
    span: TimeRangeDependency,
    paging: PagingDependency,
    site_id: SiteQuery = None,
    period: PeriodQuery = "day",
) -> list[UsageRecord]:
    """The same for one spot, as far back as its changes are kept."""
    found = _site_of(context, site_id, "spot", spot_id)
    return _usage(context, found, "spot", spot_id, period, span, paging, None)


FILES: Answers = {
    200: {
        "description": "A file; times in UTC.",
        "content": {"text/csv": {}, "application/vnd.apache.parquet": {}},
    },
    **problem_answers(404, 501, 503),
}


@router.get("/export", summary="History as a file", response_class=Response, responses=FILES)
def export(
    context: ContextDependency,
    span: TimeRangeDependency,
    what: Annotated[
        Literal["spots", "lots", "alerts", "cameras", "hours", "days"],
        Query(description="Changes of spots, lots, …, or the hours or days of lots and groups."),
    ] = "spots",
    form: Annotated[Literal["csv", "parquet"], Query(alias="format")] = "csv",
    site_id: SiteQuery = None,
) -> StreamingResponse:
    """All of it in order of time, site by site."""
    store = the_store(context)
    rows = export_rows(store, what, context.site_ids(site_id), span)
    name = f"wayside-{what}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    columns = EXPORTS[what]
    if form == "csv":
        lines = csv_lines(columns, rows)
        first = next(lines)  # a database that is away is told before the answer begins
        return StreamingResponse(
            _chained(first, lines), media_type="text/csv; charset=utf-8", headers=headers
        )
    try:
        blocks = parquet_file(columns, rows)
    except StoreRefused as missing:
        raise Problem(501, str(missing)) from None
    return StreamingResponse(blocks, media_type="application/vnd.apache.parquet", headers=headers)


def _chained(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _usage(
    context: Context,
    site_id: str,
    scope: Scope,
    subject: str,
    period: Period,
    span: Span,
    paging: PagingDependency,
    lot_id: str | None,
) -> list[UsageRecord]:
    site = next(each for each in context.hub.sites if each.site_id == site_id)
    rows = the_store(context).usage.read(
        site_id,
        scope,
        subject,
        period,
        span,
        lot_id=_name(lot_id),
        zone=zone_of(site.time_zone),
        now_ns=context.clock_ns(),
    )
    records = [UsageRecord.of(row) for row in rows]
    return paging.cut(records, lambda record: (record.begin, record.lot_id))


def _pointed(page: Page[Any], paging: PagingDependency) -> list[Any]:
    paging.point_to(page.next)
    return list(page.rows)


def _known_site(context: Context, site_id: str | None) -> str | None:
    context.site_ids(site_id)
    return site_id


def _site_of(context: Context, site_id: str | None, what: str, name: str) -> str:
    """The site that is meant: as named, or the only one that has such a spot, group or lot."""
    if site_id is not None:
        return context.site_ids(site_id)[0]
    sites = context.hub.sites
    if len(sites) == 1:
        return sites[0].site_id
    found = []
    for site in sites:
        names = {
            "lot": [lot.lot_id for lot in site.lots],
            "spot": [spot.spot_id for _, spot in site.spots()],
            "group": [spot.group for _, spot in site.spots()],
        }
        if name in names[what]:
            found.append(site.site_id)
    if not found:
        raise Problem(404, f"there is no {what} {name!r} now; one of the past wants ?site=…")
    if len(found) > 1:
        raise Problem(409, f"several sites have a {what} {name!r}; say which by ?site=…")
    return found[0]


def _name(text: str | None) -> str | None:
    """An id from a query; one with signs that no id has stands for nothing."""
    return None if text is None else text.replace("\0", "")
