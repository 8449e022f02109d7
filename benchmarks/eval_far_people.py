"""How far away are people beside and on the track found, with and without the closer look?"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks.stamped_result import stamp, write_result
from service.cameras.model_loading import load_detector
from service.replay.collection import CollectedClip, find_clips
from service.replay.truth import TrueBox, read_truth
from service.site.site import TramPlan
from service.site.site_file import load_site
from streams.source import open_source
from vision.boxes import iou_matrix
from vision.detections import Detections
from vision.detector import Detector
from vision.tram.centre_line import STRAIGHT
from vision.tram.closer_look import detections_in, part_along

BANDS_M = (30, 40, 50, 60, 70, 80)
ASIDE_M = 9.0  # of the track: further off nobody steps onto it in time
LEAST_VISIBLE = 0.6  # share that nothing hides
FOUND_IOU = 0.4
EVERY = 2  # pictures: those in a row show the same


@dataclass(frozen=True, slots=True)
class Person:
    """One person in one picture, and who found him at the detector's own confidence."""

    distance_m: float
    tall_px: float
    in_whole: bool
    in_closer: bool


def main() -> int:
    """Judge folders of `python -m sample_videos.render rides` together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", help="clips with truth and site files")
    options = parser.parse_args()
    clips = [clip for folder in options.folders for clip in find_clips(folder)]
    detector = load_detector(threads=1)
    people = [
        person
        for clip in track(clips, "rides", console=Console(stderr=True))
        for person in people_of(clip, detector)
    ]
    content = {"bands": list(bands(people)), "rides": len(clips)}
    print(json.dumps({"result": str(write_result("far_people", stamp() | content)), **content}))
    return 0


def people_of(clip: CollectedClip, detector: Detector) -> Iterator[Person]:
    """The people of a ride's pictures within `BANDS_M`; raises SystemExit for what is no ride."""
    ride = load_site(clip.site_path).cameras[0]
    if not isinstance(ride.plan, TramPlan):
        raise SystemExit(f"{clip.name}: a ride of a tram was wanted, got a parking lot")
    camera, truth = ride.plan.settings.camera, read_truth(clip.truth_path)
    with open_source(ride.source, ride.camera_id) as source:
        for number, (frame, true) in enumerate(zip(source, truth.frames, strict=False)):
            wanted = [box for box in true.boxes if is_wanted(box)]
            if number % EVERY or not wanted:
                continue
            part = part_along(camera, STRAIGHT, frame.size_px)
            whole, closer = detector(frame.image), detections_in(detector, frame.image, part)
            for box in wanted:
                yield Person(
                    distance_m=float(box.distance_along_track_m or 0),
                    tall_px=float(box.xyxy[3] - box.xyxy[1]),
                    in_whole=is_found(box, whole, detector),
                    in_closer=is_found(box, closer, detector),
                )


def is_wanted(box: TrueBox) -> bool:
    """Whether it is a person who shows, near the track and within the bands."""
    distance_m, lateral_m = box.distance_along_track_m, box.lateral_m
    if box.group != "person" or distance_m is None or lateral_m is None:
        return False
    is_near = abs(lateral_m) <= ASIDE_M and BANDS_M[0] <= distance_m < BANDS_M[-1]
    return is_near and box.visibility >= LEAST_VISIBLE


def is_found(box: TrueBox, seen: Detections, detector: Detector) -> bool:
    """Whether a person is seen there."""
    people = seen[seen.class_id == detector.class_names.index("person")]
    if not len(people):
        return False
    return bool((iou_matrix(np.array([box.xyxy], np.float32), people.xyxy) >= FOUND_IOU).any())


def bands(people: Sequence[Person]) -> Iterator[dict[str, float]]:
    """By distance: how many there are, how tall, and the shares found each way."""
    by_band: dict[int, list[Person]] = defaultdict(list)
    for person in people:
        by_band[int(np.searchsorted(BANDS_M, person.distance_m, side="right")) - 1].append(person)
    for band in sorted(by_band):
        found = by_band[band]
        yield {
            "from_m": BANDS_M[band],
            "to_m": BANDS_M[band + 1],
            "n": len(found),
            "mean_tall_px": round(float(np.mean([each.tall_px for each in found])), 1),
            "whole_picture": share(each.in_whole for each in found),
            "closer_look": share(each.in_closer for each in found),
            "either": share(each.in_whole or each.in_closer for each in found),
        }


def share(flags: Iterable[bool]) -> float:
    """Of those that are true."""
    return round(float(np.mean(list(flags))), 3)


if __name__ == "__main__":
    sys.exit(main())
