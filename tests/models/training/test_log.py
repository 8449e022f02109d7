"""What a run notes down can be plotted, also after it was stopped and went on."""

from pathlib import Path

from models.training.log import add_row, forget_after


def test_a_resumed_run_notes_every_step_once(tmp_path: Path) -> None:
    table = tmp_path / "losses.csv"
    for step in (5, 10, 15):
        add_row(table, {"step": step, "loss": 1 / step})
    forget_after(table, 10)  # killed after 15, its last checkpoint is of step 12
    for step in (15, 20):
        add_row(table, {"step": step, "loss": 0.5})
    assert table.read_bytes() == b"step,loss\n5,0.2\n10,0.1\n15,0.5\n20,0.5\n"


def test_a_run_that_noted_nothing_forgets_nothing(tmp_path: Path) -> None:
    forget_after(tmp_path / "losses.csv", 0)
    assert not (tmp_path / "losses.csv").exists()
