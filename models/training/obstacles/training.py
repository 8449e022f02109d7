"""The training loop: gentle steps from published weights, averaged, checked and resumable."""

import csv
import math
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from models.training.obstacles.agreement import Findings
from models.training.obstacles.batches import Batch, Batches, to_tensor
from models.training.obstacles.classes import GROUPS
from models.training.obstacles.collection import Collection
from models.training.obstacles.loss import Weights, batch_loss
from models.training.obstacles.network import (
    ObstacleNetwork,
    anchor_centres,
    decode_boxes,
    load_published,
)
from models.training.obstacles.pictures import Picture
from models.training.obstacles.scoring import average_precision, curve, group_ap50
from models.training.obstacles.settings import Settings
from models.training.obstacles.teachers import back, resize, tidy

CHECK_SIZE = (384, 640)
LEAST_CONFIDENCE = 0.03


class Trainer:
    """One run: the network, its running average, the untouched start, and where it stands."""

    def __init__(self, settings: Settings, shared: Path, folder: Path) -> None:
        torch.manual_seed(settings.seed)
        torch.set_num_threads(settings.threads)
        self.settings = settings
        self.folder = folder
        self.network = ObstacleNetwork()
        load_published(self.network, shared / "weights" / settings.start)
        self.start = deepcopy(self.network).requires_grad_(False).eval()
        self.average = deepcopy(self.start)
        # Its first filters see edges of all lights alike, and cost a quarter of a step.
        self.network.backbone.stem.requires_grad_(False)
        self.optimiser = torch.optim.AdamW(
            parameter_groups(self.network, settings.weight_decay), lr=settings.learning_rate
        )
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
        state = torch.load(self.checkpoint, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]

    def train(self, collection: Collection) -> None:
        """Run from where it stands to the last step."""
        batches = Batches(collection.train, self.settings)
        progress = tqdm(total=self.settings.steps, initial=self.step, desc="training")
        for step, batch in batches.run(self.step, self.settings.steps):
            losses = self.learn(step, batch)
            self.step = step + 1
            progress.update()
            progress.set_postfix(loss=f"{losses['loss']:.3f}")
            if self.step % self.settings.log_every == 0:
                append(self.folder / "losses.csv", {"step": self.step, **losses})
            if self.step % self.settings.save_every == 0 or self.step == self.settings.steps:
                self.save()
            if self.step % self.settings.check_every == 0 or self.step == self.settings.steps:
                self.check(collection)
        progress.close()

    def learn(self, step: int, batch: Batch) -> dict[str, float]:
        """One step of the optimiser and of the running average."""
        settings = self.settings
        rate = learning_rate(step, settings)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        weights = Weights(settings.memory_weight, settings.unsure_background, settings.suspicion)
        # 32-bit floats with the channels last: 16-bit ones lose more in conversions than they win
        with torch.no_grad():
            clear = batch.clear.contiguous(memory_format=torch.channels_last)
            memory = self.start(clear)[0].sigmoid()
        logits, sides = self.network(batch.spoilt.contiguous(memory_format=torch.channels_last))
        size = (batch.spoilt.shape[2], batch.spoilt.shape[3])
        terms = batch_loss(logits, sides, memory, batch.targets, size, weights)
        loss = terms.total(weights)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), settings.clip_norm)
        self.optimiser.step()
        self.follow(step)
        parts = {"classes": terms.classes, "boxes": terms.boxes, "bins": terms.bins}
        parts |= {"memory": terms.memory, "loss": loss, "norm": norm}
        return {"rate": rate, **{name: float(value.detach()) for name, value in parts.items()}}

    def follow(self, step: int) -> None:
        """Move the running average towards the network."""
        decay = min(self.settings.ema_decay, (step + 1) / (step + 10))
        pairs = zip(self.average.parameters(), self.network.parameters(), strict=True)
        with torch.no_grad():
            for mean, now in pairs:
                mean.lerp_(now, 1 - decay)

    def check(self, collection: Collection) -> None:
        """Measure the running average on what was held out of training, and note it."""
        row = {
            "step": self.step,
            **holdout_figures(self.average, collection.holdout, is_quick=True),
        }
        append(self.folder / "checks.csv", row)
        tqdm.write("  ".join(f"{k} {v:.3f}" if k != "step" else f"{k} {v}" for k, v in row.items()))


def parameter_groups(network: torch.nn.Module, decay: float) -> list[dict[str, object]]:
    """Kernels decay, biases do not."""
    parameters = list(network.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0},
    ]


def learning_rate(step: int, settings: Settings) -> float:
    """Linear warm-up, then half a cosine down."""
    if step < settings.warmup_steps:
        return settings.learning_rate * (step + 1) / settings.warmup_steps
    share = (step - settings.warmup_steps) / max(settings.steps - settings.warmup_steps, 1)
    span = settings.learning_rate - settings.last_learning_rate
    return settings.last_learning_rate + span * (1 + math.cos(math.pi * share)) / 2


@torch.no_grad()
def find(
    network: ObstacleNetwork, image: np.ndarray, size: tuple[int, int], *, is_quick: bool = False
) -> Findings:
    """What a network in training finds in one picture, stretched to a size.

    Quick means in 16-bit floats: good for watching a run, too coarse to choose by.
    """
    height, width = size
    with torch.autocast("cpu", torch.bfloat16, enabled=is_quick):
        logits, sides = network(to_tensor([resize(image, height, width)]))
    boxes = decode_boxes(sides.float(), *anchor_centres(height, width))[0].numpy()
    confidence, kind = (value.numpy() for value in logits[0].float().sigmoid().max(1))
    keep = confidence >= LEAST_CONFIDENCE
    placed = back(boxes[keep], image, height, width)
    return tidy(placed, confidence[keep], kind[keep], image)


def holdout_figures(
    network: ObstacleNetwork, holdout: dict[str, list[Picture]], *, is_quick: bool = False
) -> dict[str, float]:
    """AP50 on each part of what was held out."""
    figures = {}
    for name, pictures in holdout.items():
        found = [
            find(network, picture.read(), CHECK_SIZE, is_quick=is_quick) for picture in pictures
        ]
        figures |= part_figures(name, found, pictures)
    return figures


def part_figures(
    name: str, found: Sequence[Findings], pictures: Sequence[Picture]
) -> dict[str, float]:
    """AP50 of the groups that a part has objects of, or of all groups together."""
    if name == "general":
        return {f"{name}_ap50": group_ap50(found, pictures)["all"]}
    return {
        f"{name}_{group}": average_precision(curve(found, pictures, GROUPS[group]))
        for group in ("vehicle", "person")
    }


def append(file: Path, row: dict[str, float]) -> None:
    """Add a row to a table, with a header where it is new."""
    is_new = not file.is_file()
    with file.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, list(row))
        if is_new:
            writer.writeheader()
        writer.writerow({k: v if k == "step" else round(float(v), 6) for k, v in row.items()})
