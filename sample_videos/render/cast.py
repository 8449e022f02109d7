"""The actors of a scene as bodies in Blender, posed for any second."""

from dataclasses import dataclass, field

import bpy
import numpy as np
from numpy.typing import NDArray

from sample_videos.render import big_vehicles, cars, lost_things, people, two_wheelers
from sample_videos.render.motion import STEP_LENGTH_M, Pose
from sample_videos.render.paints import PaintShop
from sample_videos.render.scene import ActorPlan, Scene
from sample_videos.render.shape import Shape, placed
from sample_videos.render.solids import add_solid, move, reshape

Array = NDArray[np.float64]


@dataclass(slots=True)
class Body:
    """One thing with one box: its solid, its class, and its corners in its own coordinates."""

    body_id: str
    class_name: str
    plan: ActorPlan
    solid: bpy.types.Object
    index: int
    points: Array
    triangles: NDArray[np.int64]
    build: "Builder | None" = None
    lights: list[bpy.types.Object] = field(default_factory=list)

    def pose(self, time_s: float) -> Pose:
        """Where the actor is at a time."""
        return self.plan.motion.at(time_s)

    def put(self, time_s: float) -> None:
        """Move, and for the living reshape, the solid."""
        pose = self.pose(time_s)
        if self.build is not None:
            self.points = self.build(pose).points()
            reshape(self.solid, self.points)
        move(self.solid, self.matrix(pose))

    def matrix(self, pose: Pose) -> Array:
        """The (4, 4) matrix from the body to the world."""
        return placed(pose.x_m, pose.y_m, self.plan.raised_m, pose.heading_rad)

    def world_points(self, time_s: float) -> Array:
        """Corners in the world after `put(time_s)`, (N, 3)."""
        matrix = self.matrix(self.pose(time_s))
        return self.points @ matrix[:3, :3].T + matrix[:3, 3]


@dataclass(frozen=True, slots=True)
class Builder:
    """Makes a living body's shape for a pose."""

    kind: str
    look: people.Look
    offset: float

    def __call__(self, pose: Pose) -> Shape:
        """The shape at the pose's step."""
        phase = pose.travelled_m / (STEP_LENGTH_M * self.look.height_m / 1.74) + self.offset
        if self.kind == "person":
            return people.walking(self.look, phase, min(1.0, pose.speed_mps / 1.2))
        if self.kind == "dog":
            return two_wheelers.dog_shape(pose.travelled_m / 0.8, min(1.0, pose.speed_mps / 1.0))
        if self.kind == "bicycle":
            return people.riding(
                self.look,
                -pose.travelled_m / 4.5,
                two_wheelers.BICYCLE_SEAT,
                two_wheelers.BICYCLE_HANDS,
                two_wheelers.BICYCLE_PEDALS,
            )
        return people.riding(
            self.look,
            0.1,
            two_wheelers.MOTORCYCLE_SEAT,
            two_wheelers.MOTORCYCLE_HANDS,
            two_wheelers.MOTORCYCLE_PEDALS,
        )


def build_cast(scene: Scene, shop: PaintShop, rng: np.random.Generator) -> list[Body]:
    """All bodies of a scene, numbered from 1 for the index picture."""
    bodies: list[Body] = []
    for plan in scene.actors:
        for body_id, class_name, shape, build in _parts(plan, rng):
            colours = {k: tuple(v) for k, v in plan.look.items() if k in COLOURED}
            if plan.kind in ("bus", "tram", "lorry") and "paint" not in colours:
                colours["paint"] = FLEET[rng.integers(len(FLEET))]
            if plan.kind == "tram" and "band" not in colours:
                colours["band"] = (0.75, 0.74, 0.7)
            if plan.kind == "dog":
                colours.setdefault("hair", (0.12, 0.07, 0.035))
            if plan.kind in lost_things.SHAPES:
                colours = {**lost_things.COLOURS, **colours}
            wardrobe = shop.outfit(colours, is_off=_is_parked(plan))
            solid = add_solid(shape, body_id, wardrobe)
            index = len(bodies) + 1
            solid.pass_index = index
            bodies.append(
                Body(
                    body_id,
                    class_name,
                    plan,
                    solid,
                    index,
                    shape.points(),
                    shape.triangles(),
                    build,
                )
            )
    return bodies


COLOURED = ("paint", "band", "jacket", "trousers", "hair", "skin", *lost_things.COLOURS)
FLEET = (
    (0.6, 0.05, 0.04),
    (0.72, 0.72, 0.7),
    (0.05, 0.2, 0.5),
    (0.7, 0.5, 0.05),
    (0.05, 0.3, 0.15),
)


def _parts(
    plan: ActorPlan, rng: np.random.Generator
) -> list[tuple[str, str, Shape, Builder | None]]:
    """(id, class, shape, builder) of everything one actor is made of."""
    if plan.kind == "car":
        return [
            (
                plan.actor_id,
                "car",
                cars.car_shape(cars.FORMS[plan.look.get("form", "saloon")]),
                None,
            )
        ]
    if plan.kind == "bus":
        return [(plan.actor_id, "bus", big_vehicles.bus_shape(), None)]
    if plan.kind == "lorry":
        return [(plan.actor_id, "truck", big_vehicles.lorry_shape(), None)]
    if plan.kind == "tram":
        return [(plan.actor_id, "tram", big_vehicles.tram_shape(), None)]
    if plan.kind in lost_things.SHAPES:
        return [(plan.actor_id, "object", lost_things.SHAPES[plan.kind](), None)]
    look = people.random_look(rng)
    look = people.Look(**{f: plan.look.get(f, getattr(look, f)) for f in look.__slots__})
    build = Builder(plan.kind, look, float(rng.random()))
    start = plan.motion.at(0.0)
    if plan.kind in ("person", "dog"):
        return [(plan.actor_id, plan.kind, build(start), build)]
    frame = (
        two_wheelers.bicycle_shape() if plan.kind == "bicycle" else two_wheelers.motorcycle_shape()
    )
    return [
        (plan.actor_id, plan.kind, frame, None),
        (f"{plan.actor_id}-rider", "person", build(start), build),
    ]


def _is_parked(plan: ActorPlan) -> bool:
    """Whether a vehicle never moves, so that its lamps are out."""
    first, last = plan.motion.at(0.0), plan.motion.at(1e6)
    return (first.x_m, first.y_m) == (last.x_m, last.y_m) and plan.motion.at(1e6).travelled_m == 0
