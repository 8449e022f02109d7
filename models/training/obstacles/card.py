"""The figures of the obstacle network as the table in its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.training.card import markdown

if TYPE_CHECKING:  # measuring needs the networks, writing the table does not
    from collections.abc import Sequence

    from models.training.obstacles.evaluation import Figures, TramFigures

BEGIN = "<!-- figures: written by `python -m models.training.obstacles evaluate` -->"


def table(columns: Sequence[tuple[str, Figures]]) -> str:
    """Measures down, networks across; Markdown."""
    rows = [["measure", *(title for title, _ in columns)]]
    first = columns[0][1]
    for index in range(len(first.tram)):
        rows += tram_rows("tram line", [figures.tram[index] for _, figures in columns])
        rows += tram_rows(
            "tram line by our eyes", [figures.tram_as_seen[index] for _, figures in columns]
        )
    rows += [
        [f"coco_val310, {group}: AP50"] + [f"{f.coco_ap50[group]:.3f}" for _, f in columns]
        for group in first.coco_ap50
    ]
    rows += [
        [f"coco_val310, {group}: recall / precision at default confidence"]
        + [f"{f.coco_recall[group]:.2f} / {f.coco_precision[group]:.2f}" for _, f in columns]
        for group in first.coco_recall
    ]
    return markdown(rows)


def tram_rows(name: str, tram: Sequence[TramFigures]) -> list[list[str]]:
    """The rows of one group in one light, networks across."""
    where = f"{name}, {tram[0].light}, {tram[0].group} (n = {tram[0].n})"
    return [
        [f"{where}: recall at precision ≥ 0.85"]
        + [f"{t.recall_at_wanted_precision:.2f} (from {t.confidence_there:.2f})" for t in tram],
        [f"{where}: recall where coco_val310 has precision 0.85"]
        + [f"{t.recall_at_coco_precision:.2f}" for t in tram],
        [f"{where}: recall / precision at default confidence"]
        + [f"{t.recall:.2f} / {t.precision:.2f}" for t in tram],
    ]
