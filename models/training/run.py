"""One training run: a network, its running average and its optimiser, kept on disk, resumable."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn
from tqdm import tqdm

from models.training.checkpoint import load, save
from models.training.log import add_row, forget_after
from models.training.rate import RateSettings, rate_share

Batch = TypeVar("Batch")


class RunSettings(RateSettings, Protocol):
    """What a run needs to know of the settings."""

    ema_decay: float
    clip_norm: float
    log_every: int
    check_every: int
    save_every: int


class Run:
    """Where a network in training stands; goes on from the folder's checkpoint if there is one.

    The rates that the optimiser is given are the full ones, of which every step takes a share.
    The folder gets `losses.csv` and `checks.csv`, to be plotted.
    """

    def __init__(
        self,
        network: nn.Module,
        optimiser: torch.optim.Optimizer,
        settings: RunSettings,
        folder: Path,
    ) -> None:
        self.network = network
        self.average = deepcopy(network).requires_grad_(False).eval()
        self.optimiser = optimiser
        self.full_rates = [group["lr"] for group in optimiser.param_groups]
        self.settings = settings
        self.folder = folder
        self.losses, self.checks = folder / "losses.csv", folder / "checks.csv"
        self.step = 0
        folder.mkdir(parents=True, exist_ok=True)
        if self.checkpoint.is_file():
            self.resume()

    @property
    def checkpoint(self) -> Path:
        """Where the run is kept."""
        return self.folder / "checkpoint.pt"

    @property
    def trained(self) -> nn.Module:
        """The running average; raises FileNotFoundError where not a step was taken."""
        if not self.step:
            raise FileNotFoundError(f"no checkpoint in {self.folder}: train first")
        return self.average

    def save(self) -> None:
        """Keep where it stands."""
        state = {
            "step": self.step,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        save(state, self.checkpoint)

    def resume(self) -> None:
        """Go on from the checkpoint; what was noted after it is forgotten."""
        device = next(self.network.parameters()).device
        state = load(self.checkpoint, device)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step = state["step"]
        for table in (self.losses, self.checks):
            forget_after(table, self.step)

    def train(
        self,
        make_batch: Callable[[int], Batch],
        losses: Callable[[Batch], dict[str, Tensor]],
        check: Callable[[], dict[str, float]],
    ) -> None:
        """Run from where it stands to the last step.

        The step alone decides what `make_batch` makes, so that a resumed run goes on as if never
        stopped. The one of the `losses` called "loss" is descended, the others are noted.
        `check` measures the running average on what was held out.
        """
        settings = self.settings
        progress = tqdm(total=settings.steps, initial=self.step, desc="training")
        for batch in ahead(make_batch, self.step, settings.steps):
            noted = self.learn(losses(batch))
            self.step += 1
            is_last = self.step == settings.steps
            progress.update()
            progress.set_postfix(loss=f"{noted['loss']:.3f}")
            if self.step % settings.log_every == 0:
                add_row(self.losses, {"step": self.step, **noted})
            if self.step % settings.check_every == 0 or is_last:
                row = {"step": self.step, **check()}
                add_row(self.checks, row)
                tqdm.write("  ".join(f"{name} {value:.4g}" for name, value in row.items()))
            if self.step % settings.save_every == 0 or is_last:
                self.save()
        progress.close()

    def learn(self, losses: dict[str, Tensor]) -> dict[str, float]:
        """One step of the optimiser and of the running average; what is to be noted of it."""
        share = rate_share(self.step, self.settings)
        for group, rate in zip(self.optimiser.param_groups, self.full_rates, strict=True):
            group["lr"] = rate * share
        self.optimiser.zero_grad(set_to_none=True)
        losses["loss"].backward()
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip_norm)
        self.optimiser.step()
        self.follow()
        noted = {**losses, "norm": norm}
        return {"rate": share, **{name: float(value.detach()) for name, value in noted.items()}}

    @torch.no_grad()
    def follow(self) -> None:
        """Move the running average towards the network."""
        decay = min(self.settings.ema_decay, (self.step + 1) / (self.step + 10))
        pairs = zip(self.average.parameters(), self.network.parameters(), strict=True)
        for mean, now in pairs:
            mean.lerp_(now, 1 - decay)


def ahead(make: Callable[[int], Batch], first: int, last: int) -> Iterator[Batch]:
    """What `make` makes of first..last-1, each made in a thread while the one before is used."""
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(make, first) if first < last else None
        for number in range(first, last):
            made = coming.result()
            if number + 1 < last:
                coming = maker.submit(make, number + 1)
            yield made
