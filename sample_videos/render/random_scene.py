"""Random lots and streets for training pictures."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sample_videos.render.footprint import footprint
from sample_videos.render.random_track import SIZE_PX, random_cab, random_place
from sample_videos.render.scene import ActorPlan, Scene

FORMS = ("hatchback", "saloon", "suv", "minibus", "van")
NEAREST_M = 3.0
# Shares of those who are about in a street.
MOSTLY_PEOPLE = {
    "person": 0.38, "bicycle": 0.13, "motorcycle": 0.13, "car": 0.16, "dog": 0.04, "bus": 0.06,
    "lorry": 0.05, "tram": 0.05,
}  # fmt: skip
MANY_ANIMALS = {
    "person": 0.2, "bicycle": 0.14, "motorcycle": 0.14, "car": 0.1, "dog": 0.3, "bus": 0.04,
    "lorry": 0.04, "tram": 0.04,
}  # fmt: skip
CORNER_PX = 367.2  # from the middle of a picture of 640×360 px


class StillKind(StrEnum):
    """What random pictures show."""

    PARKING = "parking"
    TRAM = "tram"
    ANIMALS = "animals"
    """As `tram`, with many dogs and two-wheelers."""


def without_overlaps(scene: Scene, first: Collection[str] = ()) -> Scene:
    """The scene without those actors who would stand inside an earlier one, or on the camera.

    Those whose ids come `first` give way to nobody.
    """
    kept: list[ActorPlan] = []
    grounds: list[NDArray[np.float32]] = []
    here = np.array(scene.camera_at(0.0).position_m[:2])
    for plan in sorted(scene.actors, key=lambda plan: plan.actor_id not in first):
        ground = footprint(plan, 0.0).astype(np.float32)
        is_near = np.linalg.norm(ground - here, axis=1).min() < NEAREST_M
        if is_near or any(cv2.intersectConvexConvex(ground, g)[0] > 0 for g in grounds):
            continue
        kept.append(plan)
        grounds.append(ground)
    return replace(scene, actors=tuple(kept))


def random_lot(rng: np.random.Generator) -> dict[str, Any]:
    """A lot with one to four rows under any light, seen from any usual height."""
    rows, parked, y = [], {}, 3.0
    surface = str(rng.choice(["asphalt", "old_asphalt", "paving"]))
    width, chance = float(rng.uniform(2.3, 2.8)), float(rng.uniform(0.25, 0.9))
    for n in range(int(rng.integers(1, 5))):
        count = int(rng.integers(5, 13))
        nose = "south" if n == 1 else "north"
        at_y = -3.0 if n == 1 else y
        y += 0.0 if n == 1 else 11.0
        row = {
            "id": "ABCD"[n],
            "at": [-count * width / 2 + float(rng.uniform(-2, 2)), at_y],
            "count": count,
            "nose": nose,
            "aisle": 0,
            "width": width,
        }
        rows.append(row)
        for i in range(count):
            if rng.random() < chance:
                parked[f"{'ABCD'[n]}{i + 1}"] = str(
                    rng.choice(FORMS, p=[0.33, 0.3, 0.22, 0.07, 0.08])
                )
    height = float(rng.uniform(2.8, 11))
    back = float(rng.uniform(10, 20))
    focal_px = float(rng.uniform(330, 640))
    light, weather, film, conditions = random_light(rng)
    actors = [
        {
            "id": f"walker-{i}",
            "kind": "person",
            "path": [
                [0, *(float(v) for v in rng.uniform([-9, -2.5], [9, 2.5]))],
                [1, *(float(v) for v in rng.uniform([-9, -2.5], [9, 2.5]))],
            ],
        }
        for i in range(int(rng.integers(0, 4)))
    ]
    if rng.random() < 0.4:
        actors.append(
            {
                "id": "passing",
                "kind": "car",
                "form": str(rng.choice(FORMS)),
                "at": [float(rng.uniform(-12, 12)), 0.0],
                "facing_deg": float(rng.choice([0, 180])),
            }
        )
    return {
        "seed": int(rng.integers(1e9)),
        "fps": 1.0,
        "duration_s": 1.0,
        "conditions": conditions,
        "camera": {
            "at": [float(rng.uniform(-9, 9)), -back],
            "height_m": height,
            "yaw_deg": 90 + float(rng.normal(0, 14)),
            "roll_deg": float(rng.normal(0, 1)),
            "pitch_deg": float(
                np.clip(np.rad2deg(np.arctan2(height, back + 5)) + rng.normal(0, 3), 4, 50)
            ),
            "focal_px": focal_px,
            "distortion": random_barrel(rng, focal_px),
            "noise": float(rng.uniform(0.6, 1.8)),
        },
        "light": light,
        "weather": weather,
        "film": film,
        "place": {
            "kind": "lot",
            "asphalt": [-32, 32, -14, y + 2],
            "rows": rows,
            "surface": surface,
            "houses": [{"at": [-40, y + float(rng.uniform(6, 16))], "length": 84}],
            "trees": [[float(x), y + 3.0] for x in rng.uniform(-24, 24, int(rng.integers(0, 7)))],
            "hedges": [[0, y + 2.6, 56, 0]] if rng.random() < 0.5 else [],
            "lamps": [[float(x), y + 1.5, -90] for x in (-12, 0, 12)]
            + [[-14, -10, 90], [10, -10, 90]],
        },
        "parked": parked,
        "actors": actors,
    }


def random_barrel(rng: np.random.Generator, focal_px: float) -> float:
    """A lens's distortion: none for half of them, else a barrel that still fills the picture."""
    corner = CORNER_PX / focal_px
    strongest = 4 / 27 / corner**2  # beyond this the corners are black
    return -float(rng.uniform(0.2, 0.85)) * strongest if rng.random() < 0.5 else 0.0


def random_street(
    rng: np.random.Generator, shares: Mapping[str, float] = MOSTLY_PEOPLE
) -> dict[str, Any]:
    """Tracks of any make in a street or on a bed of their own, with people and vehicles.

    `shares` of each kind among those that are about; they sum to 1.
    """
    light, weather, film, _ = random_light(rng)
    place = random_place(rng)
    low, high = (float(place["section"]["bed"][i]) for i in (0, 1))
    lefts = [float(course["left_m"]) for course in place["tracks"]]
    kinds = rng.choice(list(shares), int(rng.integers(0, 8)), p=list(shares.values()))
    actors = []
    start = float(rng.uniform(4, 25))
    for i, kind in enumerate(kinds):
        along = start + float(rng.uniform(8, 60))
        left = float(rng.choice(lefts) if kind == "tram" else rng.uniform(low - 4, high + 4))
        if kind in ("car", "bus", "lorry"):
            left = float(rng.choice([low - 2, 0.0, high + 2]) + rng.normal(0, 0.3))
        way = float(rng.choice([-1, 1]))
        goes = (
            [along, left + way]
            if kind in ("person", "dog") and rng.random() < 0.6
            else [along + way * 2.0, left]
        )
        actors.append(
            {
                "id": f"{kind}-{i}",
                "kind": str(kind),
                "form": str(rng.choice(FORMS)),
                "path": [[0, along, left], [1, *goes]],
            }
        )
    return {
        "seed": int(rng.integers(1e9)), "fps": 1.0, "duration_s": 1.0, "size": SIZE_PX,
        "camera": random_cab(rng),
        "ego": {"start_m": start, "speed": [[0, 5.0], [1, 5.0]]},
        "light": light, "weather": weather, "film": film,
        "place": place, "parked": {}, "actors": actors,
    }  # fmt: skip


def random_light(
    rng: np.random.Generator,
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]:
    """Light, weather, film and the condition's name."""
    kind = str(
        rng.choice(["sun", "overcast", "rain", "dusk", "night"], p=[0.36, 0.2, 0.14, 0.1, 0.2])
    )
    light: dict[str, Any] = {
        "sun_deg": float(rng.uniform(12, 65)), "sun_from_deg": float(rng.uniform(0, 360)),
        "sky": 0.95, "cloud": float(rng.uniform(0.1, 0.9)), "sun": float(rng.uniform(2.2, 4.0)),
    }  # fmt: skip
    weather: dict[str, Any] = {}
    film: dict[str, Any] = {}
    if kind in ("overcast", "rain"):
        light |= {"sun": 0.0, "colour": "grey", "sky": float(rng.uniform(0.6, 1.1)), "cloud": 1.0}
    if kind == "rain" or (kind == "night" and rng.random() < 0.35):
        weather = {
            "wet": True,
            "rain": float(rng.uniform(0.3, 1)),
            "drops": int(rng.integers(0, 18)),
        }
    if kind == "dusk":
        light |= {"sun": 0.0, "colour": "dusk", "sky": float(rng.uniform(0.15, 0.5)), "lamps": 1.0}
    if kind == "night":
        light |= {"sun": 0.0, "colour": "night", "sky": 0.08, "lamps": 1.0, "windows": 0.25}
        film = {"glare": float(rng.uniform(0.04, 0.12)), "max_gain": 9, "grey": 0.1}
    return light, weather, film, kind
