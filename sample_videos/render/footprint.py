"""The rectangle that an actor stands on, and how it lies to spots and to the track."""

import cv2
import numpy as np
from numpy.typing import NDArray

from sample_videos.render import lost_things
from sample_videos.render.alignment import Alignment
from sample_videos.render.cars import FORMS
from sample_videos.render.scene import ActorPlan, Spot

Array = NDArray[np.float64]

# Length and width in metres; a walking person needs about this much.
SIZES_M = {
    "person": (0.5, 0.5),
    "dog": (0.8, 0.3),
    "bicycle": (1.75, 0.6),
    "motorcycle": (1.9, 0.75),
    "bus": (12.0, 2.55),
    "lorry": (7.8, 2.45),
    "tram": (28.0, 2.65),
    **lost_things.SIZES_M,
}
VEHICLES = ("car", "bus", "lorry", "tram")


def size_m(plan: ActorPlan) -> tuple[float, float]:
    """Length and width of an actor."""
    if plan.kind == "car":
        form = FORMS[plan.look.get("form", "saloon")]
        return form.length_m, form.width_m
    return SIZES_M[plan.kind]


def footprint(plan: ActorPlan, time_s: float) -> Array:
    """The four ground corners of an actor at a time, (4, 2)."""
    pose = plan.motion.at(time_s)
    half_l, half_w = (v / 2 for v in size_m(plan))
    corners = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * [half_l, half_w]
    c, s = np.cos(pose.heading_rad), np.sin(pose.heading_rad)
    return corners @ np.array([[c, s], [-s, c]]) + [pose.x_m, pose.y_m]


def share_in_spot(plan: ActorPlan, spot: Spot, time_s: float) -> float:
    """The part of an actor's footprint that lies inside a spot, 0–1."""
    ground = footprint(plan, time_s).astype(np.float32)
    if np.linalg.norm(ground.mean(axis=0) - spot.centre_m) > 8:
        return 0.0
    shared, _ = cv2.intersectConvexConvex(ground, spot.outline_m.astype(np.float32))
    return float(shared / (size_m(plan)[0] * size_m(plan)[1]))


def along_and_left(plan: ActorPlan, track: Alignment, time_s: float) -> Array:
    """The footprint in track coordinates: distance along and to the left, (4, 2)."""
    return track.from_world(footprint(plan, time_s))
