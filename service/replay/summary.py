"""What a replay gave, in sentences for people and as JSON for programs."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from service.replay.clip_run import ClipRun
from service.replay.comparison import Comparison
from service.replay.figure import Figure, Score, figure_text

Faults = Sequence[str] | None
"""Differences from expected events; None when nothing was expected."""
KEY_FIGURES = {
    "parking": {
        "missed_changes": "missed",
        "change_s": "slowest",
        "false_flips": "flips",
        "wrong_share": "wrong",
        "unknown_share": "unknown",
    },
    "tram": {
        "missed_hazards": "missed",
        "lead_s": "lead",
        "false_alarms": "false",
        "unavailable_share": "no view",
        "near_distance_error": "to 40 m",
    },
}
"""What matters most, with the words at the head of a table."""


def clip_sentences(done: ClipRun, faults: Faults) -> Iterator[str]:
    """One replay for people."""
    report = done.report
    yield (
        f"{report.frames} pictures of {report.duration_s:.1f} s in {report.wall_s:.1f} s, "
        f"{report.damaged} damaged, {len(report.events)} events"
    )
    for lot in report.final["lots"]:
        yield f"{lot['name']}: {lot['text']} of {lot['total']}"
    for alert in report.final["alerts"]:
        reason = f" ({alert['reason']})" if alert["reason"] else ""
        yield f"display of {alert['camera_id']}: {alert['level']}{reason}"
    for tally in report.tallies.values():
        yield tally.sentence
    for stage, percentiles in report.stage_percentiles().items():
        shown = ", ".join(f"{name} {value:.1f}" for name, value in percentiles.items())
        yield f"{stage}: {shown} ms"
    if done.score is not None:
        yield from _score_sentences(done.score)
        limits = sum(name.split("_", 1)[1] in _names(done.score) for name in done.site.expect)
        where = " in the part that was seen" if done.unseen else ""
        kept = f"{limits - len(done.missed)} of {limits} limits kept{where}"
        yield kept if limits else "no limits set"
    if faults is not None:
        yield f"{len(faults)} differences from what was expected" if faults else "as expected"


def clip_summary(done: ClipRun, faults: Faults) -> dict[str, Any]:
    """One replay as `--json` prints it."""
    report = done.report
    summary: dict[str, Any] = {
        "clip": Path(done.clip).name,
        "site_id": done.site.site_id,
        "camera_id": done.camera.camera_id,
        "mission": done.camera.mission,
        "frames": report.frames,
        "skipped": report.skipped,
        "dropped": 0,
        "damaged": report.damaged,
        "resolution_changes": report.resolution_changes,
        "truncated": report.truncated or None,
        "duration_s": round(report.duration_s, 3),
        "wall_s": round(report.wall_s, 3),
        "events": report.event_counts(),
        "final": report.final,
        "assistance": {name: each.summary() for name, each in report.tallies.items()},
        "stage_ms": report.stage_percentiles(),
        "configuration": done.run.configuration.model_dump() if done.run.configuration else None,
        "expect": None if faults is None else {"ok": not faults, "differences": list(faults)},
        "truth": None,
    }
    if done.score is not None:
        limits = dict(done.site.expect)
        summary["truth"] = {
            "ok": not done.failures,
            "unseen": list(done.unseen),
            "missed": list(done.missed),
            "limits": limits,
            **done.score.summary(),
        }
    return summary


def comparison_sentences(comparison: Comparison) -> Iterator[str]:
    """Two runs side by side for people."""
    for divergence in comparison.divergences:
        yield divergence.sentence
    if not comparison.divergences:
        yield "the two runs say the same"
        return
    for pair in comparison.figures:
        if pair.first != pair.second:
            first, second = (figure_text(pair.name, each) for each in (pair.first, pair.second))
            yield f"{Figure(pair.name, None).words}: {first}, then {second}"
    if comparison.figures:
        better_s, worse_s = comparison.seconds("better"), comparison.seconds("worse")
        yield f"the second is better for {better_s:.2f} s and worse for {worse_s:.2f} s"


def key_figures(mission: str, score: Score) -> list[str]:
    """The few numbers of a table's row, in the order of `KEY_FIGURES`."""
    return [figure_text(name, score.figure(name).value) for name in KEY_FIGURES[mission]]


def _score_sentences(score: Score) -> Iterator[str]:
    for figure in score.figures:
        if figure.value is not None:
            yield f"{figure.words}: {figure_text(figure.name, figure.value)}{_cause(figure)}"
    for difference in score.differences:
        if difference.is_wrong:
            yield f"{difference.kind}: {difference.sentence}"


def _cause(figure: Figure) -> str:
    return f" ({figure.worst})" if figure.worst and figure.value else ""


def _names(score: Score) -> set[str]:
    return {figure.name for figure in score.figures}
