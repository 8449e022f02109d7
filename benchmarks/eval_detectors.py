"""How well does each known detector find road users in general pictures (coco_val310)?"""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import track

from benchmarks.stamped_result import ROOT, stamp, write_result
from models.catalogue import Catalogue
from models.errors import UnknownModel
from models.spec import Task
from service.cameras.model_loading import load_detector
from service.evaluate.labelled_obstacles import read_obstacle_set
from service.evaluate.obstacles import evaluate_obstacles

DEFAULT_SET = ROOT.parent / "shared" / "data" / "coco_val310"


def main() -> int:
    """Judge every detector whose file is here."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", type=Path, default=DEFAULT_SET, help="labelled obstacles")
    options = parser.parse_args()
    labelled = read_obstacle_set(options.set)
    rows = {}
    specs = [spec for spec in Catalogue.load().specs if spec.task is Task.OBSTACLES]
    for spec in track(specs, "detectors", console=Console(stderr=True)):
        try:
            detector = load_detector(spec.name)
        except UnknownModel as missing:
            print(missing, file=sys.stderr)
            continue
        report = evaluate_obstacles(labelled, detector).to_json()
        rows[spec.name] = {"licence": spec.licence, "sha256": (spec.sha256 or "")[:16]} | report
    content = {"set": options.set.name, "detectors": rows}
    print(json.dumps({"result": str(write_result("detectors", stamp() | content)), **content}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
