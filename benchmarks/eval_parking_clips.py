"""How well are free spots told in the bundled clips, dusk, rain and a wide angle among them?"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks.stamped_result import ROOT, stamp, write_result
from service.cameras.model_loading import load_spot_classifier
from service.evaluate.labelled_spots import LabelledFrame, SpotSet
from service.evaluate.parking import evaluate_parking
from streams.source import open_source

CLIPS = ROOT / "sample_videos"
EVERY_S = 1.0  # one picture a second is judged


def main() -> int:
    """Judge every clip of a lot by itself, and all of them together, each picture on its own."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    classifier = load_spot_classifier()
    frames: list[LabelledFrame] = []
    conditions = {}
    with tempfile.TemporaryDirectory() as folder:
        for truth_file in sorted(CLIPS.glob("lot_*.truth.json")):
            truth = json.loads(truth_file.read_text(encoding="utf-8"))
            conditions[Path(truth["clip"]).stem] = truth["conditions"]
            frames += pictures_of(truth, Path(folder))
        steps = iter(track(frames, "pictures", console=Console(stderr=True)))
        clips = SpotSet("clips", tuple(frames))
        report = evaluate_parking(clips, classifier, on_picture=lambda: next(steps, None)).to_json()
    by_clip = {
        name: score | {"conditions": conditions[name]}
        for name, score in report.pop("by")["camera"].items()
    }
    report.pop("flips_per_1000")  # pictures a second apart
    content = {"every_s": EVERY_S, "all": report, "clips": by_clip}
    print(json.dumps({"result": str(write_result("parking_clips", stamp() | content)), **content}))
    return 0


def pictures_of(truth: dict[str, Any], folder: Path) -> Iterator[LabelledFrame]:
    """One picture a second of a clip, written to a folder; none while its camera is unwell."""
    name = Path(truth["clip"]).stem
    step = round(truth["fps"] * EVERY_S)
    with open_source(CLIPS / truth["clip"]) as source:
        for number, (frame, at) in enumerate(zip(source, truth["frames"], strict=True)):
            if number % step or not _is_well(truth["camera_health"], at["t_s"]):
                continue
            path = folder / f"{name}_{number}.png"
            cv2.imwrite(str(path), frame.image)
            yield LabelledFrame(
                frame_id=path.stem,
                path=path,
                camera_id=name,
                captured_at=None,
                conditions=None,
                spot_ids=tuple(at["occupied"]),
                polygons=tuple(np.array(truth["spots"][spot]) for spot in at["occupied"]),
                is_occupied=np.array(list(at["occupied"].values()), np.bool_),
            )


def _is_well(health: list[dict[str, Any]], at_s: float) -> bool:
    return all(each["state"] == "ok" for each in health if each["from_s"] <= at_s < each["to_s"])


if __name__ == "__main__":
    sys.exit(main())
