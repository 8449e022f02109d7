"""The figures of the track network as the table in its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.training.card import markdown

if TYPE_CHECKING:  # measuring needs the networks, writing the table does not
    from collections.abc import Sequence

    from models.training.track.evaluation import Figures, Report

BEGIN = "<!-- figures: written by `python -m models.training.track evaluate` -->"


def table(columns: Sequence[tuple[str, Figures]]) -> str:
    """Measures down, networks across; Markdown."""
    rows = [["measure", *(title for title, _ in columns)]]
    figures = [entry for _, entry in columns]
    rows.append(_row("RailSem19, all frames", [f.railsem for f in figures]))
    rows.append(_row("RailSem19, tram frames", [f.railsem["by"]["tram"] for f in figures]))
    rows += [
        _row(f"tram line, {video}, own track", [f.line["by"][video] for f in figures])
        for video in figures[0].line["by"]
    ]
    for name in figures[0].held:
        overlaps = [f"{f.held[name][0]:.3f} / {f.held[name][1]:.3f}" for f in figures]
        rows.append([f"hold-out, {name}: mean IoU of own / all track", *overlaps])
    rows.append(["file, KiB", *(f"{f.size_bytes / 1024:.0f}" for f in figures)])
    rows.append(
        [
            "processor time of one picture of 960×540, one thread, ms",
            *(f"{f.median_ms:.1f}" for f in figures),
        ]
    )
    return markdown(rows)


def _row(what: str, reports: Sequence[Report]) -> list[str]:
    """IoU of all pixels, mean of the pictures', of the worst tenth."""
    shown = [f"{r['iou']:.3f} / {r['mean_iou']:.3f} / {r['worst_tenth_iou']:.3f}" for r in reports]
    return [f"{what} (n = {reports[0]['n']}): IoU / mean / worst tenth", *shown]
