"""The figures of the bed network as the table in its card."""

from models.training.bed.evaluation import BANDS_M, FALSE_SHARES
from models.training.card import markdown

BEGIN = "<!-- figures: written by `python -m models.training.bed evaluate` -->"


def table(figures: dict[str, float], sources: list[str], median_ms: float) -> str:
    """Measures down, shares of free beds that look taken across; Markdown."""
    rows = [["things told from the bed, hold-out", *(f"{100 * s:.0f} % of free beds taken for "
                                                    "occupied" for s in FALSE_SHARES)]]  # fmt: skip
    measures = [(f"{low:.0f} to {high:.0f} m", f"{low:.0f}_{high:.0f}") for low, high in BANDS_M]
    for title, name in [*measures, *((source, source) for source in sources)]:
        rows.append([title, *(f"{figures[f'recall_{name}_{s}']:.2f}" for s in FALSE_SHARES)])
    rows.append(["from confidence", *(f"{figures[f'threshold_{s}']:.2f}" for s in FALSE_SHARES)])
    rows.append(["processor time of one strip, one thread, ms", f"{median_ms:.1f}", ""])
    return markdown(rows)
