"""The engineer's page: replays, comparisons of runs, benchmarks, and webhook deliveries."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from service.access.folders import inside
from service.access.guard import needs
from service.access.roles import Role
from service.errors import ServiceError
from service.pages.cabin import cabin_figures
from service.pages.page import page
from service.replay.comparison import Comparison, compare
from service.replay.recorded_run import read_run
from service.routes.context import Context, ContextDependency
from service.store.address import data_folder
from service.store.deliveries import Delivery
from service.store.errors import StoreError
from service.timestamps import ns_to_datetime
from streams.urls import redact

router = APIRouter(include_in_schema=False, dependencies=[needs(Role.ENGINEER)])
REPLAYS = "replays"
"""Folder of WAYSIDE_DATA into which runs and reports of `wayside replay` are put."""
BENCHMARKS = Path(__file__).parents[2] / "benchmarks" / "results"
MOST_DIFFERENCES = 200
MOST_DELIVERIES = 50
DEEPEST_FIGURE = 2
REPORT_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
"""A report is a page of its own with its style inside; it runs nothing."""


@dataclass(frozen=True, slots=True)
class ReplayFile:
    """One file that a replay wrote."""

    name: str
    kind: str
    """report or run"""
    written_at: datetime
    size_kb: int


@dataclass(frozen=True, slots=True)
class BenchmarkResult:
    """One benchmark's last result."""

    name: str
    measured_at: str
    machine: str
    commit: str
    figures: list[tuple[str, float]]


@router.get("/engineer", response_class=HTMLResponse)
def engineer(
    request: Request,
    context: ContextDependency,
    first: Annotated[str | None, Query(alias="a")] = None,
    second: Annotated[str | None, Query(alias="b")] = None,
) -> HTMLResponse:
    """What was replayed and measured; `a` and `b` name two runs to compare."""
    folder = replay_folder()
    comparison: Comparison | None = None
    fault: str | None = None
    if first and second:
        try:
            comparison = compare(read_run(inside(folder, first)), read_run(inside(folder, second)))
        except ServiceError as error:
            fault = str(error)
    files = replay_files(folder)
    values = {
        "folder": folder.name,
        "files": files,
        "runs": [each.name for each in files if each.kind == "run"],
        "first": first,
        "second": second,
        "comparison": comparison,
        "fault": fault,
        "most": MOST_DIFFERENCES,
        "benchmarks": list(benchmark_results(BENCHMARKS)),
        "deliveries": _deliveries(context),
        "cabins": cabin_figures(context),
    }
    return page(request, "engineer.html", values)


@router.get("/engineer/replays/{name}", response_class=Response)
def replay_file(name: str) -> Response:
    """A report as it was written, or a run as JSON."""
    path = inside(replay_folder(), name)
    if path.suffix == ".html":
        headers = {"Content-Security-Policy": REPORT_POLICY}
        return HTMLResponse(path.read_bytes(), headers=headers)
    return Response(path.read_bytes(), media_type="application/json")


def replay_folder() -> Path:
    """Where replays are looked for."""
    return data_folder() / REPLAYS


def replay_files(folder: Path) -> list[ReplayFile]:
    """Reports and runs of a folder, newest first; none where there is no such folder."""
    kinds = {".html": "report", ".json": "run"}
    found = []
    for path in folder.glob("*"):
        if path.suffix in kinds and path.is_file():
            seen = path.stat()
            written_at = datetime.fromtimestamp(seen.st_mtime, UTC)
            size_kb = max(1, seen.st_size // 1024)
            found.append(ReplayFile(path.name, kinds[path.suffix], written_at, size_kb))
    return sorted(found, key=lambda each: each.written_at, reverse=True)


def benchmark_results(folder: Path) -> Iterator[BenchmarkResult]:
    """The stamped results of a folder, by name; those that are no results are left out."""
    for path in sorted(folder.glob("*.json")):
        try:
            result = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(result, dict) and "benchmark" in result:
            machine = result.get("machine", {})
            yield BenchmarkResult(
                name=str(result["benchmark"]),
                measured_at=str(result.get("measured_at", "")),
                machine=f"{machine.get('processor', '?')}, {machine.get('cores', '?')}",
                commit=str(result.get("commit", "")),
                figures=list(_figures(result)),
            )


STAMP = ("machine", "libraries", "files", "measured_at", "commit", "benchmark", "has_local_changes")


def _figures(
    result: dict[str, Any], prefix: str = "", depth: int = 0
) -> Iterator[tuple[str, float]]:
    """The numbers of a result with the path that leads to each."""
    for name, value in result.items():
        if not prefix and name in STAMP:
            continue
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{prefix}{name}", value
        elif isinstance(value, dict) and depth < DEEPEST_FIGURE:
            yield from _figures(value, f"{prefix}{name} · ", depth + 1)


def _deliveries(context: Context) -> list[tuple[Delivery, datetime, str]] | None:
    """The last attempts, their time and receiver without credentials; None without a store."""
    if context.store is None:
        return None
    try:
        rows = context.store.deliveries.page(limit=MOST_DELIVERIES).rows
        receivers = context.store.subscriptions.all()
    except StoreError:
        return []
    urls = {each.subscription_id: redact(each.url) for each in receivers}
    return [(row, ns_to_datetime(row.at_ns), urls.get(row.subscription_id, "–")) for row in rows]
