"""What public detectors find in every clip, as a table in the README."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from models.catalogue import Catalogue
from models.session import open_network
from sample_videos.render.clips import CLIPS
from vision.boxes import iou_matrix
from vision.classes import KIND_OF, Kind
from vision.detections import Detections
from vision.detector import Detector

MODELS = ("deimv2-femto", "nanodet-plus-m-416", "nanodet-plus-m-640")
CONFIDENCE = 0.3
IOU = 0.5
SMALLEST_PX = 32  # height of the visible box
VISIBLE = 0.6  # share of the body that is seen
EVERY_S = 1.0  # one picture a second is judged
KINDS = {
    "vehicle": (Kind.VEHICLE, Kind.RAIL_VEHICLE),
    "person": (Kind.PERSON,),
    "two_wheeler": (Kind.TWO_WHEELER,),
}
BEGIN, END = "<!-- detectors: begin -->", "<!-- detectors: end -->"


@dataclass(slots=True)
class Tally:
    """Things that could be found, and things found."""

    shown: int = 0
    found: int = 0

    def __str__(self) -> str:
        return (
            f"{100 * self.found / self.shown:.0f} ({self.found}/{self.shown})"
            if self.shown
            else "–"
        )


def write_table() -> None:
    """Judge every clip with every detector and write the table between the README's marks."""
    catalogue = Catalogue.load()
    detectors = {}
    for name in MODELS:
        found = catalogue.find(name)
        network = open_network(found.path, threads=1, input_size=found.spec.input_size)
        detectors[name] = Detector(network, found.spec, confidence=CONFIDENCE)
    rows = []
    clips = sorted(CLIPS.glob("*.mp4"))
    for clip in track(clips, "clips", console=Console(stderr=True)):
        truth = json.loads(clip.with_suffix(".truth.json").read_text())
        tallies = judge_clip(clip, truth, detectors)
        for group in KINDS:
            if any(tallies[name][group].shown for name in MODELS):
                cells = [str(tallies[name][group]) for name in MODELS]
                rows.append(
                    f"| {clip.stem} | {group.replace('_', '-')} | " + " | ".join(cells) + " |"
                )
    head = ["| clip | what | " + " | ".join(MODELS) + " |", "|" + "---|" * (2 + len(MODELS))]
    readme = CLIPS / "README.md"
    before, rest = readme.read_text().split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(f"{before}{BEGIN}\n\n" + "\n".join([*head, *rows]) + f"\n\n{END}{after}")


def judge_clip(
    clip: Path, truth: dict[str, Any], detectors: dict[str, Detector]
) -> dict[str, dict[str, Tally]]:
    """Found and shown per detector and group, one picture a second; blind stretches left out."""
    out = {name: {group: Tally() for group in KINDS} for name in detectors}
    step = max(1, round(truth["fps"] * EVERY_S))
    health = truth["camera_health"]
    with av.open(str(clip)) as media:
        for number, frame in enumerate(media.decode(video=0)):
            time_s = truth["frames"][number]["t_s"]
            is_well = all(h["state"] == "ok" for h in health if h["from_s"] <= time_s < h["to_s"])
            if number % step or not is_well:
                continue
            image = frame.to_ndarray(format="bgr24")
            for name, detector in detectors.items():
                found = detector(image)
                for group in KINDS:
                    boxes = _boxes(truth["frames"][number], group)
                    tally = out[name][group]
                    tally.shown += len(boxes)
                    tally.found += _n_found(boxes, found, detector.class_names, group)
    return out


def _boxes(frame: dict[str, Any], group: str) -> NDArray[np.float32]:
    """The boxes of a group that are large and open enough to be asked for, (N, 4)."""
    kept = [
        b["xyxy"]
        for b in frame["boxes"]
        if b["group"] == group
        and b["visibility"] >= VISIBLE
        and b["xyxy"][3] - b["xyxy"][1] >= SMALLEST_PX
    ]
    return np.array(kept, np.float32).reshape(-1, 4)


def _n_found(
    boxes: NDArray[np.float32], found: Detections, names: tuple[str, ...], group: str
) -> int:
    """How many boxes have a detection of their group at the wanted overlap."""
    is_group = np.array([KIND_OF.get(names[i]) in KINDS[group] for i in found.class_id], bool)
    overlap = iou_matrix(boxes, found.xyxy[is_group].astype(np.float32))
    return int((overlap.max(axis=1) >= IOU).sum()) if overlap.size else 0
