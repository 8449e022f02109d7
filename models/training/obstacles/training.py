"""The training of the obstacle network: gentle steps from published weights."""

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.training.obstacles.agreement import Findings
from models.training.obstacles.batches import Batch, Batches, to_tensor
from models.training.obstacles.classes import CLASSES, GROUPS
from models.training.obstacles.collection import EXHAUSTIVE, Collection
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
from models.training.run import Run

CHECK_SIZE = (384, 640)
LEAST_CONFIDENCE = 0.03


class Trainer:
    """A run, and the untouched start whose answers it should remember."""

    def __init__(self, settings: Settings, shared: Path, folder: Path) -> None:
        torch.manual_seed(settings.seed)
        torch.set_num_threads(settings.threads)
        self.settings = settings
        network = ObstacleNetwork()
        load_published(network, shared / "weights" / settings.start)
        self.start = deepcopy(network).requires_grad_(False).eval()
        # Its first filters see edges of all lights alike, and cost a quarter of a step.
        network.backbone.stem.requires_grad_(False)
        optimiser = torch.optim.AdamW(
            parameter_groups(network, settings.weight_decay), lr=settings.learning_rate
        )
        self.run = Run(network, optimiser, settings, folder)

    def train(self, collection: Collection) -> None:
        """Run from where it stands to the last step."""
        self.run.train(
            Batches(collection.train, self.settings).at,
            self.losses,
            lambda: holdout_figures(self.run.average, collection.holdout, is_quick=True),
        )

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """What a batch costs, in parts and in all."""
        settings = self.settings
        weights = Weights(
            settings.memory_weight, settings.rare_memory_weight, settings.unsure_background,
            settings.empty_weight, settings.suspicion,
        )  # fmt: skip
        # 32-bit floats with the channels last: 16-bit ones lose more in conversions than they win
        with torch.no_grad():
            clear = batch.clear.contiguous(memory_format=torch.channels_last)
            memory = self.start(clear)[0].sigmoid()
        spoilt = batch.spoilt.contiguous(memory_format=torch.channels_last)
        logits, sides = self.run.network(spoilt)
        size = (batch.spoilt.shape[2], batch.spoilt.shape[3])
        terms = batch_loss(logits, sides, memory, batch.targets, size, weights)
        parts = {"classes": terms.classes, "boxes": terms.boxes, "bins": terms.bins}
        return {**parts, "memory": terms.memory, "loss": terms.total()}


def parameter_groups(network: torch.nn.Module, decay: float) -> list[dict[str, object]]:
    """Kernels decay, biases do not."""
    parameters = list(network.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0},
    ]


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
        if not pictures:  # no streets were rendered
            continue
        found = [
            find(network, picture.read(), CHECK_SIZE, is_quick=is_quick) for picture in pictures
        ]
        figures |= part_figures(name, found, pictures)
    return figures


def part_figures(
    name: str, found: Sequence[Findings], pictures: Sequence[Picture]
) -> dict[str, float]:
    """AP50 of the groups that a part has objects of, or of all groups and of each class."""
    if name in EXHAUSTIVE:
        classes = {
            f"class_{name}_{kind}": average_precision(curve(found, pictures, (kind,)))
            for kind in CLASSES
        }
        return {f"{name}_ap50": group_ap50(found, pictures)["all"], **classes}
    return {
        f"{name}_{group}": average_precision(curve(found, pictures, GROUPS[group]))
        for group in ("vehicle", "person")
    }
