"""Houses, trees, lamp posts, masts and other still things, as shapes."""

import numpy as np
from numpy.typing import NDArray

from sample_videos.render.shape import Shape, placed

Array = NDArray[np.float64]


def house_shape(
    rng: np.random.Generator, width_m: float, lit_share: float = 0.0, depth_m: float = 10.0
) -> Shape:
    """A house front along x, facing -y, its ground-floor middle at the origin."""
    shape = Shape()
    floors = int(rng.integers(2, 5))
    storey = float(rng.uniform(2.9, 3.4))
    height = floors * storey + 0.5
    shape.box([0, depth_m / 2, height / 2], [width_m, depth_m, height], "plaster")
    shape.box([0, -0.03, 0.3], [width_m, 0.1, 0.6], "kerbstone")
    columns = max(2, int(width_m / rng.uniform(2.0, 2.8)))
    wide, tall = float(rng.uniform(0.9, 1.3)), float(rng.uniform(1.3, 1.8))
    is_shop = bool(rng.random() < 0.5)
    for floor in range(floors):
        for column in range(columns):
            x = (column + 0.5) / columns * width_m - width_m / 2
            z = floor * storey + 1.75
            if floor == 0 and is_shop:
                _add_pane(
                    shape, x, 1.5, width_m / columns * 0.82, 2.1, rng, max(lit_share, 0) * 1.5
                )
            elif floor == 0 and column == columns // 2:
                shape.box([x, -0.02, 1.15], [1.1, 0.08, 2.3], "door")
            else:
                _add_pane(shape, x, z, wide, tall, rng, lit_share)
    if is_shop:
        shape.box([0, -0.1, 2.85], [width_m * 0.9, 0.16, 0.5], "awning")
    if rng.random() < 0.6:
        _add_gable(shape, width_m, depth_m, height, "tiles" if rng.random() < 0.6 else "slate")
    else:
        shape.box([0, depth_m / 2, height + 0.2], [width_m + 0.3, depth_m + 0.3, 0.4], "frame")
    return shape


def _add_pane(
    shape: Shape, x: float, z: float, wide: float, tall: float, rng: np.random.Generator, lit: float
) -> None:
    shape.box([x, -0.02, z], [wide + 0.16, 0.06, tall + 0.16], "frame")
    shape.box([x, -0.05, z], [wide, 0.04, tall], "window_lit" if rng.random() < lit else "glass")
    shape.box([x, -0.075, z], [0.05, 0.02, tall], "frame")


def _add_gable(shape: Shape, width: float, depth: float, base: float, paint: str) -> None:
    rise = depth * 0.35
    w, d = width / 2 + 0.15, depth + 0.3
    corners = np.array(
        [
            [-w, -0.35, base],
            [w, -0.35, base],
            [w, d, base],
            [-w, d, base],
            [-w, d / 2, base + rise],
            [w, d / 2, base + rise],
        ]
    )
    shape.add(corners, [(0, 1, 5, 4), (2, 3, 4, 5), (0, 4, 3), (1, 2, 5)], paint, smooth=False)


def tree_shape(rng: np.random.Generator, height_m: float = 6.5) -> Shape:
    """A street tree: a trunk, some boughs and a crown of small leaves."""
    shape = Shape()
    fork = height_m * 0.38
    shape.limb([0, 0, 0], [0, 0, fork], (0.16, 0.12), "bark")
    crown = np.array([0, 0, height_m * 0.66])
    clumps = []
    for turn in np.linspace(0, 2 * np.pi, 6, endpoint=False):
        out = np.array([np.cos(turn), np.sin(turn), 0]) * height_m * 0.17
        tip = crown + out + [0, 0, rng.uniform(-0.12, 0.1) * height_m]
        shape.limb([0, 0, fork], tip, (0.08, 0.03), "bark")
        clumps.append((tip, height_m * rng.uniform(0.13, 0.18)))
    clumps.append((crown + [0, 0, height_m * 0.15], height_m * 0.17))
    corners, faces = [], []
    for middle, radius in clumps:
        for _ in range(330):
            way = rng.normal(size=3)
            way /= np.linalg.norm(way)
            at = middle + way * radius * rng.uniform(0.55, 1.05)
            u = np.cross(way + rng.normal(0, 0.6, 3), rng.normal(size=3))
            u /= np.linalg.norm(u)
            v = np.cross(way, u)
            size = rng.uniform(0.07, 0.16) * height_m / 6.5
            n = len(corners)
            corners += [at - u * size, at + v * size, at + u * size, at - v * size]
            faces.append((n, n + 1, n + 2, n + 3))
    shape.add(np.array(corners), faces, "leaf", smooth=False)
    return shape


def lamp_post_shape(height_m: float = 7.0, arm_m: float = 1.2) -> Shape:
    """A lamp post whose arm reaches along +x."""
    shape = Shape()
    shape.limb([0, 0, 0], [0, 0, height_m], (0.08, 0.05), "mast")
    shape.limb([0, 0, height_m], [arm_m, 0, height_m + 0.15], (0.04, 0.03), "mast")
    shape.box([arm_m, 0, height_m + 0.12], [0.6, 0.25, 0.1], "mast")
    shape.box([arm_m, 0, height_m + 0.06], [0.45, 0.18, 0.03], "street_lamp")
    return shape


def mast_shape(reach_m: float, height_m: float = 7.0) -> Shape:
    """A catenary mast with a bracket that reaches along +x over the track."""
    shape = Shape()
    shape.limb([0, 0, 0], [0, 0, height_m], (0.12, 0.09), "mast")
    shape.limb([0, 0, 6.2], [reach_m + 0.4, 0, 6.2], (0.035, 0.03), "mast")
    shape.limb([0, 0, height_m - 0.1], [reach_m * 0.7, 0, 6.2], (0.015, 0.015), "mast")
    shape.limb([reach_m, 0, 6.2], [reach_m, 0, 5.6], (0.02, 0.02), "mast")
    return shape


def shelter_shape() -> Shape:
    """A stop's shelter, open towards -y, 4 m long."""
    shape = Shape()
    shape.box([0, 0.6, 2.5], [4.2, 1.5, 0.1], "mast")
    for x in (-2, -0.7, 0.7, 2):
        shape.box([x, 1.2, 1.25], [0.07, 0.07, 2.5], "mast")
    shape.box([0, 1.22, 1.3], [4.0, 0.03, 1.9], "glass")
    shape.box([0, 0.9, 0.5], [2.2, 0.4, 0.08], "door")
    shape.box([1.4, 1.18, 1.4], [1.0, 0.05, 1.5], "awning")
    return shape


def sign_post_shape() -> Shape:
    """A round traffic sign on a pole, facing -x."""
    shape = Shape()
    shape.limb([0, 0, 0], [0, 0, 2.6], (0.03, 0.03), "mast")
    shape.disc([-0.04, 0, 2.4], [1, 0, 0], 0.3, 0.02, "red_sign")
    shape.disc([-0.055, 0, 2.4], [1, 0, 0], 0.22, 0.02, "marking")
    return shape


def hedge_shape(length_m: float, height_m: float = 1.1) -> Shape:
    """A clipped hedge along x."""
    shape = Shape()
    shape.box([0, 0, height_m / 2], [length_m, 0.8, height_m], "hedge")
    return shape


def row_of_houses(
    rng: np.random.Generator, length_m: float, lit_share: float = 0.0
) -> list[tuple[float, Shape]]:
    """Houses side by side over a length: (distance of the middle, shape)."""
    out, at = [], 0.0
    while at < length_m:
        width = float(rng.uniform(8, 14))
        out.append((at + width / 2, house_shape(rng, width, lit_share)))
        at += width + (float(rng.uniform(2, 5)) if rng.random() < 0.15 else 0.02)
    return out


def turned(shape: Shape, x: float, y: float, heading_rad: float, z: float = 0.0) -> Shape:
    """A copy of a shape put in its place."""
    out = Shape()
    out.merge(shape, placed(x, y, z, heading_rad))
    return out
