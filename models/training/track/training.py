"""The training loop: from a detector's backbone, averaged, checked and resumable."""

import csv
import math
from copy import deepcopy
from pathlib import Path

import cv2
import torch
from torch import Tensor
from tqdm import tqdm

from models.training.track.batches import Pool, batches, to_tensor
from models.training.track.loss import intersection_over_union, mask_loss, reduced
from models.training.track.network import TrackNetwork, new_network
from models.training.track.pictures import Picture
from models.training.track.sample import EVERY, OWN
from models.training.track.settings import Settings

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class Trainer:
    """One run: the network, its running average, and where it stands."""

    def __init__(self, settings: Settings, shared: Path, folder: Path) -> None:
        torch.manual_seed(settings.seed)
        torch.set_num_threads(settings.threads)
        self.settings = settings
        self.folder = folder
        self.network = new_network(shared / "weights" / settings.start).to(DEVICE)
        self.network.to(memory_format=torch.channels_last)
        # Its first filters see edges of all lights alike, and cost a fifth of a step.
        self.network.backbone.stem.requires_grad_(False)
        self.average = deepcopy(self.network).requires_grad_(False).eval()
        self.optimiser = torch.optim.AdamW(parameter_groups(self.network, settings))
        self.step = 0
        folder.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.is_file():
            self.resume()

    @property
    def checkpoint(self) -> Path:
        """Where the run is kept."""
        return self.folder / "checkpoint.pt"

    def save(self) -> None:
        """Keep everything needed to go on; the old file is replaced in one move."""
        state = {
            "step": self.step,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        fresh = self.checkpoint.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(self.checkpoint)

    def resume(self) -> None:
        """Go on from the checkpoint."""
        state = torch.load(self.checkpoint, weights_only=True, map_location=DEVICE)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]

    def train(self, pool: Pool, held: dict[str, list[Picture]]) -> None:
        """Run from where it stands to the last step."""
        settings = self.settings
        progress = tqdm(total=settings.steps, initial=self.step, desc="training")
        for step, images, masks in batches(pool, settings, self.step, settings.steps):
            images = images.to(DEVICE, memory_format=torch.channels_last)
            losses = self.learn(step, images, masks.to(DEVICE))
            self.step = step + 1
            progress.update()
            progress.set_postfix(loss=f"{losses['loss']:.3f}")
            if self.step % settings.log_every == 0:
                append(self.folder / "losses.csv", {"step": self.step, **losses})
            if self.step % settings.save_every == 0 or self.step == settings.steps:
                self.save()
            if self.step % settings.check_every == 0 or self.step == settings.steps:
                row = {"step": self.step, **held_figures(self.average, held, settings)}
                append(self.folder / "checks.csv", row)
                tqdm.write("  ".join(f"{k} {v:.3f}" for k, v in row.items()))
        progress.close()

    def learn(self, step: int, images: Tensor, masks: Tensor) -> dict[str, float]:
        """One step of the optimiser and of the running average."""
        settings = self.settings
        share = rate_share(step, settings)
        for group in self.optimiser.param_groups:
            group["lr"] = group["full_rate"] * share
        with torch.autocast(DEVICE, torch.bfloat16):
            logits = self.network(images)
        entropy, overlap = mask_loss(logits.float(), reduced(masks), settings.other_weight)
        loss = entropy + settings.overlap_weight * overlap
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), settings.clip_norm)
        self.optimiser.step()
        decay = min(settings.ema_decay, (step + 1) / (step + 10))
        pairs = zip(self.average.parameters(), self.network.parameters(), strict=True)
        with torch.no_grad():
            for mean, now in pairs:
                mean.lerp_(now, 1 - decay)
        parts = {"entropy": entropy, "overlap": overlap, "loss": loss, "norm": norm}
        return {"rate": share, **{name: float(value.detach()) for name, value in parts.items()}}


def parameter_groups(network: TrackNetwork, settings: Settings) -> list[dict[str, object]]:
    """The backbone learns more slowly; kernels decay, biases do not."""
    groups: list[dict[str, object]] = []
    for is_backbone in (True, False):
        rate = settings.learning_rate * (settings.backbone_rate if is_backbone else 1.0)
        for is_kernel in (True, False):
            members = [
                p
                for name, p in network.named_parameters()
                if p.requires_grad
                and name.startswith("backbone") is is_backbone
                and (p.ndim > 1) is is_kernel
            ]
            decay = settings.weight_decay if is_kernel else 0.0
            group = {"params": members, "lr": rate, "weight_decay": decay, "full_rate": rate}
            groups.append(group)
    return groups


def rate_share(step: int, settings: Settings) -> float:
    """Linear warm-up, then half a cosine down; of the learning rate."""
    if step < settings.warmup_steps:
        return (step + 1) / settings.warmup_steps
    share = (step - settings.warmup_steps) / max(settings.steps - settings.warmup_steps, 1)
    return settings.last_rate + (1 - settings.last_rate) * (1 + math.cos(math.pi * share)) / 2


@torch.no_grad()
def held_figures(
    network: TrackNetwork, held: dict[str, list[Picture]], settings: Settings
) -> dict[str, float]:
    """Mean overlap of own and all track on each part of what was held out."""
    figures = {}
    for name, pictures in held.items():
        rows = []
        for picture in pictures:
            sample = picture.read()
            image = cv2.resize(sample.image, settings.size, interpolation=cv2.INTER_AREA)
            masks = cv2.resize(sample.masks(), settings.size, interpolation=cv2.INTER_NEAREST)
            logits = network(to_tensor([image]).to(DEVICE)).cpu()
            rows.append(intersection_over_union(logits, reduced(torch.from_numpy(masks)[None])))
        if rows:
            mean = torch.cat(rows).nanmean(0)
            figures[f"{name}_own"] = float(mean[OWN])
            figures[f"{name}_every"] = float(mean[EVERY])
    return figures


def append(file: Path, row: dict[str, float]) -> None:
    """Add a row to a table, with a header where it is new."""
    is_new = not file.is_file()
    with file.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, list(row))
        if is_new:
            writer.writeheader()
        writer.writerow({k: v if k == "step" else round(float(v), 6) for k, v in row.items()})
