from dataclasses import dataclass
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the extra train")

from models.training.run import Run  # noqa: E402 - torch may be missing


@dataclass(frozen=True)
class ShortRun:
    """Two steps, each of them kept."""

    steps: int = 2
    warmup_steps: int = 1
    last_rate: float = 0.1
    ema_decay: float = 0.9
    clip_norm: float = 1.0
    log_every: int = 1
    check_every: int = 2
    save_every: int = 1


def make_run(folder: Path) -> Run:
    network = torch.nn.Linear(1, 1)
    return Run(network, torch.optim.SGD(network.parameters(), lr=0.1), ShortRun(), folder)


def test_nothing_ships_before_a_step_was_taken(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    with pytest.raises(FileNotFoundError, match=f"no checkpoint in {tmp_path}: train first"):
        _ = run.trained
    run.train(
        lambda step: torch.ones(1, 1) * step,
        lambda batch: {"loss": run.network(batch).square().sum()},
        lambda: {"good": 1.0},
    )
    again = make_run(tmp_path)
    assert again.trained is again.average
