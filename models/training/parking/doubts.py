"""Labels that networks which never saw their site contradict."""

import json
from pathlib import Path

import numpy as np

from models.training.parking.spot_patches import SpotPatches

JUDGED = "judged.npz"


def save_judgement(folder: Path, rows: np.ndarray, probability: np.ndarray) -> None:
    """Keep what the folds said of each row."""
    np.savez(folder / JUDGED, rows=rows, probability=probability)


def trusted_rows(
    patches: SpotPatches, folder: Path, doubt: float, sources: tuple[str, ...]
) -> np.ndarray:
    """Rows whose label no fold contradicts with a probability of `doubt` or more.

    Only the given sources are doubted: elsewhere a contradiction is a hard spot worth learning.

    All rows where the folds were not run; what is left out is listed in doubted.json.
    """
    rows = np.arange(len(patches))
    if not (folder / JUDGED).exists():
        return rows
    judged = np.load(folder / JUDGED)
    is_open = np.isin(patches.sources[judged["rows"]], sources)
    contradiction = np.abs(patches.occupied[judged["rows"]] - judged["probability"])
    doubted = judged["rows"][is_open & (contradiction >= doubt)]
    sites, counts = np.unique(patches.sites[doubted], return_counts=True)
    listed = dict(zip(sites.tolist(), counts.tolist(), strict=True))
    (folder / "doubted.json").write_text(json.dumps(listed, indent=1))
    return np.setdiff1d(rows, doubted)
