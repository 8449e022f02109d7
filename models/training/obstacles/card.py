"""The figures of the obstacle network as the table in its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.training.card import markdown

if TYPE_CHECKING:  # measuring needs the networks, writing the table does not
    from collections.abc import Sequence

    from models.training.obstacles.evaluation import Figures

BEGIN = "<!-- figures: written by `python -m models.training.obstacles evaluate` -->"


def table(columns: Sequence[tuple[str, Figures]]) -> str:
    """Measures down, networks across; Markdown."""
    rows = [["measure", *(title for title, _ in columns)]]
    first = columns[0][1]
    for index, entry in enumerate(first.tram):
        where = f"tram line, {entry.light}, {entry.group} (n = {entry.n})"
        tram = [figures.tram[index] for _, figures in columns]
        rows.append(
            [f"{where}: recall at precision ≥ 0.85"]
            + [f"{t.recall_at_wanted_precision:.2f} (from {t.confidence_there:.2f})" for t in tram]
        )
        rows.append(
            [f"{where}: recall where coco_val310 has precision 0.85"]
            + [f"{t.recall_at_coco_precision:.2f}" for t in tram]
        )
        rows.append(
            [f"{where}: recall / precision at default confidence"]
            + [f"{t.recall:.2f} / {t.precision:.2f}" for t in tram]
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
