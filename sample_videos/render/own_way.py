"""What is known of the way ahead of a still from a cab: the camera, the course, and who is on it.

Vehicle points are metres forward of the camera and to the right of the track there; track points
are metres along the track from the camera and to the right of its middle.
"""

from typing import Any

import numpy as np

from sample_videos.render.footprint import along_and_left
from sample_videos.render.scene import Scene

STEP_M, LENGTH_M = 2.0, 80.0
BESIDE_M = 3.0  # from the track's middle: whoever stands further off is not told


def own_way(scene: Scene) -> dict[str, Any]:
    """Ready for JSON: `camera`, `curvature_per_m` every STEP_M (positive to the right), `standing`.

    What stands there is told by its ground: from near to far, from left to right, in m.
    """
    assert scene.track is not None
    start_m, view = scene.along_at(0.0), scene.camera_at(0.0)
    along_m = start_m + np.arange(0.0, LENGTH_M + STEP_M, STEP_M)
    heading_rad = scene.track.heading_at(along_m)
    standing = []
    for plan in scene.actors:
        ground = along_and_left(plan, scene.track, 0.0) * [1, -1] - [start_m, 0]
        (near_m, left_m), (far_m, right_m) = ground.min(axis=0), ground.max(axis=0)
        if far_m > 0 and near_m < LENGTH_M and left_m < BESIDE_M and right_m > -BESIDE_M:
            standing.append([round(float(m), 3) for m in (near_m, far_m, left_m, right_m)])
    return {
        "camera": {
            "height_m": view.position_m[2],
            "pitch_deg": view.pitch_deg,
            "yaw_deg": float(np.rad2deg(heading_rad[0])) - view.yaw_deg,
            "roll_deg": view.roll_deg,
            "focal_px": view.focal_px,
            "principal_px": list(view.principal_px),
        },
        "curvature_per_m": np.round(-np.gradient(heading_rad, STEP_M), 6).tolist(),
        "standing": standing,
    }
