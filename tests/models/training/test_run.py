"""A run that was stopped goes on as if it never was; needs the extra `train`."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from models.training.run import Run  # noqa: E402

SETTINGS = SimpleNamespace(
    steps=8, warmup_steps=2, last_rate=0.1, ema_decay=0.9, clip_norm=1.0,
    log_every=1, check_every=4, save_every=2,
)  # fmt: skip


def new_run(folder: Path) -> Run:
    torch.manual_seed(1)
    network = torch.nn.Linear(3, 1)
    return Run(network, torch.optim.AdamW(network.parameters(), lr=0.1), SETTINGS, folder)


def train(run: Run, check: Callable[[], dict[str, float]] | None = None) -> None:
    def losses(batch):
        return {"loss": (run.network(batch) - 1).square().mean()}

    def figures() -> dict[str, float]:
        return {"bias": float(run.average.bias)}

    run.train(
        lambda step: torch.randn(4, 3, generator=torch.Generator().manual_seed(step)),
        losses,
        check or figures,
    )


def killed() -> dict[str, float]:
    raise KeyboardInterrupt


def test_a_run_killed_while_it_is_checked_ends_as_one_that_was_not(tmp_path: Path) -> None:
    whole = new_run(tmp_path / "whole")
    train(whole)
    with pytest.raises(KeyboardInterrupt):
        train(new_run(tmp_path / "stopped"), killed)
    resumed = new_run(tmp_path / "stopped")
    assert resumed.step > 0
    train(resumed)
    for one, other in zip(whole.trained.parameters(), resumed.trained.parameters(), strict=True):
        assert one.tolist() == other.tolist()
    for table in ("losses.csv", "checks.csv"):
        assert (resumed.folder / table).read_text() == (whole.folder / table).read_text()


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_damaged_checkpoint_is_told(tmp_path: Path, share: float) -> None:
    run = new_run(tmp_path)
    train(run)
    kept = run.checkpoint.read_bytes()
    run.checkpoint.write_bytes(kept[: int(share * len(kept))])
    with pytest.raises(OSError, match=r"checkpoint\.pt is damaged: delete it to begin anew"):
        new_run(tmp_path)
