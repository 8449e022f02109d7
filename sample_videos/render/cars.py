"""Cars and vans: smooth bodies drawn from a side profile, with glass, wheels and lights."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sample_videos.render.shape import Shape

Array = NDArray[np.float64]
Line = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class CarForm:
    """A side profile: x from the nose (0) to the tail (1) of the length, heights in metres."""

    length_m: float
    width_m: float
    top: Line
    belt: Line
    windscreen: tuple[float, float]
    rear_glass: tuple[float, float] | None
    side_glass: tuple[tuple[float, float], ...]
    axles: tuple[float, float]
    wheel_m: float = 0.32
    roof_share: float = 0.76  # width of the roof over width of the body
    floor_m: float = 0.22


FORMS = {
    "hatchback": CarForm(
        4.05,
        1.76,
        (
            (0, 0.55),
            (0.02, 0.7),
            (0.1, 0.83),
            (0.27, 0.97),
            (0.46, 1.42),
            (0.6, 1.48),
            (0.82, 1.43),
            (0.95, 1.02),
            (0.985, 0.9),
            (1, 0.6),
        ),
        ((0, 0.5), (0.03, 0.66), (0.1, 0.78), (0.27, 0.92), (0.9, 1.0), (0.985, 0.85), (1, 0.55)),
        (0.285, 0.445),
        (0.84, 0.94),
        ((0.33, 0.545), (0.57, 0.74), (0.76, 0.85)),
        (0.19, 0.815),
    ),
    "saloon": CarForm(
        4.65,
        1.82,
        (
            (0, 0.5),
            (0.02, 0.66),
            (0.1, 0.79),
            (0.29, 0.93),
            (0.44, 1.38),
            (0.55, 1.44),
            (0.7, 1.38),
            (0.85, 1.04),
            (0.97, 1.0),
            (0.99, 0.9),
            (1, 0.6),
        ),
        ((0, 0.48), (0.03, 0.62), (0.1, 0.75), (0.29, 0.89), (0.84, 0.98), (0.97, 0.94), (1, 0.55)),
        (0.3, 0.43),
        (0.71, 0.84),
        ((0.34, 0.525), (0.55, 0.7), (0.715, 0.765)),
        (0.18, 0.79),
        0.33,
    ),
    "suv": CarForm(
        4.55,
        1.88,
        (
            (0, 0.65),
            (0.015, 0.85),
            (0.08, 1.0),
            (0.25, 1.1),
            (0.39, 1.6),
            (0.55, 1.68),
            (0.88, 1.62),
            (0.965, 1.15),
            (0.99, 1.0),
            (1, 0.7),
        ),
        ((0, 0.6), (0.03, 0.8), (0.08, 0.95), (0.25, 1.06), (0.93, 1.13), (0.99, 0.95), (1, 0.65)),
        (0.26, 0.38),
        (0.895, 0.955),
        ((0.3, 0.51), (0.535, 0.72), (0.74, 0.87)),
        (0.18, 0.8),
        0.37,
        0.8,
        0.28,
    ),
    "van": CarForm(
        5.3,
        2.0,
        (
            (0, 0.7),
            (0.012, 0.95),
            (0.05, 1.1),
            (0.15, 1.25),
            (0.265, 2.1),
            (0.32, 2.3),
            (0.5, 2.36),
            (0.97, 2.33),
            (0.99, 2.2),
            (1, 0.6),
        ),
        ((0, 0.65), (0.03, 0.9), (0.15, 1.18), (0.97, 1.25), (1, 0.6)),
        (0.16, 0.255),
        None,
        ((0.2, 0.335),),
        (0.16, 0.78),
        0.35,
        0.9,
        0.28,
    ),
    "minibus": CarForm(
        5.0,
        1.95,
        (
            (0, 0.7),
            (0.012, 0.9),
            (0.06, 1.05),
            (0.18, 1.2),
            (0.32, 1.85),
            (0.4, 1.95),
            (0.95, 1.92),
            (0.985, 1.3),
            (1, 0.6),
        ),
        ((0, 0.6), (0.03, 0.85), (0.18, 1.12), (0.95, 1.2), (0.985, 1.15), (1, 0.6)),
        (0.19, 0.31),
        (0.957, 0.982),
        ((0.24, 0.4), (0.42, 0.64), (0.66, 0.92)),
        (0.17, 0.79),
        0.34,
        0.87,
        0.26,
    ),
}


def car_shape(form: CarForm) -> Shape:
    """A car with its footprint's middle at the origin, its nose along +x."""
    shape = Shape()
    _add_body(shape, form)
    for axle in form.axles:
        for side in (-1, 1):
            _add_wheel(shape, form, axle, side)
    _add_face(shape, form)
    return shape


def _x(form: CarForm, share: Array | float) -> Array | float:
    return (0.5 - share) * form.length_m


def _add_body(shape: Shape, form: CarForm) -> None:
    stations = np.unique(
        np.concatenate([[0, 0.006, 0.015], np.linspace(0.03, 0.97, 54), [0.985, 0.994, 1]])
    )
    top = _rounded(stations, form.top)
    belt = np.minimum(_rounded(stations, form.belt), top - 0.02)
    ends = np.abs(2 * stations - 1)
    half = form.width_m / 2 * (1 - 0.16 * ends**8 - 0.12 * ends**40)
    low = form.floor_m + 0.12 * ends**12
    cabin = np.clip((top - belt - 0.1) / 0.25, 0, 1)
    roof = half * (0.93 * (1 - cabin) + form.roof_share * cabin)
    tall = top - belt
    edge = np.minimum(0.07, tall * 0.3)
    ring = [
        (0 * half, low),
        (half * 0.84, low),
        (half * 0.96, low + 0.07),
        (half, low + (belt - low) * 0.35),
        (half * 1.0, low + (belt - low) * 0.72),
        (half * 0.985, belt - (belt - low) * 0.08),
        (half * 0.95, belt),
        (_mix(half * 0.95, roof, 0.08), belt + tall * 0.06),
        (_mix(half * 0.95, roof, 0.9), top - edge * 1.6),
        (roof, top - edge * 0.9),
        (roof * 0.93, top - edge * 0.25),
        (roof * 0.6, top - edge * 0.03),
        (0 * half, top + 0 * edge),
    ]
    right = np.stack([np.stack([-y, z], 1) for y, z in ring], 1)
    left = np.stack([np.stack([y, z], 1) for y, z in ring[-2:0:-1]], 1)
    section = np.concatenate([right, left], axis=1)
    x = np.broadcast_to(np.asarray(_x(form, stations))[:, None, None], (*section.shape[:2], 1))
    skin = Shape()
    skin.loft(np.concatenate([x, section], axis=2), "paint")
    around, last = section.shape[1], len(ring) - 1
    for i in range((len(stations) - 1) * around):
        at, k = divmod(i, around)
        strip = min(k, around - 1 - k)
        skin.paints[i] = _paint_of(form, (stations[at] + stations[at + 1]) / 2, strip, last)
    shape.merge(skin)


def _paint_of(form: CarForm, at: float, strip: int, last: int) -> str:
    if strip <= 1:
        return "plastic"
    if strip == 7 and any(a < at < b for a, b in form.side_glass):
        return "glass"
    if strip >= 9 or (strip == 8 and strip < last):
        for pane in (form.windscreen, form.rear_glass):
            if pane and pane[0] < at < pane[1] and strip >= 9:
                return "glass"
    return "paint"


def _add_wheel(shape: Shape, form: CarForm, axle: float, side: int) -> None:
    x, half, radius = _x(form, axle), form.width_m / 2, form.wheel_m
    middle = np.array([x, side * half, radius])
    across = np.array([0, side, 0.0])
    shape.disc(middle - across * 0.15 + [0, 0, 0.03], across, radius * 1.17, 0.31, "black")
    shape.disc(middle - across * 0.1, across, radius, 0.23, "tyre")
    shape.disc(middle - across * 0.09, across, radius * 0.66, 0.225, "rim")
    for turn in range(5):
        angle = turn * 2 * np.pi / 5
        spoke = np.array([np.cos(angle), 0, np.sin(angle)]) * radius * 0.42
        shape.disc(middle + across * 0.022 + spoke, across, radius * 0.15, 0.01, "black", 8)


def _add_face(shape: Shape, form: CarForm) -> None:
    half_l, half_w = form.length_m / 2, form.width_m / 2
    nose = np.interp(0.015, *zip(*form.top, strict=True))
    tail = np.interp(0.985, *zip(*form.top, strict=True))
    tail_z = min(tail - 0.12, 1.0 if form.rear_glass else 1.25)
    for side in (-1, 1):
        shape.ball([half_l - 0.17, side * half_w * 0.7, nose - 0.1], [0.17, 0.2, 0.075], "lamp")
        shape.ball([-half_l + 0.1, side * half_w * 0.8, tail_z], [0.13, 0.13, 0.12], "tail")
        mirror = _x(form, form.windscreen[0] + 0.05)
        height = np.interp(form.windscreen[0] + 0.05, *zip(*form.belt, strict=True))
        shape.ball([mirror, side * (half_w + 0.09), height + 0.08], [0.07, 0.12, 0.08], "paint")
    shape.box([half_l - 0.03, 0, nose - 0.13], [0.06, half_w * 0.95, 0.09], "black")
    shape.box([half_l - 0.02, 0, 0.42], [0.06, half_w * 1.2, 0.14], "plastic")
    shape.box([half_l + 0.015, 0, 0.46], [0.02, 0.5, 0.11], "plate")
    shape.box([-half_l - 0.012, 0, 0.72 if form.rear_glass else 0.6], [0.02, 0.5, 0.11], "plate")
    shape.box([-half_l + 0.03, 0, 0.42], [0.08, half_w * 1.5, 0.16], "plastic")


def _rounded(at: Array, line: Line) -> Array:
    """Heights along a profile with its corners rounded off."""
    x, z = (np.array(v) for v in zip(*line, strict=True))
    spread = np.array([-0.012, -0.006, 0, 0.006, 0.012])
    return np.mean([np.interp(np.clip(at + s, 0, 1), x, z) for s in spread], axis=0)


def _mix(a: Array, b: Array, share: float) -> Array:
    return a * (1 - share) + b * share
