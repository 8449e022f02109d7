from pathlib import Path

import numpy as np

from models.training.parking.doubts import save_judgement, trusted_rows
from models.training.parking.spot_patches import SpotPatches

SQUARE = np.array([[0, 0], [9, 0], [9, 9], [0, 9]], np.float64)


def make_patches(occupied: list[int], sources: list[str]) -> SpotPatches:
    count = len(occupied)
    return SpotPatches(
        np.zeros((count, 4, 4, 3), np.uint8),
        [SQUARE] * count,
        np.array(occupied),
        np.array(sources),
        np.array(sources),
        np.ones(count, bool),
    )


def test_contradicted_labels_are_left_out(tmp_path: Path) -> None:
    patches = make_patches([1, 1, 0, 0], ["pucpr"] * 4)
    save_judgement(tmp_path, np.arange(4), np.array([0.1, 0.9, 0.9, 0.6]))
    assert trusted_rows(patches, tmp_path, 0.75, ("pucpr",)).tolist() == [1, 3]


def test_other_sets_keep_their_hard_spots(tmp_path: Path) -> None:
    patches = make_patches([1, 1], ["pucpr", "acpds"])
    save_judgement(tmp_path, np.arange(2), np.array([0.1, 0.1]))
    assert trusted_rows(patches, tmp_path, 0.75, ("pucpr",)).tolist() == [1]


def test_everything_is_trusted_before_the_folds(tmp_path: Path) -> None:
    patches = make_patches([1, 0], ["pucpr", "acpds"])
    assert trusted_rows(patches, tmp_path, 0.75, ("pucpr",)).tolist() == [0, 1]
