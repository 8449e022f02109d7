"""What is chosen by the pictures held out of training: the mix of weights, the confidence.

The judging sets are not read here.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models.training.mixing import mixed
from models.training.obstacles.classes import GROUPS
from models.training.obstacles.network import ObstacleNetwork
from models.training.obstacles.pictures import Picture
from models.training.obstacles.scoring import Curve, at_confidence, curve
from models.training.obstacles.teachers import glance, nanodet
from models.training.obstacles.training import holdout_figures

CONFIDENCES = np.arange(0.15, 0.66, 0.01)


def compare_shares(
    start: ObstacleNetwork,
    trained: ObstacleNetwork,
    holdout: dict[str, list[Picture]],
    shares: Sequence[float],
) -> dict[float, dict[str, float]]:
    """Figures on what was held out, for weights between the start and the trained ones."""
    return {
        share: holdout_figures(mixed(start, trained, share), holdout)
        for share in tqdm(shares, desc="mixing")
    }


def best_confidence(
    path: Path, size: tuple[int, int], holdout: dict[str, list[Picture]]
) -> tuple[float, float]:
    """The confidence with the best F1, averaged over groups and parts; and that F1."""
    network = nanodet(path, size)
    curves: list[Curve] = []
    for pictures in holdout.values():
        found = [glance(network, picture.read()) for picture in pictures]
        curves += [curve(found, pictures, names) for names in GROUPS.values()]
    curves = [result for result in curves if result.count >= 5] or curves
    scores = [np.mean([f1(result, float(c)) for result in curves]) for c in CONFIDENCES]
    best = int(np.argmax(scores))
    return round(float(CONFIDENCES[best]), 2), float(scores[best])


def f1(result: Curve, confidence: float) -> float:
    """Harmonic mean of recall and precision at a confidence."""
    recall, precision = at_confidence(result, confidence)
    return 2 * recall * precision / max(recall + precision, 1e-9)
