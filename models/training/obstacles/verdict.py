"""Which row of hold-out figures is best, and which loses a class that it had."""

from models.training.obstacles.classes import CLASSES
from models.training.obstacles.collection import EXHAUSTIVE
from models.training.obstacles.pictures import Picture

GENERAL_WEIGHT = 2.0  # the general part speaks for all cameras, the line for one
MOST_LOST = 0.05  # AP50 that a class may lose against the start on an exhaustive part
LEAST_HELD = 10  # objects of a class without which its figure is chance


def verdict(figures: dict[str, float]) -> float:
    """One number for a row of hold-out figures: the weighted mean of those of groups."""
    weights = {
        name: GENERAL_WEIGHT if name.startswith("general") else 1.0
        for name in figures
        if not name.startswith("class_")
    }
    return sum(figures[name] * weights[name] for name in weights) / sum(weights.values())


def lost(
    figures: dict[str, float], start: dict[str, float], holdout: dict[str, list[Picture]]
) -> dict[str, float]:
    """By how much each class fell against the start, where it is more than a class may lose.

    Classes of which few objects were held out are left out.
    """
    falls = {}
    for part in EXHAUSTIVE:
        held = [index for picture in holdout.get(part, []) for index in picture.class_id]
        for index, kind in enumerate(CLASSES):
            if held.count(index) >= LEAST_HELD:
                name = f"class_{part}_{kind}"
                falls[f"{part} {kind}"] = start[name] - figures[name]
    return {kind: fall for kind, fall in falls.items() if fall > MOST_LOST}


def best_share(
    rows: dict[float, dict[str, float]],
    start: dict[str, float],
    holdout: dict[str, list[Picture]],
) -> float:
    """The share of the best verdict among those that lose no class, of all where each does."""
    kept = [share for share, figures in rows.items() if not lost(figures, start, holdout)]
    return max(kept or rows, key=lambda share: verdict(rows[share]))
