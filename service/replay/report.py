"""A replay as one page that opens anywhere, offline."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from service.errors import ClipError
from service.replay.chart import (
    FARTHEST_M,
    LINE_HEIGHT,
    Scale,
    distance_lines,
    distance_y,
    health_bands,
    lanes,
)
from service.replay.clip_run import ClipRun
from service.replay.figure import Figure, figure_text
from service.replay.shot import drawn, jpeg, shots_at
from service.timestamps import NS_PER_S

MOST_PICTURES = 80
TEMPLATE = "report.html"


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One measured number beside its limit."""

    words: str
    value: str
    limit: str
    is_kept: bool | None
    """None where no limit is set."""
    worst: str


@dataclass(frozen=True, slots=True)
class Moment:
    """Something worth a picture."""

    kind: str
    sentence: str
    at_s: float
    is_wrong: bool = False


def write_report(path: Path, done: ClipRun, faults: Sequence[str] = ()) -> None:
    """Write the page; `done` must have kept its results. Raises ClipError.

    `faults` are differences from expected events, in words.
    """
    page = report_page(done, faults)
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise ClipError(f"cannot write {path}: {error.strerror}") from error


def report_page(done: ClipRun, faults: Sequence[str] = ()) -> str:
    """The page as HTML that needs no other file."""
    environment = Environment(
        loader=PackageLoader("service.replay", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE).render(_page(done, faults))


def _page(done: ClipRun, faults: Sequence[str]) -> dict[str, Any]:
    moments = list(_moments(done))
    score, truth = done.score, done.truth
    true_m, seen_m = distance_lines(done.run, truth) if truth and done.run.sightings else ([], [])
    return {
        "clip": Path(done.clip).name,
        "site_name": done.site.name,
        "camera_id": done.camera.camera_id,
        "mission": done.camera.mission,
        "report": done.report,
        "faults": faults,
        "failures": done.failures,
        "has_limits": bool(done.site.expect),
        "has_truth": truth is not None,
        "figures": [_row(each, done.site.expect) for each in score.figures] if score else [],
        "details": score.details if score else {},
        "lanes": lanes(done.run, truth, score.differences if score else ()),
        "health": health_bands(done.run, truth),
        "ticks": Scale(done.run.duration_s).ticks(),
        "true_m": true_m,
        "seen_m": seen_m,
        "line_height": LINE_HEIGHT,
        "metres": [(distance_y(m), f"{m:g} m") for m in (0.0, FARTHEST_M / 2, FARTHEST_M)],
        "moments": list(_with_pictures(done, moments[:MOST_PICTURES])),
        "left_out": max(len(moments) - MOST_PICTURES, 0),
        "stage_ms": done.run.stage_ms,
        "configuration": done.run.configuration,
    }


def _row(figure: Figure, limits: Any) -> FigureRow:
    most, least = limits.get(f"most_{figure.name}"), limits.get(f"least_{figure.name}")
    limit = ""
    if most is not None:
        limit = f"≤ {figure_text(figure.name, most)}"
    elif least is not None:
        limit = f"≥ {figure_text(figure.name, least)}"
    is_kept = None
    if limit:
        value = figure.value
        is_kept = value is None or not (
            (most is not None and value > most) or (least is not None and value < least)
        )
    worst = figure.worst if figure.value else ""
    return FigureRow(figure.words, figure_text(figure.name, figure.value), limit, is_kept, worst)


def _moments(done: ClipRun) -> Iterator[Moment]:
    """Every difference from the truth; without a truth every change."""
    if done.score is not None:
        for each in done.score.differences:
            if each.kind != "settling":
                yield Moment(each.kind, each.sentence, each.from_s, each.is_wrong)
        return
    for event in done.report.events:
        if event.type in ("spot.changed", "alert.changed"):
            state = event.data.get("status") or event.data.get("level")
            at_s = event.timestamp_ns / NS_PER_S
            yield Moment("change", f"{event.subject} at {at_s:.2f} s: {state}", at_s)


def _with_pictures(done: ClipRun, moments: Sequence[Moment]) -> Iterator[tuple[Moment, str]]:
    taken = shots_at(done, (each.at_s for each in moments))
    for moment in moments:
        shot = taken.get(moment.at_s)
        if shot is not None:
            encoded = base64.b64encode(jpeg(drawn(done, shot))).decode("ascii")
            yield moment, f"data:image/jpeg;base64,{encoded}"
