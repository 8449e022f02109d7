"""Persons of many looks, standing, walking or pedalling, built anew for every step."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sample_videos.render.shape import Shape

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Look:
    """How a person is built and dressed; a child is a small look."""

    height_m: float = 1.74
    girth: float = 1.0
    long_hair: bool = False
    skirt: bool = False
    coat: bool = False
    bag: bool = False


def random_look(rng: np.random.Generator) -> Look:
    """A grown-up as one meets in the street."""
    woman = bool(rng.random() < 0.5)
    return Look(
        height_m=float(rng.normal(1.66 if woman else 1.77, 0.06)),
        girth=float(rng.uniform(0.9, 1.2)),
        long_hair=woman and bool(rng.random() < 0.7),
        skirt=woman and bool(rng.random() < 0.25),
        coat=bool(rng.random() < 0.35),
        bag=bool(rng.random() < 0.35),
    )


def walking(look: Look, phase: float, stride: float = 1.0) -> Shape:
    """A person at the origin facing +x; `phase` counts steps of two, `stride` 0 stands still."""
    swing = 2 * np.pi * phase
    size = look.height_m / 1.74
    hip_z = 0.9 * size + 0.015 * stride * np.cos(2 * swing)
    shape = Shape()
    for side in (-1, 1):
        turn = swing + (np.pi if side > 0 else 0)
        thigh = np.deg2rad(27) * stride * np.sin(turn) + np.deg2rad(3) * stride
        knee = np.deg2rad(8 + 52 * max(0.0, float(np.cos(turn)))) * stride
        hip = np.array([0, side * 0.095 * size, hip_z])
        _add_leg(shape, look, hip, thigh, knee, size)
        arm = -np.deg2rad(24) * stride * np.sin(turn)
        shoulder = np.array([0, side * 0.2 * size * look.girth, hip_z + 0.52 * size])
        _add_arm(shape, shoulder, arm, np.deg2rad(12 + 18 * stride), side, size)
    _add_trunk(shape, look, np.array([0, 0, hip_z]), 0.03 * stride, size)
    return shape


def riding(look: Look, phase: float, seat: Array, hands: Array, pedals: Array) -> Shape:
    """A person on a two-wheeler: seat (3,), hands (3,) for the right one, pedals' axle (3,)."""
    size = look.height_m / 1.74
    shape = Shape()
    hip = np.asarray(seat, float) + [0, 0, 0.1]
    lean = 0.5 * float(np.arctan2(hands[0] - hip[0], 0.75))
    chest = hip + np.array([np.sin(lean), 0, np.cos(lean)]) * 0.5 * size
    for side in (-1, 1):
        turn = 2 * np.pi * phase + (np.pi if side > 0 else 0)
        foot = np.asarray(pedals) + [0.17 * np.cos(turn), side * 0.11, 0.17 * np.sin(turn)]
        start = hip + [0, side * 0.09, 0]
        knee = _joint(start, foot, 0.43 * size, 0.45 * size, np.array([1.0, 0, 0.4]))
        shape.limb(start, knee, (0.085 * size, 0.06 * size), "trousers")
        shape.limb(knee, foot, (0.058 * size, 0.045 * size), "trousers")
        shape.limb(foot + [-0.06, 0, -0.02], foot + [0.14, 0, -0.03], (0.045, 0.04), "shoes")
        hand = np.asarray(hands) * [1, side, 1]
        shoulder = chest + [0, side * 0.19 * size * look.girth, 0]
        elbow = _joint(shoulder, hand, 0.3 * size, 0.28 * size, np.array([-0.2, side * 0.5, -1]))
        shape.limb(shoulder, elbow, (0.055 * size, 0.045 * size), "jacket")
        shape.limb(elbow, hand, (0.043 * size, 0.035 * size), "jacket")
        shape.ball(hand, [0.05, 0.04, 0.045], "skin", 5)
    _add_trunk(shape, look, hip - [0, 0, 0.02], lean, size)
    return shape


def _add_leg(shape: Shape, look: Look, hip: Array, thigh: float, knee: float, size: float) -> None:
    bend = hip + np.array([np.sin(thigh), 0, -np.cos(thigh)]) * 0.43 * size
    shin = thigh - knee
    ankle = bend + np.array([np.sin(shin), 0, -np.cos(shin)]) * 0.41 * size
    paint = "skin" if look.skirt else "trousers"
    thick = 1 if not look.skirt else 0.8
    shape.limb(hip, bend, (0.092 * size * look.girth * thick, 0.066 * size * thick), paint)
    shape.limb(bend, ankle, (0.064 * size * thick, 0.048 * size * thick), paint)
    toe = np.array([np.cos(shin * 0.6), 0, np.sin(shin * 0.6)])
    shape.limb(
        ankle - toe * 0.05 * size,
        ankle + toe * 0.15 * size - [0, 0, 0.03 * size],
        (0.05 * size, 0.042 * size),
        "shoes",
    )


def _add_arm(
    shape: Shape, shoulder: Array, swing: float, bend: float, side: int, size: float
) -> None:
    out = np.array([0, side * 0.06, 0])
    elbow = shoulder + (np.array([np.sin(swing), 0, -np.cos(swing)]) * 0.3 + out) * size
    fore = swing + bend
    hand = elbow + np.array([np.sin(fore), 0, -np.cos(fore)]) * 0.26 * size
    shape.limb(shoulder, elbow, (0.06 * size, 0.047 * size), "jacket")
    shape.limb(elbow, hand, (0.046 * size, 0.034 * size), "jacket")
    shape.ball(hand + [0, 0, -0.03 * size], np.array([0.04, 0.03, 0.06]) * size, "skin", 5)


def _add_trunk(shape: Shape, look: Look, hip: Array, lean: float, size: float) -> None:
    """Hips to crown; rings are (height, half depth, half width, paint starts)."""
    rings = [
        (-0.08, 0.10, 0.14),
        (0.0, 0.125, 0.17),
        (0.1, 0.115, 0.16),
        (0.22, 0.115, 0.162),
        (0.36, 0.125, 0.185),
        (0.47, 0.115, 0.2),
        (0.53, 0.095, 0.19),
        (0.575, 0.06, 0.1),
        (0.6, 0.05, 0.055),
    ]
    shape.loft(_rings(rings, hip, lean, size, look.girth), "jacket")
    if look.coat or look.skirt:
        hem = -0.42 if look.coat else -0.38
        cloth = [(hem, 0.165, 0.205), (-0.2, 0.15, 0.2), (0.02, 0.135, 0.185), (0.2, 0.118, 0.165)]
        shape.loft(
            _rings(cloth, hip, lean * 0.3, size, look.girth), "jacket" if look.coat else "trousers"
        )
    along = np.array([np.sin(lean), 0, np.cos(lean)])
    # Heads are nearly the same size on everybody, so a child's is large for its body.
    head_size = size**0.45
    neck = hip + along * 0.58 * size
    head = hip + along * 0.6 * size + [0.015, 0, 0.135 * head_size]
    shape.limb(neck, head, (0.055 * size, 0.05 * size), "skin")
    shape.ball(head, np.array([0.1, 0.078, 0.122]) * head_size, "skin", 9)
    shape.ball(
        head + np.array([-0.022, 0, 0.03]) * head_size,
        np.array([0.098, 0.088, 0.108]) * head_size,
        "hair",
        9,
    )
    if look.long_hair:
        shape.ball(
            head + np.array([-0.06, 0, -0.09]) * head_size,
            np.array([0.06, 0.085, 0.16]) * head_size,
            "hair",
            7,
        )
    if look.bag:
        back = hip + along * 0.34 * size
        shape.ball(back + [-0.19 * size, 0, 0], np.array([0.1, 0.15, 0.22]) * size, "bag", 7)


def _rings(
    rows: list[tuple[float, float, float]], hip: Array, lean: float, size: float, girth: float
) -> Array:
    angles = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    out = []
    for height, deep, wide in rows:
        middle = hip + np.array([np.sin(lean), 0, np.cos(lean)]) * height * size
        c, s = np.cos(angles), np.sin(angles)
        # A rounded rectangle rather than an ellipse: shoulders and hips are square.
        square = (np.abs(c) ** 2.6 + np.abs(s) ** 2.6) ** (-1 / 2.6)
        out.append(
            middle
            + np.column_stack(
                [c * square * deep * girth, s * square * wide * girth, -np.sin(lean) * c * deep]
            )
            * size
        )
    return np.array(out)


def _joint(start: Array, end: Array, upper: float, lower: float, bend: Array) -> Array:
    """Where the knee or elbow of a two-bar limb lies when it bends towards `bend`."""
    gap = end - start
    reach = min(float(np.linalg.norm(gap)), (upper + lower) * 0.999)
    along = gap / np.linalg.norm(gap)
    share = (upper**2 - lower**2 + reach**2) / (2 * reach)
    rise = float(np.sqrt(max(upper**2 - share**2, 0)))
    side = bend - along * float(np.dot(bend, along))
    return start + along * share + side / np.linalg.norm(side) * rise
