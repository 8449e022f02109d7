"""Who stands where, or for longer than, nobody may, by the rules of a scene."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sample_videos.render.footprint import VEHICLES, share_in_spot
from sample_videos.render.scene import ActorPlan, Scene

Array = NDArray[np.float64]

STEP_S = 0.1
ACROSS_SHARE = 0.3  # of a vehicle, in each of two spots


def zone_outline_m(zone: dict[str, Any]) -> Array:
    """(4, 2) corners of a zone on the ground."""
    (left, right), (near, far) = zone["x"], zone["y"]
    return np.array([[left, near], [right, near], [right, far], [left, far]], float)


def violations(scene: Scene) -> list[dict[str, Any]]:
    """What is to be told, from when on, and until when it lasts."""
    found = [*_across_spots(scene), *_in_zones(scene), *_overstays(scene)]
    return sorted(found, key=lambda each: (each["from_s"], each["subject"]))


def _across_spots(scene: Scene) -> Iterator[dict[str, Any]]:
    for plan, begin_s, end_s in _stands(scene):
        spots = [
            spot.spot_id
            for spot in scene.shown_spots
            if share_in_spot(plan, spot, begin_s) >= ACROSS_SHARE
        ]
        if len(spots) == 2:
            yield _violation("across_spots", "+".join(spots), begin_s, end_s)


def _in_zones(scene: Scene) -> Iterator[dict[str, Any]]:
    for zone in scene.raw["rules"].get("zones", []):
        (left, right), (near, far) = zone["x"], zone["y"]
        kind = "stopped_in_lane" if zone["kind"] == "lane" else "stopped_in_forbidden_area"
        for plan, begin_s, end_s in _stands(scene):
            pose = plan.motion.at(begin_s)
            is_inside = left <= pose.x_m <= right and near <= pose.y_m <= far
            if is_inside and end_s - begin_s > zone["max_stop_s"]:
                yield _violation(kind, zone["id"], begin_s + zone["max_stop_s"], end_s)


def _overstays(scene: Scene) -> Iterator[dict[str, Any]]:
    spots = {spot.spot_id: spot for spot in scene.shown_spots}
    for spot_id, terms in scene.raw["rules"].get("spots", {}).items():
        allowed_s = 60 * (terms["max_stay_min"] + terms["grace_min"])
        for plan, begin_s, end_s in _stands(scene):
            is_inside = share_in_spot(plan, spots[spot_id], begin_s) >= ACROSS_SHARE
            if is_inside and end_s - begin_s > allowed_s:
                yield _violation("overstay", spot_id, begin_s + allowed_s, end_s)


def _stands(scene: Scene) -> Iterator[tuple[ActorPlan, float, float]]:
    """Every time that a vehicle stands still: which, from when, until when."""
    steps = np.arange(0, scene.duration_s + STEP_S / 2, STEP_S)
    for plan in scene.actors:
        if plan.kind not in VEHICLES:
            continue
        began_s: float | None = None
        for time_s in steps:
            if not plan.motion.is_moving(time_s):
                began_s = float(time_s) if began_s is None else began_s
            elif began_s is not None:
                yield plan, began_s, float(time_s)
                began_s = None
        if began_s is not None:
            yield plan, began_s, scene.duration_s


def _violation(kind: str, subject: str, from_s: float, to_s: float) -> dict[str, Any]:
    return {"kind": kind, "subject": subject, "from_s": round(from_s, 2), "to_s": round(to_s, 2)}
