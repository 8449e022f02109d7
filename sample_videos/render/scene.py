"""A scene as its file describes it: place, camera, light, weather, film, and who moves where."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from sample_videos.render.alignment import Alignment
from sample_videos.render.motion import Motion, into_spot, out_of_spot, still, through_points
from sample_videos.render.pinhole import Pinhole

Array = NDArray[np.float64]

SCENES = Path(__file__).parent.parent / "scenes"
NOSE_RAD = {"north": np.pi / 2, "south": -np.pi / 2}
# Parts of a scene file that change what is seen, not how the film is developed afterwards.
RENDERED = (
    "seed",
    "fps",
    "duration_s",
    "size",
    "camera",
    "ego",
    "light",
    "weather",
    "place",
    "parked",
    "actors",
    "quality",
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A marked parking place on the ground."""

    spot_id: str
    group: str
    outline_m: Array  # (4, 2)
    nose_rad: float
    aisle_m: float

    @property
    def centre_m(self) -> Array:
        """The middle of the outline, (2,)."""
        return self.outline_m.mean(axis=0)


@dataclass(frozen=True, slots=True)
class ActorPlan:
    """Who plays, what it looks like and where it goes."""

    actor_id: str
    kind: str
    look: dict[str, Any]
    motion: Motion
    raised_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Scene:
    """One clip to be: everything the renderer and the truth need."""

    name: str
    raw: dict[str, Any]
    seed: int
    fps: float
    duration_s: float
    size: tuple[int, int]
    spots: tuple[Spot, ...]
    track: Alignment | None
    actors: tuple[ActorPlan, ...]

    @property
    def mission(self) -> str:
        """`parking` or `tram`."""
        return "parking" if self.track is None else "tram"

    @property
    def n_frames(self) -> int:
        """Pictures in the clip."""
        return round(self.duration_s * self.fps)

    @property
    def shown_spots(self) -> tuple[Spot, ...]:
        """The spots that lie wholly inside the first picture: those an operator would draw."""
        view = self.camera_at(0.0)
        kept = []
        for spot in self.spots:
            pixels, depth_m = view.project(np.column_stack([spot.outline_m, np.zeros(4)]))
            if (depth_m > 0).all() and (pixels >= 0).all() and (pixels <= self.size).all():
                kept.append(spot)
        return tuple(kept)

    @property
    def part(self) -> dict[str, Any]:
        """The place as written in the scene file."""
        return dict(self.raw["place"])

    def time_of(self, frame: int) -> float:
        """Seconds since the clip's beginning."""
        return frame / self.fps

    def speed_at(self, time_s: float) -> float:
        """The tram's own speed; 0 for a fixed camera."""
        if self.track is None:
            return 0.0
        knots = np.array(self.raw["ego"]["speed"], float)
        return float(np.interp(time_s, knots[:, 0], knots[:, 1]))

    def along_at(self, time_s: float) -> float:
        """How far along the track the camera is."""
        if self.track is None:
            return 0.0
        knots = np.array(self.raw["ego"]["speed"], float)
        fine = np.append(np.arange(0, time_s, 0.01), time_s)
        speeds = np.interp(fine, knots[:, 0], knots[:, 1])
        gone = ((speeds[1:] + speeds[:-1]) / 2 * np.diff(fine)).sum()
        return float(self.raw["ego"]["start_m"] + gone)

    def camera_at(self, time_s: float) -> Pinhole:
        """The camera as it stands, or rides, at a time."""
        view = self.raw["camera"]
        if self.track is None:
            x, y = view["at"]
            yaw, pitch = float(view["yaw_deg"]), float(view["pitch_deg"])
        else:
            along = self.along_at(time_s)
            x, y = self.track.to_world(along, 0.0)[0]
            yaw = float(np.rad2deg(self.track.heading_at(along)))
            # A tram on its bogies sways and nods a little.
            sway = self.speed_at(time_s) / 10
            pitch = float(view["pitch_deg"]) + 0.06 * sway * float(np.sin(7.1 * time_s))
            yaw += 0.05 * sway * float(np.sin(4.3 * time_s + 1))
        if "push" in view:
            push = view["push"]
            share = float(np.clip((time_s - push["at_s"]) / push.get("over_s", 0.6), 0, 1))
            share = share * share * (3 - 2 * share)
            yaw, pitch = (
                yaw + share * push.get("yaw_deg", 0),
                pitch + share * push.get("pitch_deg", 0),
            )
        return Pinhole(
            (float(x), float(y), float(view["height_m"])),
            yaw,
            pitch,
            float(view["focal_px"]),
            *self.size,
            roll_deg=float(view.get("roll_deg", 0)),
            distortion=float(view.get("distortion", 0)),
        )

    def cache_key(self) -> str:
        """A name for the rendered frames: equal for scenes that differ only in the film."""
        seen = {k: self.raw[k] for k in RENDERED if k in self.raw}
        text = json.dumps(seen, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def load_scene(name: str) -> Scene:
    """Read `scenes/NAME.yaml`; `like: OTHER` takes the rest from another scene."""
    return scene_from(name, _read(name))


def scene_from(name: str, raw: dict[str, Any]) -> Scene:
    """A scene from its description."""
    place = raw["place"]
    track = None
    if place["kind"] == "street":
        track = Alignment.from_segments([(float(a), float(b)) for a, b in place["segments"]])
    spots = tuple(s for row in place.get("rows", []) for s in _row_of_spots(row))
    rng = np.random.default_rng(int(raw["seed"]) + 17)
    actors = [*_parked(raw, spots, rng), *_beside(raw, track, rng), *_crowds(raw, track, rng)]
    actors += [_actor(entry, raw, spots, track) for entry in raw.get("actors", [])]
    width, height = raw.get("size", [640, 360])
    return Scene(
        name,
        raw,
        int(raw["seed"]),
        float(raw["fps"]),
        float(raw["duration_s"]),
        (int(width), int(height)),
        spots,
        track,
        tuple(actors),
    )


def scene_names() -> list[str]:
    """All scenes in the collection."""
    return sorted(p.stem for p in SCENES.glob("*.yaml"))


def _read(name: str) -> dict[str, Any]:
    raw: dict[str, Any] = yaml.safe_load((SCENES / f"{name}.yaml").read_text())
    if "like" in raw:
        raw = _merged(_read(raw.pop("like")), raw)
    return raw


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    out = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(out.get(key), dict)
        out[key] = _merged(out[key], value) if both else value
    return out


def _row_of_spots(row: dict[str, Any]) -> list[Spot]:
    width, depth = float(row.get("width", 2.5)), float(row.get("depth", 5.0))
    nose = NOSE_RAD[row["nose"]]
    deep = depth * (1 if row["nose"] == "north" else -1)
    x0, y0 = row["at"]
    groups = row.get("groups", {})
    out = []
    for i in range(int(row["count"])):
        x = x0 + i * width
        outline = np.array([[x, y0], [x + width, y0], [x + width, y0 + deep], [x, y0 + deep]])
        spot_id = f"{row['id']}{i + 1}"
        out.append(
            Spot(spot_id, groups.get(spot_id, "general"), outline, nose, float(row["aisle"]))
        )
    return out


def _parked(
    raw: dict[str, Any], spots: tuple[Spot, ...], rng: np.random.Generator
) -> list[ActorPlan]:
    plans = []
    for spot_id, form in raw.get("parked", {}).items():
        spot = next(s for s in spots if s.spot_id == spot_id)
        x, y = spot.centre_m + rng.normal(0, [0.1, 0.18])
        nose = spot.nose_rad + (np.pi if rng.random() < 0.25 else 0) + rng.normal(0, 0.025)
        plans.append(ActorPlan(f"parked-{spot_id}", "car", {"form": form}, still(x, y, nose)))
    return plans


def _beside(
    raw: dict[str, Any], track: Alignment | None, rng: np.random.Generator
) -> list[ActorPlan]:
    """Cars parked along the street."""
    plans = []
    for n, strip in enumerate(raw["place"].get("parked_beside", [])):
        assert track is not None
        at = float(strip["from"])
        while at < strip["to"]:
            if rng.random() < strip.get("chance", 0.6):
                form = str(
                    rng.choice(
                        ["hatchback", "saloon", "suv", "hatchback", "van", "minibus"],
                        p=[0.3, 0.25, 0.2, 0.1, 0.08, 0.07],
                    )
                )
                left = float(strip["left"]) + float(rng.normal(0, 0.06))
                (x, y), heading = track.to_world(at, left)[0], float(track.heading_at(at))
                heading += np.pi if strip.get("oncoming") else 0
                plans.append(
                    ActorPlan(
                        f"parked-{n}-{round(at)}",
                        "car",
                        {"form": form},
                        still(float(x), float(y), heading),
                    )
                )
            at += 6.0
    return plans


def _crowds(
    raw: dict[str, Any], track: Alignment | None, rng: np.random.Generator
) -> list[ActorPlan]:
    """People who stand or stroll somewhere at random."""
    plans = []
    for n, crowd in enumerate(raw["place"].get("crowds", [])):
        for i in range(int(crowd["count"])):
            along, left = (float(rng.uniform(*crowd[k])) for k in ("along", "left"))
            facing = float(rng.uniform(0, 2 * np.pi))
            raised = float(crowd.get("raised_m", 0.0))
            if rng.random() < crowd.get("walking", 0.3):
                way = rng.choice([-1, 1]) * rng.uniform(0.8, 1.5)
                times = np.array([0.0, float(raw["duration_s"])])
                lefts = np.array([left, left + float(rng.normal(0, 0.3))])
                alongs = np.array([along, along + way * times[1]])
                motion = _in_place(times, alongs, lefts, track, float(raw["duration_s"]), None)
            else:
                x, y = _world(track, along, left)
                motion = still(x, y, facing)
            plans.append(ActorPlan(f"person-{n}-{i}", "person", {}, motion, raised))
    return plans


def _actor(
    entry: dict[str, Any], raw: dict[str, Any], spots: tuple[Spot, ...], track: Alignment | None
) -> ActorPlan:
    duration = float(raw["duration_s"])
    look = {
        k: v
        for k, v in entry.items()
        if k not in ("id", "kind", "path", "arrive", "leave", "at", "facing_deg", "raised_m")
    }
    if "arrive" in entry or "leave" in entry:
        plan = entry.get("arrive") or entry["leave"]
        spot = next(s for s in spots if s.spot_id == plan["spot"])
        make = into_spot if "arrive" in entry else out_of_spot
        side = float(plan.get("from_x", plan.get("to_x", 0)))
        motion = make(
            spot.centre_m + [float(plan.get("aside_m", 0.0)), 0.0],
            spot.nose_rad,
            spot.aisle_m,
            side,
            float(plan["from_s"]),
            float(plan["until_s"]),
            duration,
        )
    elif "path" in entry:
        knots = np.array(entry["path"], float)
        facing = entry.get("facing_deg")
        motion = _in_place(
            knots[:, 0],
            knots[:, 1],
            knots[:, 2],
            track,
            duration,
            None if facing is None else float(np.deg2rad(facing)),
        )
    else:
        along, left = entry["at"]
        x, y = _world(track, float(along), float(left))
        heading = np.deg2rad(float(entry.get("facing_deg", 0)))
        heading += float(track.heading_at(float(along))) if track else 0.0
        motion = still(x, y, float(heading))
    return ActorPlan(
        str(entry["id"]), str(entry["kind"]), look, motion, float(entry.get("raised_m", 0.0))
    )


def _in_place(
    times: Array,
    along: Array,
    left: Array,
    track: Alignment | None,
    duration: float,
    facing: float | None,
) -> Motion:
    """A path in track coordinates (or plain metres in a lot) turned into world motion."""
    if track is None:
        return through_points(times, np.column_stack([along, left]), duration, facing)
    fine = np.arange(0, duration + 0.1, 0.1)
    world = track.to_world(np.interp(fine, times, along), np.interp(fine, times, left))
    if facing is not None:
        facing += float(track.heading_at(float(along[-1])))
    return through_points(fine, world, duration, facing)


def _world(track: Alignment | None, along: float, left: float) -> tuple[float, float]:
    if track is None:
        return along, left
    x, y = track.to_world(along, left)[0]
    return float(x), float(y)
