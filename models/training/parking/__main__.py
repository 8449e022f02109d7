"""Makes the parking occupancy networks: `python -m models.training.parking train --shared …`.

The second looks have their own configurations: `--config …/wayside_parking_wide.toml`, and
`…_lite.toml`.

Steps: folds (cross-validation), fit, export (with 8-bit form), card; `train` is all of them.
"""

import argparse
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from models.training.faults import told_in_one_line
from models.training.manifest import MANIFEST, record
from models.training.parking.settings import CONFIGURATION, Settings, quick, read_settings

MODELS = Path(__file__).resolve().parents[2]
CARD = MODELS / "cards" / "wayside_parking.md"
STEPS = ("folds", "fit", "export", "card")


def main() -> None:
    """Run the named step; every step resumes what an earlier run left unfinished."""
    parser = argparse.ArgumentParser(prog="models.training.parking", description=__doc__)
    parser.add_argument("step", choices=[*STEPS, "train"])
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="material folder")
    parser.add_argument("--seed", type=int, help="fit this seed only")
    parser.add_argument("--config", type=Path, default=CONFIGURATION)
    parser.add_argument("--runs", type=Path, help="where checkpoints, logs and caches are kept")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="few views and epochs, everything in quick/ of the runs: shows that all works",
    )
    asked = parser.parse_args()
    settings = read_settings(asked.shared, asked.config)
    runs = asked.runs or MODELS / "training" / ".cache" / "parking"
    making = Making(settings, runs, MODELS / "weights", CARD, MANIFEST)
    if asked.quick:
        scratch = runs / "quick"
        scratch.mkdir(parents=True, exist_ok=True)
        making = Making(quick(settings), scratch, scratch, Path(shutil.copy(CARD, scratch)), None)
    for step in STEPS if asked.step == "train" else (asked.step,):
        run_step(step, making, asked.seed)


@dataclass(frozen=True, slots=True)
class Making:
    """What is made, and where it goes."""

    settings: Settings
    runs: Path
    """Checkpoints, logs and caches."""
    weights: Path
    """Folder of the files."""
    card: Path
    manifest: Path | None
    """Which is told the sha256 of the files; the card's figures need it to know them again."""


def run_step(step: str, making: Making, seed: int | None) -> None:
    """One step of the making."""
    settings, runs = making.settings, making.runs
    files = [
        making.weights / f"{settings.name.replace('-', '_')}{form}.onnx" for form in ("", "_int8")
    ]
    # imported here: the card is also written where there is no torch
    if step == "card":
        from models.training.card import write_table
        from models.training.parking.card import BEGIN, figures_table

        found = sorted(making.weights.glob("wayside_parking*.onnx"))
        write_table(making.card, BEGIN, figures_table(settings.data / "parking", found))
        return
    from models.training.parking.making import (
        cross_validate_all,
        export_all,
        fit_all,
        fit_seed,
        gather_patches,
    )

    patches = gather_patches(settings, runs)
    if step == "folds" and not settings.folds.held_out:
        print("no folds are named: nothing is cross-validated")
    elif step == "folds":
        print(json.dumps(cross_validate_all(settings, patches, runs)["by_source"], indent=1))
    elif step == "fit" and seed is not None:
        fit_seed(settings, patches, runs, seed)
    elif step == "fit":
        fit_all(settings, patches, runs)
    else:
        export_all(settings, patches, runs, *files)
        if making.manifest is not None:
            for path in files:
                record(path, making.manifest)


if __name__ == "__main__":
    with told_in_one_line():
        main()
