"""The steps from labelled spots to two ONNX files."""

from pathlib import Path

import numpy as np
import torch

from models.training.parking.doubts import save_judgement, trusted_rows
from models.training.parking.export import export
from models.training.parking.fit import (
    FitJob,
    averaged_network,
    cycle_checkpoint,
    draw_views,
    fit,
    new_network,
    plain_probabilities,
    row_chances,
)
from models.training.parking.folds import cross_validate
from models.training.parking.network import OccupancyNetwork, load_shipped
from models.training.parking.quantise import quantise
from models.training.parking.rendered_spots import rendered_rows
from models.training.parking.settings import Settings
from models.training.parking.spot_patches import (
    SpotPatches,
    load_patches,
    parking_rows,
    save_patches,
)
from models.training.parking.spot_view import warp_view
from models.training.parking.street_spots import street_rows

CALIBRATION_VIEWS = 512


def gather_patches(settings: Settings, runs: Path) -> SpotPatches:
    """Every training spot, parking sets first; cut out once and kept under `runs`."""
    cache = runs / "patches"
    patches = load_patches(cache)
    if patches is None:
        rows = parking_rows(settings.data / "parking") + street_rows(settings.data)
        for folder in settings.rendered:
            rows += rendered_rows(folder)
        save_patches(rows, cache)
        patches = load_patches(cache)
    assert patches is not None
    return patches


def cross_validate_all(settings: Settings, patches: SpotPatches, runs: Path) -> dict:
    """Every fold; the report, also kept as folds.json."""
    return cross_validate(
        settings, patches, runs / "folds", tuple(range(len(settings.folds.held_out)))
    )


def fit_all(settings: Settings, patches: SpotPatches, runs: Path) -> list[OccupancyNetwork]:
    """One network for each seed, on every label that is not doubted.

    Later seeds begin where the first one's first cycle ended, so that their mean makes sense.
    """
    return [fit_seed(settings, patches, runs, seed) for seed in settings.fit.seeds]


def fit_seed(settings: Settings, patches: SpotPatches, runs: Path, seed: int) -> OccupancyNetwork:
    """The network of one seed."""
    rows = trusted_rows(
        patches, runs / "folds", settings.folds.doubt, settings.folds.doubted_sources
    )
    first = settings.fit.seeds[0]
    job = FitJob(
        runs / f"seed{seed}",
        seed,
        settings.fit.cycle_ends,
        settings.fit.strengths,
        settings.fit.views_per_epoch,
        rows,
        rows[:0],
        None
        if seed == first
        else cycle_checkpoint(runs / f"seed{first}", settings.fit.cycle_ends[0]),
    )
    return fit(settings, patches, job)


def train_further(settings: Settings, patches: SpotPatches, runs: Path, shipped: Path) -> None:
    """Fit every seed of `further` from the shipped file on; it also tells which labels to doubt.

    It never learnt the doubted ones, so its contradiction is as good as a fold's.
    """
    judged = runs / "further"
    judged.mkdir(parents=True, exist_ok=True)
    network = new_network(settings)
    load_shipped(network, shipped)
    rows = np.flatnonzero(np.isin(patches.sources, settings.folds.doubted_sources))
    save_judgement(
        judged, rows, plain_probabilities(network, patches, rows, settings.network.view_px)
    )
    rows = trusted_rows(patches, judged, settings.folds.doubt, settings.folds.doubted_sources)
    for seed in settings.further.seeds:
        job = FitJob(
            runs / f"further{seed}",
            seed,
            settings.further.cycle_ends,
            settings.further.strengths,
            settings.fit.views_per_epoch,
            rows,
            rows[:0],
            shipped,
        )
        fit(settings, patches, job)


def mean_network(settings: Settings, checkpoints: list[Path]) -> OccupancyNetwork:
    """One network whose weights are the mean over checkpoints with a common beginning.

    Means of runs with nothing in common are worthless.
    """
    states = [averaged_network(settings, path).state_dict() for path in checkpoints]
    mean = new_network(settings)
    mean.load_state_dict(
        {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}
    )
    return mean.eval()


def calibration_views(settings: Settings, patches: SpotPatches) -> np.ndarray:
    """(N, S, S, 4) uint8: half of them weathered, half as they are."""
    rng = np.random.default_rng(0)
    rows = np.arange(len(patches))
    rows = rng.choice(rows, CALIBRATION_VIEWS, p=row_chances(patches, rows))
    weathered, plain = np.split(rows, 2)
    size_px = settings.network.view_px
    drawn = draw_views(patches, weathered, size_px, rng, settings.fit.strengths[0])
    seen = [warp_view(patches.pictures[row], patches.polygons[row], size_px) for row in plain]
    return np.concatenate(
        [drawn.permute(0, 2, 3, 1).numpy().astype(np.uint8)[..., [2, 1, 0, 3]], np.stack(seen)]
    )


def export_all(
    settings: Settings, patches: SpotPatches, runs: Path, target: Path, target_int8: Path
) -> None:
    """The mean of the fitted networks as float and as 8-bit file."""
    fit_all(settings, patches, runs)
    ends = settings.fit.cycle_ends[-settings.fit.averaged_cycles :]
    checkpoints = [
        cycle_checkpoint(runs / f"seed{seed}", end) for seed in settings.fit.seeds for end in ends
    ]
    _write(settings, patches, checkpoints, target, target_int8)


def export_further(
    settings: Settings, patches: SpotPatches, runs: Path, target: Path, target_int8: Path
) -> None:
    """Train the shipped file `target` further and put the mean of what came out in its place."""
    train_further(settings, patches, runs, target)
    checkpoints = [
        cycle_checkpoint(runs / f"further{seed}", end)
        for seed in settings.further.seeds
        for end in settings.further.cycle_ends
    ]
    _write(settings, patches, checkpoints, target, target_int8)


def _write(
    settings: Settings,
    patches: SpotPatches,
    checkpoints: list[Path],
    target: Path,
    target_int8: Path,
) -> None:
    network = mean_network(settings, checkpoints)
    export(network, settings.network.view_px, target, settings.name)
    quantise(target, calibration_views(settings, patches), target_int8)
