"""The training of the bed network, from nothing: there are few weights."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.training.bed.evaluation import Held, figures
from models.training.bed.network import BedNetwork
from models.training.bed.settings import Settings
from models.training.bed.strips import TAKEN, UNKNOWN, Pool, Strip, random_strip
from models.training.bed.things import Props
from models.training.run import Run


class Trainer:
    """A run of the bed network."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        torch.manual_seed(settings.seed)
        torch.set_num_threads(settings.threads)
        self.settings = settings
        network = BedNetwork().to(memory_format=torch.channels_last)
        groups = [
            {
                "params": [p for p in network.parameters() if (p.ndim > 1) is is_kernel],
                "lr": settings.learning_rate,
                "weight_decay": settings.weight_decay if is_kernel else 0.0,
            }
            for is_kernel in (True, False)
        ]
        self.run = Run(network, torch.optim.AdamW(groups), settings, folder)

    def train(self, pool: Pool, props: Props, held: Sequence[Held]) -> None:
        """Run from where it stands to the last step."""

        def check() -> dict[str, float]:
            return figures(partial(confidences, self.run.average), held)

        self.run.train(partial(self.make_batch, pool, props), self.losses, check)

    def make_batch(self, pool: Pool, props: Props, step: int) -> tuple[Tensor, Tensor]:
        """Strips (N, 3, 2R, 2L) and what is wanted (N, R, feet); the step alone decides."""
        rng = np.random.default_rng([self.settings.seed, step])
        strips: list[Strip] = []
        for _ in range(self.settings.batch):
            view = pool.draw(rng, self.settings.sources)
            strips.append(random_strip(view, props, self.settings, rng))
        shown = np.stack([each.shown for each in strips]).transpose(0, 3, 1, 2)
        wanted = np.stack([each.wanted for each in strips])
        return torch.from_numpy(shown).float(), torch.from_numpy(wanted)

    def losses(self, batch: tuple[Tensor, Tensor]) -> dict[str, Tensor]:
        """What a batch costs."""
        shown, wanted = batch
        logits = self.run.network(shown.to(memory_format=torch.channels_last))
        is_taken = (wanted == TAKEN).float()
        weight = torch.where(
            wanted == UNKNOWN, 0.0, 1 + (self.settings.taken_weight - 1) * is_taken
        )
        each = functional.binary_cross_entropy_with_logits(logits, is_taken, reduction="none")
        return {"loss": 100 * (each * weight).sum() / (wanted != UNKNOWN).sum()}


@torch.no_grad()
def confidences(network: BedNetwork, shown: np.ndarray) -> np.ndarray:
    """(N, R, feet) of strips (N, 2R, 2L, 3)."""
    strips = torch.from_numpy(np.ascontiguousarray(shown.transpose(0, 3, 1, 2))).float()
    return network(strips).sigmoid().numpy()
