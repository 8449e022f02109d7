"""How well are free spots told on lots never seen, by us and by what people would pick instead?"""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track

from benchmarks.stamped_result import ROOT, stamp, write_result
from models.errors import UnknownModel
from service.cameras.model_loading import load_spot_classifier
from service.evaluate.labelled_spots import read_spot_set
from service.evaluate.parking import evaluate_parking

DEFAULT_FOLDER = ROOT.parent / "shared" / "data" / "parking"
SETS = ("acpds_valid", "pklot_ufpr05", "lot_sequence")  # never trained on, never chosen by
MODELS = (None, "yolov8n-640", "deimv2-femto", "nanodet-plus-m-640")


def main() -> int:
    """Judge the embedded classifier and the public detectors on every set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=DEFAULT_FOLDER, help="holds the sets")
    options = parser.parse_args()
    rows: dict[str, dict[str, object]] = {}
    for model in track(MODELS, "models", console=Console(stderr=True)):
        try:
            classifier = load_spot_classifier(model)
        except UnknownModel as missing:
            print(missing, file=sys.stderr)
            continue
        for name in SETS:
            report = evaluate_parking(read_spot_set(options.folder / name), classifier).to_json()
            report.pop("by")
            rows.setdefault(model or "wayside-parking", {})[name] = report
    content = {"sets": list(SETS), "models": rows}
    print(json.dumps({"result": str(write_result("parking", stamp() | content)), **content}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
