"""Writes down what is true in every frame of a clip."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sample_videos.render.alignment import Alignment
from sample_videos.render.footprint import VEHICLES, along_and_left, share_in_spot, size_m
from sample_videos.render.intended import (
    LOOK_AHEAD_S,
    RANK,
    alert_for,
    alert_timeline,
    spot_changes,
)
from sample_videos.render.pinhole import Pinhole, clip_to_front
from sample_videos.render.raw_picture import layers_of, load_take
from sample_videos.render.scene import ActorPlan, Scene, Spot
from sample_videos.render.violations import violations

Array = NDArray[np.float64]

SCHEMA = "wayside-truth/1"
GAUGE_M, VEHICLE_WIDTH_M, MARGIN_M = 1.435, 2.65, 0.3
RAIL_HEAD_M = 0.067
TRACK_SEEN_M = 70.0
NEAR_TRACK_M = 1.5
FAR_M = 150.0
TAKEN_SHARE = 0.3  # of a standing vehicle: where so much of it stands, no other can
NOTICED_SHARE = 0.25  # of a body: less shows nobody what it is
BLIND_SHARE = 0.5  # of a lens: where so much is covered or dirty, the picture cannot be trusted
SMALLEST_PX = 12  # a body with fewer visible pixels gets no box
GROUPS = {
    "person": "person",
    "dog": "animal",
    "bicycle": "two_wheeler",
    "motorcycle": "two_wheeler",
    "object": "object",
}


def write_truth(scene: Scene, path: Path) -> None:
    """Write NAME.truth.json for a scene whose raw pictures are all kept."""
    frames = [_frame(scene, number) for number in range(scene.n_frames)]
    view = scene.camera_at(0.0)
    truth: dict[str, Any] = {
        "schema": SCHEMA,
        "clip": f"{scene.name}.mp4",
        "mission": scene.mission,
        "fps": scene.fps,
        "n_frames": scene.n_frames,
        "size_px": list(scene.size),
        "camera": {
            "focal_px": view.focal_px,
            "distortion": view.distortion,
            "principal_px": list(view.principal_px),
            "height_m": view.position_m[2],
            "pitch_deg": scene.raw["camera"]["pitch_deg"],
        },
        "conditions": conditions(scene),
        "camera_health": camera_health(scene),
        "intended": _intended(scene, frames),
        "frames": frames,
    }
    if scene.track is None:
        truth["spots"] = {
            s.spot_id: spot_polygon(scene, s.outline_m, 0.0) for s in scene.shown_spots
        }
        if "rules" in scene.raw:
            truth["violations"] = violations(scene)
        truth["spots_m"] = {s.spot_id: np.round(s.outline_m, 3).tolist() for s in scene.shown_spots}
    else:
        truth["tram"] = {
            "gauge_m": GAUGE_M,
            "vehicle_width_m": VEHICLE_WIDTH_M,
            "margin_m": MARGIN_M,
            "front_offset_m": 0.0,
        }
    path.write_text(_compact(truth) + "\n")


def spot_polygon(scene: Scene, outline_m: Array, time_s: float) -> list[list[float]]:
    """A spot's outline in pixels of the picture at a time."""
    ground = np.column_stack([outline_m, np.zeros(len(outline_m))])
    view = scene.camera_at(time_s)
    pixels, _ = view.project(clip_to_front(ground, view))
    return np.round(pixels, 1).tolist()


def _frame(scene: Scene, number: int) -> dict[str, Any]:
    time_s = scene.time_of(number)
    view = scene.camera_at(time_s)
    _, seen = load_take(scene, layers_of(scene)[0], number)
    plans = {plan.actor_id: plan for plan in scene.actors}
    boxes = [
        _box(scene, body, plans[body["actor"]], time_s)
        for body in seen
        if body["visible_px"] >= SMALLEST_PX
    ]
    frame: dict[str, Any] = {
        "t_s": round(time_s, 4),
        "camera_pose": {
            "position_m": [round(v, 3) for v in view.position_m],
            "yaw_deg": round(view.yaw_deg, 4),
            "pitch_deg": round(view.pitch_deg, 4),
        },
        "boxes": boxes,
    }
    if scene.track is None:
        frame["occupied"] = {
            s.spot_id: int(is_spot_occupied(scene, s, time_s)) for s in scene.shown_spots
        }
        push = scene.raw["camera"].get("push")
        if push and time_s >= push["at_s"]:
            frame["spots"] = {
                s.spot_id: spot_polygon(scene, s.outline_m, time_s) for s in scene.shown_spots
            }
    else:
        frame["ego_speed_mps"] = round(scene.speed_at(time_s), 3)
        frame["own_track"] = own_track(scene, scene.track, view, time_s)
        frame["intended"] = _alert(
            scene, scene.track, time_s, {b["actor"] for b in seen if _is_open(b)}
        )
    return frame


def _box(scene: Scene, body: dict[str, Any], plan: ActorPlan, time_s: float) -> dict[str, Any]:
    pose = plan.motion.at(time_s)
    out: dict[str, Any] = {
        "id": body["id"],
        "class": body["class"],
        "group": GROUPS.get(body["class"], "vehicle"),
        "xyxy": body["xyxy"],
        "full_xyxy": body["full_xyxy"],
        "visibility": body["visibility"],
        "visible_px": body["visible_px"],
        "position_m": [round(pose.x_m, 3), round(pose.y_m, 3), plan.raised_m],
        "distance_along_track_m": None,
        "lateral_m": None,
        "closing_speed_mps": None,
        "time_to_collision_s": None,
        "in_envelope": None,
    }
    if scene.track is not None:
        distance, lateral, closing, is_inside, _ = _to_track(scene, scene.track, plan, time_s)
        out["distance_along_track_m"], out["lateral_m"] = round(distance, 3), round(lateral, 3)
        out["closing_speed_mps"] = round(closing, 3)
        if closing > 0.1 and distance > 0:
            out["time_to_collision_s"] = round(distance / closing, 3)
        out["in_envelope"] = is_inside
    return out


def _to_track(
    scene: Scene, track: Alignment, plan: ActorPlan, time_s: float
) -> tuple[float, float, float, bool, bool]:
    """Distance ahead, lateral place, closing speed, inside the envelope, soon inside it."""

    def ahead(at_s: float) -> tuple[float, Array]:
        corners = along_and_left(plan, track, at_s)
        return float(corners[:, 0].min() - scene.along_at(at_s)), corners

    step = 0.1
    before, after = max(0.0, time_s - step), min(scene.duration_s, time_s + step)
    distance, corners = ahead(time_s)
    (far, old), (near, new) = ahead(before), ahead(after)
    closing = (far - near) / (after - before)
    drift = float((new[:, 1].mean() - old[:, 1].mean()) / (after - before))
    half = VEHICLE_WIDTH_M / 2 + MARGIN_M
    low, high = float(corners[:, 1].min()), float(corners[:, 1].max())
    is_inside = low <= half and high >= -half and -60 < distance < FAR_M
    reach = sorted([0.0, drift * LOOK_AHEAD_S])
    is_soon = low + reach[0] <= half and high + reach[1] >= -half
    return (
        distance,
        float(corners[:, 1].mean()),
        closing,
        bool(is_inside),
        bool(is_inside or is_soon),
    )


def _is_open(body: dict[str, Any]) -> bool:
    """Whether enough of a body shows for a driver to notice it."""
    return body["visible_px"] >= SMALLEST_PX and body["visibility"] >= NOTICED_SHARE


def _alert(scene: Scene, track: Alignment, time_s: float, seen: set[str]) -> str:
    worst = "clear"
    for plan in scene.actors:
        if plan.raised_m > 0.2 or plan.actor_id not in seen:
            continue  # on a platform, or hidden from any driver
        distance, lateral, closing, is_inside, is_soon = _to_track(scene, track, plan, time_s)
        half = VEHICLE_WIDTH_M / 2 + MARGIN_M + size_m(plan)[1] / 2
        # Parked and oncoming vehicles beside the envelope are street furniture to a driver.
        is_near = plan.kind not in VEHICLES and abs(lateral) - half < NEAR_TRACK_M
        moving = plan.motion.is_moving(time_s)
        in_path = is_inside or (is_soon and moving)
        state = alert_for(distance, closing, scene.speed_at(time_s), in_path, is_near)
        worst = max(worst, state, key=RANK.index)
    return worst


def own_track(scene: Scene, track: Alignment, view: Pinhole, time_s: float) -> dict[str, Any]:
    """Both rails and the ground between and including them, as pixels from near to far."""
    at = scene.along_at(time_s)
    along = np.concatenate([np.arange(1.0, 20, 0.5), np.arange(20, TRACK_SEEN_M + 1, 2.0)]) + at
    along = along[along < track.length_m]
    outer = GAUGE_M / 2 + RAIL_HEAD_M
    sides = {}
    for name, left in (
        ("left_rail", GAUGE_M / 2 + RAIL_HEAD_M / 2),
        ("right_rail", -GAUGE_M / 2 - RAIL_HEAD_M / 2),
        ("left", outer),
        ("right", -outer),
    ):
        ground = np.column_stack([track.to_world(along, left), np.zeros(len(along))])
        pixels, depth = view.project(ground)
        sides[name] = pixels[depth > 0.3]
    polygon = np.vstack([sides["left"], sides["right"][::-1]])
    return {
        "left_rail": np.round(sides["left_rail"][::2], 1).tolist(),
        "right_rail": np.round(sides["right_rail"][::2], 1).tolist(),
        "polygon": np.round(polygon[::2], 1).tolist(),
    }


def is_spot_occupied(scene: Scene, spot: Spot, time_s: float) -> bool:
    """Whether a vehicle has half of its footprint in a spot, or stands still with part of it."""
    for plan in scene.actors:
        if plan.kind in VEHICLES:
            share = share_in_spot(plan, spot, time_s)
            if share >= (0.5 if plan.motion.is_moving(time_s) else TAKEN_SHARE):
                return True
    return False


def _intended(scene: Scene, frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if scene.track is None:
        return spot_changes([f["occupied"] for f in frames], scene.fps)
    return alert_timeline([f["intended"] for f in frames], scene.fps)


def conditions(scene: Scene) -> list[str]:
    """The time of day by the colour of the sky, and the weather."""
    light, weather = scene.raw["light"], scene.raw.get("weather", {})
    out = [light["colour"] if light.get("colour") in ("dusk", "night") else "day"]
    out += ["rain"] if weather.get("rain") else []
    return out + (["fog"] if weather.get("fog_m") else [])


def camera_health(scene: Scene) -> list[dict[str, Any]]:
    """When the picture cannot be trusted, and why."""
    film, camera = scene.raw.get("film", {}), scene.raw["camera"]
    end = scene.duration_s
    starts = {
        "frozen": film.get("frozen_from_s"),
        "covered": _half_s(film.get("covered")),
        "dirty": _half_s(film.get("dirt")),
        "moved": camera.get("push", {}).get("at_s"),
    }
    for state, start in starts.items():
        if start is not None:
            return [
                {"from_s": 0.0, "to_s": float(start), "state": "ok"},
                {"from_s": float(start), "to_s": end, "state": state},
            ]
    return [{"from_s": 0.0, "to_s": end, "state": "ok"}]


def _half_s(knots: list[list[float]] | None) -> float | None:
    """When half of the lens is covered, from rows of second and share; None where it never is."""
    if knots is None:
        return None
    times_s, shares = np.array(knots, float).T
    if shares.max() < BLIND_SHARE:
        return None
    return round(float(np.interp(BLIND_SHARE, np.maximum.accumulate(shares), times_s)), 3)


def _compact(truth: dict[str, Any]) -> str:
    """JSON with one line per frame: small, and a change shows as a changed line."""
    frames = truth.pop("frames")
    head = json.dumps(truth, indent=1)[:-2]
    lines = ",\n  ".join(json.dumps(f, separators=(",", ":")) for f in frames)
    return f'{head},\n "frames": [\n  {lines}\n ]\n}}'
