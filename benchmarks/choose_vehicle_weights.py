"""What do vehicles around an unsure spot count? Chosen on places the judging network never saw.

Needs the extra `train`, and the `folds` step of the second look (`make train-parking`), which keeps
what a network says of places that it never saw. The weights go into vision.parking.vehicles_around.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from benchmarks.stamped_result import ROOT
from models.spec import Task
from service.cameras.model_loading import open_model
from vision.arrays import BoolArray, FloatArray
from vision.detector import Detector
from vision.parking.closer_looks import SURE_LOG_ODDS
from vision.parking.vehicles_around import FAINTEST, WINDOW, VehiclesAround

SETS = ("acpds", "cnr_ext")  # of training; in the order of models.training.parking.spot_patches
FOLDS = ROOT / "models" / "training" / ".cache" / "parking_wide" / "folds" / "judged.npz"
CLIPPED = 1e-3  # a network of a short fold is not surer than this
FIRMNESS = 3.0  # inverse strength of the pull towards zero


def main() -> None:
    """Print the weights of all places, and what each place would gain by those of the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT.parent / "shared" / "data" / "parking")
    parser.add_argument("--judged", type=Path, default=FOLDS, help="what the folds said")
    options = parser.parse_args()
    vehicles = VehiclesAround(
        Detector(
            *open_model(None, Task.OBSTACLES, input_size=(WINDOW.size_px,) * 2),
            confidence=FAINTEST,
        )
    )
    folders = [options.folder / name for name in SETS]
    frames = [(folder, frame) for folder in folders for frame in _frames(folder)]
    told = [_evidence(vehicles, *each) for each in track(frames, console=Console(stderr=True))]
    evidence = np.concatenate([each[0] for each in told])
    is_occupied = np.concatenate([each[1] for each in told])
    site = np.concatenate([each[2] for each in told])

    judged = np.load(options.judged)
    is_here = judged["rows"] < len(evidence)  # other sets follow, which know no whole pictures
    rows, probability = judged["rows"][is_here], judged["probability"][is_here]
    log_odds = logit(np.clip(probability, CLIPPED, 1 - CLIPPED))
    unsure = np.abs(log_odds) < SURE_LOG_ODDS
    seen = np.column_stack([log_odds, evidence[rows]])
    truth, place = is_occupied[rows], site[rows]
    counts = np.where(truth, 1 / truth.mean(), 1 / (~truth).mean())  # free and occupied weigh alike
    with_others = probability.copy()
    for each in np.unique(place):
        here = unsure & (place == each)
        if here.any():
            others = unsure & (place != each)
            weights = _fit(seen[others], truth[others], counts[others])
            with_others[here] = _together(seen[here], weights)
    chosen = _fit(seen[unsure], truth[unsure], counts[unsure])
    print(
        json.dumps(
            {
                "looks, own, others, bias": chosen.round(2).tolist(),
                "unsure": round(float(unsure.mean()), 4),
                "balanced_accuracy": {
                    "looks": round(_balanced(probability, truth), 4),
                    "with vehicles": round(_balanced(with_others, truth), 4),
                },
            }
        )
    )


def _frames(folder: Path) -> Iterator[dict]:
    content = json.loads((folder / "set.json").read_text())
    for frame in content["frames"]:
        yield frame | {"outlines": content["spots"][frame["camera"]]}


def _evidence(
    vehicles: VehiclesAround, folder: Path, frame: dict
) -> tuple[FloatArray, BoolArray, np.ndarray]:
    """Of the frame's spots that are not doubtful, in the order of the training patches."""
    picture = cv2.imread(str(folder / frame["file"]))
    outlines = {name: np.array(corners, float) for name, corners in frame["outlines"].items()}
    names = [name for name in frame["occupied"] if name not in frame.get("doubtful", ())]
    evidence = np.concatenate(
        [
            np.empty((0, 2)),
            *(vehicles(picture, [outlines[name]], list(outlines.values())) for name in names),
        ]
    )
    state = np.array([frame["occupied"][name] for name in names], np.bool_)
    return evidence, state, np.full(len(names), frame.get("site") or frame["camera"])


def _fit(seen: FloatArray, truth: BoolArray, counts: FloatArray) -> FloatArray:
    """Weights of the looks' log-odds and of both kinds of evidence, and a bias."""
    fitted = LogisticRegression(C=FIRMNESS, max_iter=1000).fit(seen, truth, counts)
    return np.r_[fitted.coef_[0], fitted.intercept_]


def _together(seen: FloatArray, weights: FloatArray) -> FloatArray:
    """As vision.parking.vehicles_around counts: less the surer the looks are."""
    log_odds = seen[:, 0]
    doubt = 1 - np.abs(log_odds) / SURE_LOG_ODDS
    return np.asarray(expit(log_odds + doubt * (seen[:, 1:] @ weights[1:3] + weights[3])))


def _balanced(probability: FloatArray, truth: BoolArray) -> float:
    says = probability > 0.5
    return float((says[truth].mean() + (~says[~truth]).mean()) / 2)


if __name__ == "__main__":
    main()
