"""Objects that cross, hide behind each other and vanish for a while, to test association with.

Run as a program in an environment that has the package `trackers` (Apache-2.0), it writes what
that reference makes of the scene to crossing_scene.json, with the version that did it.
"""

import json
from pathlib import Path

import numpy as np

from vision.detections import Detections

REFERENCE = Path(__file__).with_suffix(".json")
FRAMES, FRAMES_PER_S = 150, 30.0
HIGH_CONFIDENCE = 0.6


def make_scene() -> list[tuple[Detections, list[int]]]:
    """Per frame the detections, shuffled, and which object each of them truly is."""
    random = np.random.default_rng(7)
    start = np.array([[100, 300], [900, 320], [500, 100], [520, 600], [150, 550], [850, 120]])
    speed = np.array([[160, 0], [-160, 0], [5, 90], [-5, -90], [120, -70], [0, 0]])
    size = np.array([[60, 120], [70, 130], [50, 100], [60, 110], [80, 60], [90, 70]])
    scene = []
    for frame in range(FRAMES):
        centre = start + speed * frame / FRAMES_PER_S
        boxes = np.concatenate([centre - size / 2, centre + size / 2], axis=1)
        boxes = boxes + random.normal(0, 1, boxes.shape)
        confidence = np.where(random.random(len(boxes)) < 0.15, 0.35, 0.9)
        confidence[: 2 * (frame < 3)] = 0.9
        is_seen = random.random(len(boxes)) > 0.05
        is_seen[4] &= not 60 <= frame < 75  # half a second behind a van
        objects = random.permutation(np.flatnonzero(is_seen))
        found = Detections(
            boxes[objects].astype(np.float32),
            confidence[objects].astype(np.float32),
            np.zeros(len(objects), np.int64),
        )
        scene.append((found, objects.tolist()))
    return scene


def _write_reference() -> None:
    from importlib.metadata import version

    import supervision
    from trackers import ByteTrackTracker

    tracker = ByteTrackTracker(
        lost_track_buffer=30,
        frame_rate=FRAMES_PER_S,
        track_activation_threshold=HIGH_CONFIDENCE,
        high_conf_det_threshold=HIGH_CONFIDENCE,
        minimum_consecutive_frames=2,
        minimum_iou_threshold=0.1,
    )
    rows = []
    for found, objects in make_scene():
        given = supervision.Detections(
            xyxy=found.xyxy, confidence=found.confidence, class_id=np.array(objects)
        )
        tracked = tracker.update(given)
        pairs = zip(tracked.class_id.tolist(), tracked.tracker_id.tolist(), strict=True)
        rows.append(sorted([thing, track] for thing, track in pairs if track >= 0))
    made_by = f"trackers {version('trackers')}"
    lines = ",\n".join(json.dumps(row) for row in rows)
    REFERENCE.write_text(f'{{"made_by": "{made_by}", "frames": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    _write_reference()
