"""What happened: changes of spots, lots, displays and cameras, and their hours and days."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response, StreamingResponse

from service.cabin.assistance_tally import AssistanceCounts
from service.live.assistance_records import (
    AssistanceDayRecord,
    AssistanceFigures,
    AssistanceHistoryRecord,
)
from service.live.history_records import (
    AlertChangeRecord,
    CameraChangeRecord,
    GapRecord,
    LotCountRecord,
    SpotChangeRecord,
    UsageRecord,
)
from service.routes.context import Context, ContextDependency, SiteQuery, What, names_in
from service.routes.paging import LINK, Paging, PagingDependency
from service.routes.problems import Problem, problem_answers
from service.routes.time_range import TimeRangeDependency
from service.site.time_zone import zone_of
from service.store.calendar import Period
from service.store.errors import StoreRefused
from service.store.export import EXPORTS, csv_lines, export_rows, parquet_file
from service.store.history import History
from service.store.page import Span
from service.store.store import Store
from service.store.usage import Scope
from service.timestamps import ns_to_iso

T = TypeVar("T")
Answers = dict[int | str, dict[str, Any]]
PAGE: Answers = {200: {"headers": LINK}, **problem_answers(404, 409, 503)}
router = APIRouter(prefix="/history", tags=["history"])

Named = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
LotQuery = Annotated[str | None, Query(alias="lot", description="Only this lot.")]
CameraQuery = Annotated[str | None, Query(alias="camera", max_length=64)]
PeriodQuery = Annotated[Period, Query(description="Days begin by the site's own clock.")]


def the_store(context: Context) -> Store:
    """The service's store; a Problem 503 where it runs without."""
    if context.store is None:
        raise Problem(503, "this service runs without a database and keeps no history")
    return context.store


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a history is asked for."""

    span: Span
    paging: Paging
    newest_first: bool

    def of(self, history: History[T], site_id: str | None, **only: str | None) -> Sequence[T]:
        """These rows; the answer's headers point to those that follow."""
        page = history.page(
            site_id,
            span=self.span,
            limit=self.paging.rows,
            cursor=self.paging.cursor,
            newest_first=self.newest_first,
            **only,
        )
        self.paging.point_to(page.next)
        return page.rows


async def _part(  # not async, it would take a thread
    span: TimeRangeDependency,
    paging: PagingDependency,
    newest_first: Annotated[bool, Query(description="In reverse order of time.")] = False,
) -> Part:
    return Part(span, paging, newest_first)


PartDependency = Annotated[Part, Depends(_part)]


@router.get("/spots/{spot_id}", summary="Changes of a spot", responses=PAGE)
def spot_changes(
    spot_id: Named,
    context: ContextDependency,
    part: PartDependency,
    site_id: SiteQuery = None,
) -> list[SpotChangeRecord]:
    """What a spot was told as, and from when on; the state before the first row is not known."""
    found = _site_of(context, site_id, "spot", spot_id)
    rows = part.of(the_store(context).spot_history, found, spot_id=spot_id)
    _check_found(context, rows, found, {"spot": spot_id})
    return [SpotChangeRecord.of(row) for row in rows]


@router.get("/groups/{group}", summary="Changes of a group's spots", responses=PAGE)
def group_changes(
    group: Named,
    context: ContextDependency,
    part: PartDependency,
    site_id: SiteQuery = None,
    lot_id: LotQuery = None,
) -> list[SpotChangeRecord]:
    """What the spots of a group were told as, in one list."""
    found = _site_of(context, site_id, "group", group)
    rows = part.of(the_store(context).spot_history, found, spot_group=group, lot_id=_name(lot_id))
    _check_found(context, rows, found, {"group": group, "lot": lot_id})
    return [SpotChangeRecord.of(row) for row in rows]


@router.get("/lots/{lot_id}", summary="Counts of a lot", responses=PAGE)
def lot_counts(
    lot_id: Named,
    context: ContextDependency,
    part: PartDependency,
    site_id: SiteQuery = None,
) -> list[LotCountRecord]:
    """How many spots of a lot were free, as a range where some were unknown."""
    found = _site_of(context, site_id, "lot", lot_id)
    rows = part.of(the_store(context).lot_history, found, lot_id=lot_id)
    _check_found(context, rows, found, {"lot": lot_id})
    return [LotCountRecord.of(row) for row in rows]


@router.get("/alerts", summary="What the displays showed", responses=PAGE)
def alert_changes(
    context: ContextDependency,
    part: PartDependency,
    site_id: SiteQuery = None,
    camera_id: CameraQuery = None,
) -> list[AlertChangeRecord]:
    """Every change of the trams' displays, those to `clear` and `unavailable` included."""
    found = _known_site(context, site_id)
    rows = part.of(the_store(context).alert_history, found, camera_id=_name(camera_id))
    _check_found(context, rows, found, {"camera": camera_id})
    return [AlertChangeRecord.of(row) for row in rows]


@router.get("/alerts/{camera_id}/figures", summary="Days of an assistant", responses=PAGE)
def assistance_days(
    camera_id: Named,
    context: ContextDependency,
    span: TimeRangeDependency,
    paging: PagingDependency,
    site_id: SiteQuery = None,
) -> AssistanceHistoryRecord:
    """Alerts and false alarms by day and of all these days together, per hour and per km.

    What is counted is added every five minutes. A false alarm counts in the day of its alert, in
    that of its mark where the history has the alert no more.
    """
    found = _site_of(context, site_id, "camera", camera_id)
    rows = the_store(context).assistance_days.read(found, camera_id, span)
    _check_found(context, rows, found, {"camera": camera_id})
    days = [
        AssistanceDayRecord(**dict(AssistanceFigures.of(row.counts)), begin=ns_to_iso(row.begin_ns))
        for row in rows
    ]
    return AssistanceHistoryRecord(
        site_id=found,
        camera_id=camera_id,
        total=AssistanceFigures.of(sum((row.counts for row in rows), AssistanceCounts())),
        days=paging.cut(days, lambda day: (day.begin,)),
    )


@router.get("/cameras", summary="How the cameras were doing", responses=PAGE)
def camera_changes(
    context: ContextDependency,
    part: PartDependency,
    site_id: SiteQuery = None,
    camera_id: CameraQuery = None,
) -> list[CameraChangeRecord]:
    """Every change of the cameras' health, and when the service was not running."""
    found = _known_site(context, site_id)
    rows = part.of(the_store(context).camera_history, found, camera_id=_name(camera_id))
    _check_found(context, rows, found, {"camera": camera_id})
    return [CameraChangeRecord.of(row) for row in rows]


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
    _check_found(context, rows, site_id, {scope: subject, "lot": lot_id})
    records = [UsageRecord.of(row) for row in rows]
    return paging.cut(records, lambda record: (record.begin, record.lot_id))


def _check_found(
    context: Context, rows: Sequence[object], site_id: str | None, named: Mapping[What, str | None]
) -> None:
    """A Problem 404 for what no site has, unless something of its past was found."""
    if not rows:
        context.check_names(site_id, named)


def _known_site(context: Context, site_id: str | None) -> str | None:
    context.site_ids(site_id)
    return site_id


def _site_of(context: Context, site_id: str | None, what: What, name: str) -> str:
    """The site that is meant: as named, or the only one that has such a spot, group or lot."""
    if site_id is not None:
        return context.site_ids(site_id)[0]
    sites = context.hub.sites
    if len(sites) == 1:
        return sites[0].site_id
    found = [site.site_id for site in sites if name in names_in(site, what)]
    if not found:
        raise Problem(404, f"there is no {what} {name!r} now; one of the past wants ?site=…")
    if len(found) > 1:
        raise Problem(409, f"several sites have a {what} {name!r}; say which by ?site=…")
    return found[0]


def _name(text: str | None) -> str | None:
    """An id from a query; one with signs that no id has stands for nothing."""
    return None if text is None else text.replace("\0", "")
