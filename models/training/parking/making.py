"""The steps from labelled spots to two ONNX files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from models.training.parking.doubts import save_judgement, trusted_rows
from models.training.parking.export import export, export_int8
from models.training.parking.fit import (
    FitJob,
    averaged_network,
    cycle_checkpoint,
    draw_views,
    fit,
    new_network,
    row_chances,
)
from models.training.parking.folds import cross_validate
from models.training.parking.network import OccupancyNetwork
from models.training.parking.settings import Settings
from models.training.parking.spot_patches import (
    SpotPatches,
    load_patches,
    parking_rows,
    save_patches,
)
from models.training.parking.spot_view import ViewShape, warp_view
from models.training.parking.street_spots import street_rows

CALIBRATION_VIEWS = 512


def gather_patches(settings: Settings, runs: Path) -> SpotPatches:
    """Every training spot, parking sets first; cut out once and kept under `runs`."""
    cache = runs / "patches"
    sets = settings.sets
    patches = load_patches(sets, cache)
    if patches is None:
        rows = parking_rows(settings.data / "parking", sets) + street_rows(settings.data, sets)
        save_patches(rows, sets, cache)
        patches = load_patches(sets, cache)
    assert patches is not None
    print(f"spots as they were cut out into {cache}; delete it where the material is another now")
    for source, count in zip(*np.unique(patches.sources, return_counts=True), strict=True):
        print(f"{source}: {count}")
    return patches


def cross_validate_all(settings: Settings, patches: SpotPatches, runs: Path) -> dict:
    """Every fold, without what has seen all places; the report is folds.json."""
    return cross_validate(
        replace(settings, start=None, first_look=None),
        patches,
        runs / "folds",
        tuple(range(len(settings.folds.held_out))),
    )


def first_doubt(settings: Settings, patches: SpotPatches, runs: Path) -> np.ndarray | None:
    """(N,) how unsure the first look is of each spot, 1 where it is wrong; None without one.

    What it says is kept and judges the labels in the folds' place: those that it surely
    contradicts, though it has seen their place, are left out of the fit.
    """
    if settings.first_look is None:
        return None
    look = onnxruntime.InferenceSession(settings.first_look, providers=["CPUExecutionProvider"])
    told = look.get_modelmeta().custom_metadata_map
    shape = ViewShape(look.get_inputs()[0].shape[1])
    if "view_sides" in told:
        shape = replace(shape, sides=float(told["view_sides"]), rise=float(told["view_rise"]))
    answers = []
    for row in range(len(patches)):
        view = warp_view(patches.pictures[row], patches.polygons[row], shape)
        answers.append(look.run(None, {"views": view[None]})[0].item())
    probability = np.array(answers)
    (runs / "first_look").mkdir(parents=True, exist_ok=True)
    save_judgement(runs / "first_look", np.arange(len(patches)), probability)
    is_wrong = (probability > 0.5) != patches.occupied
    return np.where(is_wrong, 1.0, 4 * probability * (1 - probability))


def fit_all(settings: Settings, patches: SpotPatches, runs: Path) -> list[OccupancyNetwork]:
    """One network for each seed, on every label that is not doubted.

    Later seeds begin where the first one's first cycle ended, so that their mean makes sense.
    """
    return [fit_seed(settings, patches, runs, seed) for seed in settings.fit.seeds]


def fit_seed(settings: Settings, patches: SpotPatches, runs: Path, seed: int) -> OccupancyNetwork:
    """The network of one seed."""
    doubt = first_doubt(settings, patches, runs)
    judge = runs / ("folds" if settings.first_look is None else "first_look")
    rows = trusted_rows(patches, judge, settings.folds.doubt, settings.folds.doubted_sources)
    first = settings.fit.seeds[0]
    job = FitJob(
        runs / f"seed{seed}",
        seed,
        settings.fit.cycle_ends,
        settings.fit.views_per_epoch,
        rows,
        rows[:0],
        doubt,
        None
        if seed == first
        else cycle_checkpoint(runs / f"seed{first}", settings.fit.cycle_ends[0]),
    )
    return fit(settings, patches, job)


def mean_network(settings: Settings, runs: Path) -> OccupancyNetwork:
    """One network whose weights are the mean over the seeds and their last cycles.

    They share their first cycle: means of runs with nothing in common are worthless.
    """
    ends = settings.fit.cycle_ends[-settings.fit.averaged_cycles :]
    states = [
        averaged_network(settings, cycle_checkpoint(runs / f"seed{seed}", end)).state_dict()
        for seed in settings.fit.seeds
        for end in ends
    ]
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
    shape = settings.network.view
    drawn = draw_views(
        patches, weathered, shape, rng, settings.fit.strengths[0], settings.fit.occluded_share
    )
    seen = [warp_view(patches.pictures[row], patches.polygons[row], shape) for row in plain]
    return np.concatenate(
        [drawn.permute(0, 2, 3, 1).numpy().astype(np.uint8)[..., [2, 1, 0, 3]], np.stack(seen)]
    )


def export_all(
    settings: Settings, patches: SpotPatches, runs: Path, target: Path, target_int8: Path
) -> None:
    """The mean of the fitted networks as float and as 8-bit file."""
    fit_all(settings, patches, runs)
    network = mean_network(settings, runs)
    export(network, settings.network.view, target, settings.name)
    export_int8(target, target_int8, calibration_views(settings, patches))
