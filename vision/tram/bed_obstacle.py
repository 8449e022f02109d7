"""What stands on the bed without a class, as obstacles like any other."""

import math

import numpy as np

from vision.arrays import FloatArray
from vision.boxes import box_area, intersection_matrix
from vision.classes import Kind
from vision.frame import NS_PER_S
from vision.tram.bed_sight import ON_RISE_M, SIDE_SIGMA_M, SURE_RISE_M, BedSight
from vision.tram.envelope import half_width_m
from vision.tram.obstacle import LEAST_CLOSING_MPS, Obstacle, RangeDoubt
from vision.tram.scene import Scene
from vision.tram.settings import TramSettings
from vision.tram.unknown_object import UnknownObject, box_px

COVERED_SHARE = 0.4  # of its box, from where on it is a known thing that has its own class
LEAST_CONFIDENCE, MOST_CONFIDENCE = 0.6, 0.95


def bed_obstacles(
    sight: BedSight,
    scene: Scene,
    settings: TramSettings,
    doubt: RangeDoubt,
    known_xyxy: FloatArray,
) -> tuple[Obstacle, ...]:
    """The obstacles of the bed, nearest first; `doubt` holds (N,) for the N objects present.

    What a box of (M, 4) known things covers is told by its class, not again.
    """
    found = []
    for row, each in enumerate(sight.present):
        xyxy = box_px(scene.camera, scene.track, each, sight.way_m)
        if xyxy is None or is_covered(np.array(xyxy), known_xyxy):
            continue
        ahead_m = each.at_m - sight.way_m
        found.append(_obstacle(each, xyxy, ahead_m, scene, settings, doubt, row))
    return tuple(sorted(found, key=lambda one: one.distance_m))


def is_covered(xyxy: FloatArray, known_xyxy: FloatArray) -> bool:
    """Whether one of (M, 4) boxes hides most of what a (4,) box shows."""
    shared = intersection_matrix(xyxy[None], known_xyxy.astype(np.float64)).max(initial=0.0)
    return bool(shared >= COVERED_SHARE * max(float(box_area(xyxy[None])[0]), 1.0))


def _obstacle(
    one: UnknownObject,
    xyxy: tuple[float, float, float, float],
    ahead_m: float,
    scene: Scene,
    settings: TramSettings,
    doubt: RangeDoubt,
    row: int,
) -> Obstacle:
    speed_mps = scene.speed_mps
    distance_m = max(ahead_m - settings.front_offset_m, 0.0)
    distance_sigma_m = math.hypot(one.at_sigma_m, float(doubt.distance_m[row]))
    left_m, right_m = half_width_m(settings, scene.line, np.array([ahead_m]))[0]
    gap_m = max(one.left_m - right_m, -left_m - one.right_m)
    side_sigma_m = math.hypot(SIDE_SIGMA_M, float(doubt.lateral_m[row]))
    sureness = (one.rise_m - ON_RISE_M) / (SURE_RISE_M - ON_RISE_M)
    ttc_s = ttc_sigma_s = None
    if speed_mps > LEAST_CLOSING_MPS:
        ttc_s = distance_m / speed_mps
        ttc_sigma_s = math.hypot(distance_sigma_m, ttc_s * doubt.ego_speed_mps) / speed_mps
    return Obstacle(
        track_id=one.object_id,
        kind=Kind.OBJECT,
        xyxy=xyxy,
        confidence=float(np.interp(sureness, [0, 1], [LEAST_CONFIDENCE, MOST_CONFIDENCE])),
        distance_m=distance_m,
        lateral_m=(one.left_m + one.right_m) / 2,
        closing_speed_mps=speed_mps,
        time_to_collision_s=ttc_s,
        in_envelope=gap_m <= 0,
        enters_envelope_in_s=None,
        distance_sigma_m=distance_sigma_m,
        lateral_sigma_m=side_sigma_m,
        closing_sigma_mps=doubt.ego_speed_mps,
        time_to_collision_sigma_s=ttc_sigma_s,
        seen_for_s=(scene.now_ns - one.since_ns) / NS_PER_S,
        inside_sigmas=-gap_m / side_sigma_m,
    )
