"""Cross-validation over places: every spot is judged by a network that never saw its site."""

import json
from pathlib import Path

import numpy as np

from models.training.parking.doubts import save_judgement
from models.training.parking.fit import FitJob, balanced_accuracy, fit, plain_probabilities
from models.training.parking.settings import Settings
from models.training.parking.spot_patches import SpotPatches


def cross_validate(
    settings: Settings, patches: SpotPatches, folder: Path, folds: tuple[int, ...]
) -> dict[str, object]:
    """Balanced accuracy by site, and its means, over the given folds; also kept as folds.json."""
    known = set(patches.sites.tolist())
    by_site: dict[str, dict[str, float]] = {}
    rows = np.arange(len(patches))
    judged_rows, judged = [], []
    for fold in folds:
        sites = settings.folds.held_out[fold]
        if not set(sites) <= known:
            raise ValueError(f"fold {fold}: no such site {sorted(set(sites) - known)}")
        is_held_out = np.isin(patches.sites, sites)
        job = FitJob(
            folder / f"fold{fold}",
            1,
            (settings.folds.epochs,),
            settings.folds.views_per_epoch,
            rows[~is_held_out],
            rows[is_held_out],
        )
        network = fit(settings, patches, job)
        probability = plain_probabilities(network, patches, job.held_out, settings.network.view)
        judged_rows.append(job.held_out)
        judged.append(probability)
        for site in sites:
            here = patches.sites[job.held_out] == site
            by_site[site] = _figures(patches.occupied[job.held_out][here], probability[here])
    every, probability = np.concatenate(judged_rows), np.concatenate(judged)
    save_judgement(folder, every, probability)
    by_source = {
        str(source): _figures(
            patches.occupied[every][patches.sources[every] == source],
            probability[patches.sources[every] == source],
        )
        for source in np.unique(patches.sources[every])
    }
    report = {
        "all": _figures(patches.occupied[every], probability),
        "mean_of_sites": float(np.mean([site["balanced_accuracy"] for site in by_site.values()])),
        "by_source": by_source,
        "by_site": by_site,
    }
    (folder / "folds.json").write_text(json.dumps(report, indent=1))
    return report


def _figures(occupied: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    judged = probability > 0.5
    clipped = np.clip(probability, 1e-4, 1 - 1e-4)
    loss = -np.where(occupied == 1, np.log(clipped), np.log(1 - clipped))
    return {
        "balanced_accuracy": balanced_accuracy(occupied, probability),
        "missed_cars": _share(~judged[occupied == 1]),
        "false_cars": _share(judged[occupied == 0]),
        "log_loss": float(loss.mean()),
        "n": len(occupied),
    }


def _share(wrong: np.ndarray) -> float:
    return float(wrong.mean()) if len(wrong) else 0.0
