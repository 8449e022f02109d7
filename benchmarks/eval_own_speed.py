"""How often is the own speed read off the picture, and how far off is it?"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks.stamped_result import stamp, write_result
from service.replay.collection import CollectedClip, find_clips
from service.replay.truth import read_truth
from service.site.site import TramPlan
from service.site.site_file import load_site
from streams.source import open_source
from vision.tram.ego_motion import EgoMotion
from vision.tram.own_way import OwnWay
from vision.tram.picture_speed import START_MPS, PictureSpeedometer

SETTLES_S = 0.8  # at a clip's start nothing can be told yet
STRAIGHT_PER_M = 1 / 300  # mean bend of the ground that is looked at, up to which it is straight
BENDS_LOOKED_AT = slice(0, 10)  # of the track's curvatures, 2 m apart: the nearest 20 m


@dataclass(frozen=True, slots=True)
class Reading:
    """One picture of a moving tram."""

    true_mps: float
    told_mps: float | None
    is_straight: bool

    @property
    def error(self) -> float:
        """Of the told speed, as a share of the true one; nan where none is told."""
        told_mps = np.nan if self.told_mps is None else self.told_mps
        return abs(told_mps - self.true_mps) / self.true_mps


def main() -> int:
    """Judge folders of clips with truth together; parking lots in them are left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="clips with truth and site files")
    options = parser.parse_args()
    clips = [clip for folder in options.folders for clip in find_clips(folder)]
    readings = [
        reading
        for clip in track(clips, "clips", console=Console(stderr=True))
        for reading in readings_of(clip)
    ]
    if not readings:
        raise SystemExit("no tram moves in these clips: a ride with its truth was wanted")
    content = {
        "straight": figures([each for each in readings if each.is_straight]),
        "bends": figures([each for each in readings if not each.is_straight]),
        "all": figures(readings),
    }
    print(json.dumps({"result": str(write_result("own_speed", stamp() | content)), **content}))
    return 0


def readings_of(clip: CollectedClip) -> Iterator[Reading]:
    """Those of the pictures in which the tram moves; the rails are seen without a network."""
    ride = load_site(clip.site_path).cameras[0]
    if not isinstance(ride.plan, TramPlan):
        return
    settings, truth = ride.plan.settings, read_truth(clip.truth_path)
    meter, way = PictureSpeedometer(settings.camera), OwnWay(settings)
    with open_source(ride.source, ride.camera_id) as source:
        for frame, true in zip(source, truth.frames, strict=False):
            told_mps = meter.update(frame, way.track.line)
            way.update(frame, settings.camera, EgoMotion(told_mps))
            if true.t_s >= SETTLES_S and (true.ego_speed_mps or 0.0) > START_MPS:
                bend_per_m = float(np.abs(way.track.curvature_per_m[BENDS_LOOKED_AT]).mean())
                yield Reading(true.ego_speed_mps or 0.0, told_mps, bend_per_m < STRAIGHT_PER_M)


def figures(readings: Sequence[Reading]) -> dict[str, float]:
    """How many pictures there are, in which share a speed is told, and how far off it is."""
    errors = np.array([each.error for each in readings if each.told_mps is not None])
    if not len(errors):
        return {"n": len(readings), "told": 0.0}
    return {
        "n": len(readings),
        "told": round(len(errors) / len(readings), 3),
        "median_error": round(float(np.median(errors)), 4),
        "p95_error": round(float(np.percentile(errors, 95)), 4),
        "off_by_a_tenth": round(float((errors > 0.1).mean()), 4),
        "off_by_a_fifth": round(float((errors > 0.2).mean()), 4),
    }


if __name__ == "__main__":
    sys.exit(main())
