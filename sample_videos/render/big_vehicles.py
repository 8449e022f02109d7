"""Buses, lorries and trams."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sample_videos.render.shape import Shape

Array = NDArray[np.float64]


def bus_shape() -> Shape:
    """A 12 m city bus, its footprint's middle at the origin, its nose along +x."""
    length, width, height = 12.0, 2.55, 3.05
    shape = Shape()
    _add_hull(shape, length, width, height, 0.32, nose=0.25)
    for side in (-1, 1):
        _add_panes(shape, side, width / 2, np.linspace(-5.6, 5.4, 9), 1.25, 2.65, 0.09)
        for x in (3.3, -2.9):
            _add_wheel(shape, x, side * width / 2, side, 0.48)
    for x in (4.7, 0.2, -4.4):
        shape.box([x, -width / 2 - 0.012, 1.5], [1.15, 0.03, 2.2], "glass")
        shape.box([x, -width / 2 - 0.02, 1.5], [0.06, 0.03, 2.2], "black")
    shape.box([length / 2 + 0.005, 0, 1.75], [0.04, 2.3, 1.5], "glass")
    shape.box([length / 2 + 0.01, 0, 2.75], [0.04, 1.9, 0.3], "sign")
    shape.box([-length / 2 - 0.005, 0, 2.1], [0.04, 2.0, 0.9], "glass")
    _add_lights(shape, length / 2, 0.95, 0.75, -length / 2, 0.95, 0.9)
    return shape


def lorry_shape() -> Shape:
    """A two-axle lorry with a box body, 7.8 m long."""
    shape = Shape()
    shape.box([-0.9, 0, 2.15], [6.0, 2.45, 2.5], "cargo")
    shape.box([-0.6, 0, 0.8], [7.0, 0.9, 0.3], "black")
    cab = Shape()
    _add_hull(cab, 1.75, 2.4, 2.75, 0.45, nose=0.2)
    move = np.eye(4)
    move[0, 3] = 3.05
    shape.merge(cab, move)
    shape.box([3.93, 0, 2.0], [0.04, 2.1, 0.85], "glass")
    for side in (-1, 1):
        shape.box([3.2, side * 1.2, 2.0], [0.95, 0.03, 0.75], "glass")
        shape.box([3.75, side * 1.4, 2.1], [0.1, 0.2, 0.45], "black")
        for x in (2.9, -2.2):
            _add_wheel(shape, x, side * 1.18, side, 0.48)
    shape.box([3.95, 0, 1.1], [0.04, 1.7, 0.5], "plastic")
    _add_lights(shape, 3.93, 0.95, 0.75, -3.9, 1.0, 0.75)
    return shape


def tram_shape() -> Shape:
    """A two-part low-floor tram, 28 m long, its middle at the origin."""
    width, height = 2.65, 3.4
    shape = Shape()
    for centre in (-7.1, 7.1):
        body = Shape()
        _add_hull(body, 13.6, width, height, 0.28, nose=0.9)
        for side in (-1, 1):
            _add_panes(body, side, width / 2, np.linspace(-5.6, 5.6, 8), 1.2, 2.75, 0.08)
            for x in (-3.2, 3.4):
                body.box([x, side * (width / 2 + 0.012), 1.55], [1.3, 0.03, 2.35], "glass")
            body.box([0, side * (width / 2 + 0.006), 0.62], [12.2, 0.02, 0.35], "band")
            body.box([0, side * (width / 2 + 0.006), 3.02], [12.2, 0.02, 0.3], "band")
        body.box([0, 0, height + 0.12], [8.5, 1.7, 0.3], "roof")
        shape.merge(body, np.array([[1, 0, 0, centre], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]))
    shape.box([0, 0, 1.85], [0.9, width * 0.9, 2.9], "black")
    shape.box([0, 0, 0.25], [25, 1.9, 0.4], "black")
    for end in (-1, 1):
        _add_tram_face(shape, end)
    shape.limb([5, 0, 3.7], [6.2, 0, 4.6], (0.04, 0.04), "black")
    shape.limb([6.2, 0, 4.6], [5.2, 0, 5.45], (0.04, 0.04), "black")
    shape.box([5.2, 0, 5.47], [0.3, 1.6, 0.05], "black")
    return shape


def _add_tram_face(shape: Shape, end: int) -> None:
    x = 13.9
    shape.quad(
        [
            [end * (x - 0.03), -1.05, 1.25],
            [end * (x - 0.03), 1.05, 1.25],
            [end * (x - 0.32), 0.98, 2.65],
            [end * (x - 0.32), -0.98, 2.65],
        ],
        "glass",
    )
    shape.box([end * (x - 0.3), 0, 2.9], [0.1, 1.5, 0.26], "sign")
    for side in (-1, 1):
        shape.ball(
            [end * (x - 0.06), side * 0.9, 0.85],
            [0.07, 0.16, 0.1],
            "lamp" if end > 0 else "tail",
            6,
        )
    shape.box([end * (x - 0.05), 0, 0.5], [0.2, 1.9, 0.24], "plastic")


def _add_hull(
    shape: Shape, length: float, width: float, height: float, floor: float, nose: float
) -> None:
    """A long box with round edges whose ends lean in by `nose` metres towards the roof."""
    angles = np.linspace(0, 2 * np.pi, 28, endpoint=False) + np.pi / 28
    c, s = np.cos(angles), np.sin(angles)
    square = (np.abs(c) ** 9 + np.abs(s) ** 9) ** (-1 / 9)
    rings = []
    for share, grow in (
        (-1, 0.8),
        (-0.99, 0.92),
        (-0.97, 0.98),
        (-0.94, 1),
        (-0.5, 1),
        (0, 1),
        (0.5, 1),
        (0.94, 1),
        (0.97, 0.98),
        (0.99, 0.92),
        (1, 0.8),
    ):
        y = c * square * width / 2 * grow
        z = floor + (height - floor) * (0.5 + s * square * 0.5 * (0.6 + 0.4 * grow))
        end = np.clip((abs(share) - 0.9) / 0.1, 0, 1) * np.sign(share)
        x = share * length / 2 - end * nose * ((z - floor) / (height - floor)) ** 2
        rings.append(np.column_stack([x, y, z]))
    shape.loft(np.array(rings), "paint")


def _add_panes(
    shape: Shape, side: int, half: float, edges: Array, low: float, high: float, post: float
) -> None:
    """A row of windows a finger's width outside the wall."""
    for a, b in pairwise(edges):
        shape.box(
            [(a + b) / 2, side * (half + 0.004), (low + high) / 2],
            [b - a - post, 0.02, high - low],
            "glass",
        )


def _add_wheel(shape: Shape, x: float, y: float, side: int, radius: float) -> None:
    across = np.array([0, side, 0.0])
    middle = np.array([x, y, radius])
    shape.disc(middle - across * 0.2, across, radius * 1.16, 0.41, "black")
    shape.disc(middle - across * 0.15, across, radius, 0.33, "tyre")
    shape.disc(middle - across * 0.14, across, radius * 0.55, 0.33, "rim")


def _add_lights(
    shape: Shape,
    front: float,
    side: float,
    low: float,
    back: float,
    back_side: float,
    back_low: float,
) -> None:
    for hand in (-1, 1):
        shape.ball([front, hand * side, low], [0.06, 0.2, 0.11], "lamp", 6)
        shape.box([back, hand * back_side, back_low], [0.05, 0.2, 0.34], "tail")
    shape.box([front + 0.02, 0, 0.5], [0.03, 0.52, 0.12], "plate")
    shape.box([back - 0.02, 0, 0.6], [0.03, 0.52, 0.12], "plate")
