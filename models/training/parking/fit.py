"""Fits one network to labelled spots: resumable, seeded, logged."""

import csv
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from models.training.backbone import pretrained_backbone
from models.training.checkpoint import load, save
from models.training.parking.distortion import random_distortion, random_outline
from models.training.parking.ground_paint import paint_markings
from models.training.parking.network import OccupancyNetwork, load_exported
from models.training.parking.occlusion import occlude
from models.training.parking.settings import Settings
from models.training.parking.spot_patches import SpotPatches, vehicles_of_place
from models.training.parking.spot_view import ViewShape, warp_view
from models.training.parking.weather import random_weather

RESTART = 0.5  # share of the full rate at which later cycles begin
LOG_FIELDS = ("epoch", "loss", "rate", "seconds", "balanced_accuracy")


@dataclass(frozen=True, slots=True)
class FitJob:
    """What to fit on, and where to keep it."""

    folder: Path
    seed: int
    cycle_ends: tuple[int, ...]
    """Epochs at whose end the rate has fallen to nothing; the last one is the end."""
    views_per_epoch: int
    train: np.ndarray
    """Rows of the patches to learn from."""
    held_out: np.ndarray
    """Rows to judge after the last epoch; may be empty."""
    doubt: np.ndarray | None = None
    """(all patches,) how unsure the first look is of each, between 0 and 1."""
    start: Path | None = None
    """Checkpoint of another run to begin with."""


def new_network(settings: Settings) -> OccupancyNetwork:
    """The network with its pretrained backbone and a fresh head, or as the start was exported."""
    backbone = pretrained_backbone(
        settings.detector, lite=settings.efficientnet_lite, with_mask=True
    )
    network = OccupancyNetwork(backbone, settings.network.hidden, settings.network.dropout)
    if settings.start is not None:
        load_exported(network, settings.start)
    return network.to(memory_format=torch.channels_last)


def row_chances(
    patches: SpotPatches,
    rows: np.ndarray,
    doubt: np.ndarray | None = None,
    hard_share: float = 0.0,
) -> np.ndarray:
    """Chance of each row to be drawn: sites count by the square root of their spots.

    Free and occupied weigh the same within a site, as far as four times their number allows.
    `hard_share` of the chance goes by (N,) `doubt`, between 0 and 1, of all patches.
    """
    chances = np.zeros(len(rows))
    sites, states = patches.sites[rows], patches.occupied[rows]
    for site in np.unique(sites):
        here = sites == site
        for state in (0, 1):
            chosen = here & (states == state)
            count = chosen.sum()
            if count:
                share = min(0.5, 2.0 * count / here.sum())
                chances[chosen] = math.sqrt(here.sum()) * share / count
    chances /= chances.sum()
    if doubt is None or not hard_share:
        return chances
    hard = chances * doubt[rows]
    return (1 - hard_share) * chances + hard_share * hard / hard.sum()


def draw_views(
    patches: SpotPatches,
    rows: np.ndarray,
    shape: ViewShape,
    rng: np.random.Generator,
    strength: float,
    occluded_share: float,
) -> torch.Tensor:
    """(N, 4, S, S) float RGB and mask, distorted and weathered.

    `occluded_share` of the spots stand behind a vehicle of their place, where one is known.
    """
    views = np.empty((len(rows), shape.size_px, shape.size_px, 4), np.uint8)
    for view, row in zip(views, rows, strict=True):
        outline = random_outline(patches.polygons[row], rng, strength)
        patch = paint_markings(
            patches.pictures[row], patches.polygons[row], bool(patches.occupied[row]), rng
        )
        if rng.random() < occluded_share and len(vehicles := vehicles_of_place(patches, row)):
            other = rng.choice(vehicles)
            patch = occlude(
                patch,
                patches.polygons[row],
                patches.pictures[other],
                patches.polygons[other],
                rng,
            )
        drawn = warp_view(patch, outline, shape, random_distortion(rng))
        view[..., :3] = random_weather(np.ascontiguousarray(drawn[..., :3]), rng, strength)
        view[..., 3] = drawn[..., 3]
    return to_tensor(views)


def to_tensor(views: np.ndarray) -> torch.Tensor:
    """(N, H, W, 4) uint8 BGR and mask → (N, 4, H, W) float RGB and mask."""
    return torch.from_numpy(views[..., [2, 1, 0, 3]]).permute(0, 3, 1, 2).float()


def plain_probabilities(
    network: nn.Module, patches: SpotPatches, rows: np.ndarray, shape: ViewShape
) -> np.ndarray:
    """(N,) probability of "occupied" of undistorted views."""
    network.eval()
    found = []
    with torch.no_grad():
        for start in range(0, len(rows), 128):
            views = [
                warp_view(patches.pictures[row], patches.polygons[row], shape)
                for row in rows[start : start + 128]
            ]
            found.append(torch.sigmoid(network(to_tensor(np.stack(views)))).numpy())
    return np.concatenate(found)


def balanced_accuracy(occupied: np.ndarray, probability: np.ndarray) -> float:
    """Mean of the shares of free and of occupied spots judged right."""
    judged = probability > 0.5
    states = [judged[occupied == 1].astype(float), 1 - judged[occupied == 0].astype(float)]
    return float(np.mean([state.mean() for state in states if len(state)]))


def fit(settings: Settings, patches: SpotPatches, job: FitJob) -> nn.Module:
    """The averaged weights after the last cycle, resuming from the folder's checkpoint."""
    torch.set_num_threads(settings.fit.threads)
    torch.manual_seed(job.seed)
    job.folder.mkdir(parents=True, exist_ok=True)
    network = new_network(settings)
    averaged = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=_running_average(settings.fit.average_decay)
    )
    optimiser = _optimiser(settings, network)
    checkpoint = job.folder / "checkpoint.pt"
    first_epoch = 0
    begin = checkpoint if checkpoint.exists() else job.start
    if begin is not None:
        kept = load(begin)
        network.load_state_dict(kept["network"])
        averaged.load_state_dict(kept["averaged"])
        optimiser.load_state_dict(kept["optimiser"])
        first_epoch = kept["epoch"]
    for epoch in range(first_epoch, job.cycle_ends[-1]):
        started = time.monotonic()
        loss = _run_epoch(settings, patches, job, epoch, network, averaged, optimiser)
        state = {
            "network": network.state_dict(),
            "averaged": averaged.state_dict(),
            "optimiser": optimiser.state_dict(),
            "epoch": epoch + 1,
        }
        if epoch + 1 in job.cycle_ends:  # first: a run that is killed here makes the epoch again
            save(state, cycle_checkpoint(job.folder, epoch + 1))
        save(state, checkpoint)
        is_last = epoch + 1 == job.cycle_ends[-1]
        judged = None
        if len(job.held_out) and (is_last or (epoch + 1) % 4 == 0):
            probability = plain_probabilities(
                averaged.module, patches, job.held_out, settings.network.view
            )
            judged = balanced_accuracy(patches.occupied[job.held_out], probability)
        _log(job.folder / "log.csv", epoch + 1, loss, optimiser, time.monotonic() - started, judged)
    return averaged.module.eval()


def _running_average(decay: float) -> Callable:
    """Exponential mean of the weights, short at first so that the start is soon forgotten."""

    @torch.no_grad()
    def update(averaged: list[torch.Tensor], current: list[torch.Tensor], count: int) -> None:
        kept = min(decay, (1 + int(count)) / (10 + int(count)))
        torch._foreach_lerp_(averaged, current, 1 - kept)

    return update


def cycle_checkpoint(folder: Path, end: int) -> Path:
    """What a run in `folder` had learnt when the cycle ended."""
    return folder / f"cycle{end}.pt"


def averaged_network(settings: Settings, checkpoint: Path) -> OccupancyNetwork:
    """The running average of the weights in one checkpoint."""
    kept = load(checkpoint)["averaged"]
    network = new_network(settings)
    network.load_state_dict(
        {name.removeprefix("module."): kept[name] for name in kept if name != "n_averaged"}
    )
    return network.eval()


def _optimiser(settings: Settings, network: OccupancyNetwork) -> torch.optim.Optimizer:
    return torch.optim.AdamW(
        [
            {"params": network.backbone.parameters(), "lr": settings.fit.backbone_rate},
            {"params": network.head.parameters(), "lr": settings.fit.head_rate},
        ],
        weight_decay=settings.fit.weight_decay,
    )


class EpochBatches(Dataset):
    """The batches of one epoch; batch i is the same whenever and wherever it is drawn."""

    def __init__(self, settings: Settings, patches: SpotPatches, job: FitJob, epoch: int) -> None:
        self.settings = settings
        self.patches = patches
        self.job = job
        self.epoch = epoch
        self.cycle = sum(end <= epoch for end in job.cycle_ends)
        self.chances = row_chances(patches, job.train, job.doubt, settings.fit.hard_share)

    def __len__(self) -> int:
        return self.job.views_per_epoch // self.settings.fit.batch

    def __getitem__(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """(batch, 4, S, S) views and (batch,) 0.0 or 1.0."""
        if step >= len(self):
            raise IndexError(step)
        cv2.setNumThreads(0)
        rng = np.random.default_rng([self.job.seed, self.epoch, step])
        rows = rng.choice(self.job.train, self.settings.fit.batch, p=self.chances)
        views = draw_views(
            self.patches,
            rows,
            self.settings.network.view,
            rng,
            self.settings.fit.strengths[self.cycle],
            self.settings.fit.occluded_share,
        )
        return views, torch.from_numpy(self.patches.occupied[rows]).float()


def _run_epoch(settings, patches, job, epoch, network, averaged, optimiser) -> float:
    """Mean loss of one epoch of freshly drawn views."""
    torch.manual_seed(job.seed + 1000 * epoch)  # of dropout: a resumed run drops the same
    batches = EpochBatches(settings, patches, job, epoch)
    loader = DataLoader(batches, batch_size=None, num_workers=settings.fit.workers)
    rates = [group.setdefault("full_rate", group["lr"]) for group in optimiser.param_groups]
    smooth = settings.fit.label_smoothing
    network.train()
    total = 0.0
    progress = tqdm(loader, desc=f"{job.folder.name} epoch {epoch + 1}", leave=False)
    for step, (views, wanted) in enumerate(progress):
        done = epoch * len(batches) + step
        share = min(1.0, (done + 1) / settings.fit.warm_up_steps)
        share *= _cycle_share(done / len(batches), job.cycle_ends)
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * share
        loss = functional.binary_cross_entropy_with_logits(
            network(views.contiguous(memory_format=torch.channels_last)),
            wanted * (1 - smooth) + smooth / 2,
        )
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        averaged.update_parameters(network)
        total += float(loss.detach())
    return total / len(batches)


def _cycle_share(epoch: float, ends: tuple[int, ...]) -> float:
    """Share of the full rate: a falling cosine in every cycle, from RESTART on after the first."""
    start = max([0, *(end for end in ends if end <= epoch)])
    end = min([end for end in ends if end > epoch], default=start + 1)
    peak = RESTART if start else 1.0
    return peak * 0.5 * (1 + math.cos(math.pi * (epoch - start) / (end - start)))


def _log(path: Path, epoch, loss, optimiser, seconds, judged) -> None:
    is_new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, LOG_FIELDS)
        if is_new:
            writer.writeheader()
        writer.writerow(
            {
                "epoch": epoch,
                "loss": round(loss, 4),
                "seconds": round(seconds, 1),
                "rate": optimiser.param_groups[0]["lr"],
                "balanced_accuracy": "" if judged is None else round(judged, 4),
            }
        )
