import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra train")

from models.training.parking.fit import FitJob, fit  # noqa: E402 - torch may be missing
from models.training.parking.settings import CONFIGURATION, read_settings  # noqa: E402
from models.training.parking.spot_patches import SpotPatches  # noqa: E402

LITE = read_settings(Path("shared"), CONFIGURATION.with_name("wayside_parking_lite.toml"))
SETTINGS = replace(
    LITE,
    network=replace(LITE.network, view_px=32),
    fit=replace(LITE.fit, batch=2, hard_share=0.0, occluded_share=0.0, workers=0),
)
SPOT = np.array([[60, 60], [110, 60], [110, 110], [60, 110]], np.float64)


def make_patches() -> SpotPatches:
    pictures = np.random.default_rng(1).integers(0, 256, (4, 176, 176, 3), np.uint8)
    places = np.array(["here"] * 4)
    return SpotPatches(pictures, [SPOT] * 4, np.array([0, 1, 0, 1]), places, places)


def fit_in(folder: Path) -> dict[str, "torch.Tensor"]:
    """The weights after two cycles of one epoch of two views."""
    job = FitJob(folder, 3, (1, 2), 2, np.arange(4), np.arange(0))
    return fit(SETTINGS, make_patches(), job).state_dict()


def test_a_resumed_run_ends_as_one_in_one_go(tmp_path: Path) -> None:
    at_once = fit_in(tmp_path / "once")
    (tmp_path / "again").mkdir()
    shutil.copy(tmp_path / "once" / "cycle1.pt", tmp_path / "again" / "checkpoint.pt")
    resumed = fit_in(tmp_path / "again")
    assert all(torch.equal(at_once[name], resumed[name]) for name in at_once)


def test_a_run_killed_at_the_end_of_a_cycle_keeps_that_cycle_when_it_goes_on(
    tmp_path: Path,
) -> None:
    end = tmp_path / "cycle1.pt"
    end.symlink_to(tmp_path / "full disk" / "cycle1.pt")
    with pytest.raises(FileNotFoundError):
        fit_in(tmp_path)
    end.unlink()
    fit_in(tmp_path)
    assert end.is_file()
