"""Random tram rides, for judging on lines that nobody chose anything on."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import cycle
from typing import Any

import numpy as np

from sample_videos.render.random_scene import FORMS, random_light, without_overlaps
from sample_videos.render.random_track import random_place
from sample_videos.render.scene import Scene, scene_from

DURATION_S, FPS = 8.0, 5.0
EDGE_M = 1.6  # from the track's middle: there begins the clearance envelope
REACTION_S, BRAKING_MPS2 = 1.2, 1.3  # of a driver who sees it as it comes in
CREEP_MPS = 0.3
WAITS_M, CAR_WAITS_M = 6.0, 10.0  # from the track's middle at most, who is about to cross it
LYING = ("branch", "pallet", "bin", "rubble", "sofa")


class Event(StrEnum):
    """What happens on a ride."""

    NOTHING = "nothing"
    """People walk beside the track, and somebody comes near and stops."""
    PERSON = "person"
    CHILD = "child"
    DOG = "dog"
    CYCLIST = "cyclist"
    CAR = "car"
    """It turns onto the track and stays."""
    LYING = "lying"
    """Something that no detector names."""


# Slowest and fastest, m/s, of those that cross.
CROSSING: Mapping[Event, tuple[float, float]] = {
    Event.PERSON: (1.0, 1.8), Event.CHILD: (2.0, 3.4), Event.DOG: (1.5, 3.0),
    Event.CAR: (2.5, 4.0),
}  # fmt: skip


def ride_scenes(n: int, seed: int) -> Iterator[Scene]:
    """`n` rides, one event after the other, each drawn from (seed, number)."""
    for number, event in zip(range(n), cycle(Event)):
        raw = random_ride(np.random.default_rng([seed, number]), event)
        scene = scene_from(f"ride_{seed}_{number:02d}_{event}", raw)
        yield without_overlaps(scene, first={event})


def random_ride(rng: np.random.Generator, event: Event) -> dict[str, Any]:
    """A scene of eight seconds in which the event happens; its driver brakes as a good one does."""
    light, weather, film, _ = random_light(rng)
    place = random_place(rng)
    speed_mps, start_m = float(rng.uniform(4, 11)), float(rng.uniform(4, 12))
    comes_s = float(rng.uniform(2.2, 3.6))
    ahead_m = speed_mps * REACTION_S + speed_mps**2 / (2 * BRAKING_MPS2) + float(rng.uniform(6, 14))
    along_m = start_m + speed_mps * comes_s + ahead_m
    place |= {"crossings": [], "cross_roads": [], "platforms": []}
    braking = [[0.0, speed_mps], [DURATION_S, speed_mps]]
    if event is not Event.NOTHING:
        brakes_s = comes_s + REACTION_S
        stands_s = brakes_s + (speed_mps - CREEP_MPS) / BRAKING_MPS2
        braking = [[0.0, speed_mps], [brakes_s, speed_mps], [stands_s, CREEP_MPS],
                   [DURATION_S + stands_s, CREEP_MPS]]  # fmt: skip
    return {
        "title": f"A random ride: {event}",
        "seed": int(rng.integers(1e9)), "fps": FPS, "duration_s": DURATION_S,
        "camera": {
            "height_m": round(float(rng.uniform(1.9, 3.2)), 2),
            "pitch_deg": round(float(rng.uniform(2.0, 6.0)), 2),
            "focal_px": round(float(rng.uniform(430, 700))),
            "noise": float(rng.uniform(0.6, 1.6)),
        },
        "quality": {"samples": 2},
        "ego": {"start_m": start_m, "speed": braking},
        "light": light, "weather": weather, "film": film, "place": place, "parked": {},
        "actors": [*bystanders(rng, place, along_m), protagonist(rng, event, along_m, comes_s)],
    }  # fmt: skip


def protagonist(
    rng: np.random.Generator, event: Event, along_m: float, comes_s: float
) -> dict[str, Any]:
    """Whom the ride is about, who reaches the envelope's edge at that place and time."""
    side = float(rng.choice([-1, 1]))
    if event is Event.NOTHING:
        stops_m = side * float(rng.uniform(2.6, 3.4))
        knots = [(0.0, side * WAITS_M), (comes_s, stops_m), (DURATION_S, stops_m)]
        return {"id": event, "kind": "person", "path": _path(knots, along_m)}
    if event is Event.LYING:
        kind, facing_deg = str(rng.choice(LYING)), float(rng.uniform(0, 180))
        at = [along_m, float(rng.uniform(-0.6, 0.6))]
        return {"id": event, "kind": kind, "facing_deg": facing_deg, "at": at}
    if event is Event.CYCLIST:
        rides_mps = float(rng.uniform(2.5, 4.0))
        keeps_m, swings_m = side * float(rng.uniform(2.7, 3.1)), side * float(rng.uniform(0.2, 1.0))
        knots = [(0.0, keeps_m), (comes_s - 1.0, keeps_m), (comes_s + 0.6, swings_m),
                 (DURATION_S, swings_m)]  # fmt: skip
        path = _path(knots, along_m - rides_mps * comes_s, rides_mps)
        return {"id": event, "kind": "bicycle", "path": path}
    return _crossing(rng, event, along_m, comes_s, side)


def _crossing(
    rng: np.random.Generator, event: Event, along_m: float, comes_s: float, side: float
) -> dict[str, Any]:
    """Who waits beside the track, crosses it, and goes on; or stays on it, as a car does."""
    is_car, is_child = event is Event.CAR, event is Event.CHILD
    speed_mps = float(rng.uniform(*CROSSING[event]))
    waits_m = min(CAR_WAITS_M if is_car else WAITS_M, EDGE_M + speed_mps * comes_s)
    sets_out_s = comes_s - (waits_m - EDGE_M) / speed_mps
    ends_m = float(rng.uniform(-0.6, 0.6)) if is_car else -side * WAITS_M
    there_s = sets_out_s + abs(side * waits_m - ends_m) / speed_mps
    knots = [(0.0, side * waits_m), (sets_out_s, side * waits_m), (there_s, ends_m),
             (max(DURATION_S, there_s) + 1, ends_m)]  # fmt: skip
    looks: dict[str, Any] = {"height_m": float(rng.uniform(1.05, 1.3)), "girth": 0.95}
    kind = "person" if is_child else event
    return {"id": event, "kind": kind, "path": _path(knots, along_m)} | (looks if is_child else {})


def _path(
    knots: Sequence[tuple[float, float]], along_m: float, along_mps: float = 0.0
) -> list[list[float]]:
    """Knots of seconds and metres to the left as a scene's path, begun at this place."""
    return [[t, along_m + along_mps * t, left] for t, left in knots]


def bystanders(
    rng: np.random.Generator, place: Mapping[str, Any], along_m: float
) -> list[dict[str, Any]]:
    """People and a car that keep beside the track."""
    low, high = (float(edge) for edge in place["section"]["bed"])
    found: list[dict[str, Any]] = []
    for number in range(int(rng.integers(1, 4))):
        left = float(rng.choice([min(low, -EDGE_M) - 1.2, max(high, EDGE_M) + 1.2]))
        at_m, way_mps = along_m + float(rng.uniform(-25, 30)), float(rng.choice([-1.2, 0.0, 1.2]))
        path = _path([(0.0, left), (DURATION_S, left)], at_m, way_mps)
        found.append({"id": f"walker-{number}", "kind": "person", "path": path})
    if rng.random() < 0.5:
        path = _path([(0.0, high + 1.8), (DURATION_S, high + 1.8)], along_m + 70, -10.0)
        form = str(rng.choice(FORMS))
        found.append({"id": "oncoming", "kind": "car", "form": form, "path": path})
    return found
