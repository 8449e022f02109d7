"""What may lie on a track and belongs to no class: a branch, a pallet, a bin, a sofa, rubble.

Every shape stands with its middle at the origin, its length along +x; its look never changes
between runs.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from sample_videos.render.shape import Shape

Array = NDArray[np.float64]


def branch_shape() -> Shape:
    """A bough, 3.4 m long, torn off with its leaves."""
    rng, shape = np.random.default_rng(7), Shape()
    butt, tip = np.array([-1.6, 0.1, 0.1]), np.array([1.5, -0.1, 0.34])
    shape.limb(butt, tip, (0.085, 0.03), "bark")
    corners: list[Array] = []
    for share in np.linspace(0.3, 0.95, 9):
        root = butt + share * (tip - butt)
        side = 1.0 if rng.random() < 0.5 else -1.0
        out = np.array([rng.uniform(0.15, 0.5), side * rng.uniform(0.3, 0.6), rng.uniform(0, 0.4)])
        end = root + out
        shape.limb(root, end, (0.028, 0.01), "bark")
        for _ in range(90):
            at = root + rng.uniform(0.35, 1.15) * out + rng.normal(0, [0.16, 0.16, 0.12])
            at[2] = max(at[2], 0.04)
            corners += _leaf(at, float(rng.uniform(0.035, 0.08)), rng)
    faces = [(i, i + 1, i + 2, i + 3) for i in range(0, len(corners), 4)]
    shape.add(np.array(corners), faces, "leaf", smooth=False)
    return shape


def _leaf(at: Array, size_m: float, rng: np.random.Generator) -> list[Array]:
    along = rng.normal(size=3)
    along /= np.linalg.norm(along)
    across = np.cross(along, rng.normal(size=3))
    across /= np.linalg.norm(across)
    return [at - along * size_m, at + across * size_m, at + along * size_m, at - across * size_m]


def pallet_shape() -> Shape:
    """A loading pallet, 1.2 by 0.8 m, with three crates left on it."""
    shape = Shape()
    for x in (-0.53, 0, 0.53):
        shape.box([x, 0, 0.06], [0.14, 0.8, 0.1], "plank")
    for y in np.linspace(-0.35, 0.35, 5):
        shape.box([0, y, 0.125], [1.2, 0.12, 0.025], "plank")
    for x, y, z, turn in ((-0.3, 0.08, 0.3, 0.0), (0.27, -0.1, 0.3, 0.0), (-0.22, 0.02, 0.62, 1.0)):
        shape.box([x, y, z], [0.5 + 0.05 * turn, 0.42, 0.3], "crate")
        shape.box([x, y, z + 0.155], [0.44, 0.36, 0.01], "black")
    return shape


def bin_shape() -> Shape:
    """A bin of a stop, torn off its post and lying open on its side."""
    shape = Shape()
    shape.disc([-0.28, 0, 0.24], [1, 0, 0], 0.24, 0.75, "bin")
    shape.disc([0.1, 0, 0.24], [1, 0, 0], 0.21, 0.02, "black")
    shape.disc([0.34, 0.28, 0.05], [0.2, 0.1, 1], 0.24, 0.03, "bin")
    for x, y, size in ((0.32, -0.1, 0.14), (0.57, 0.1, 0.1), (0.47, -0.32, 0.17)):
        shape.ball([x, y, size * 0.7], [size, size * 0.8, size * 0.7], "crate", 5)
    return shape


def sofa_shape() -> Shape:
    """A sofa that fell off a lorry, 1.9 m long."""
    shape = Shape()
    shape.box([0, 0, 0.24], [1.9, 0.85, 0.32], "cloth")
    shape.box([0, 0.34, 0.55], [1.9, 0.2, 0.5], "cloth")
    for x in (-0.86, 0.86):
        shape.box([x, 0, 0.42], [0.2, 0.85, 0.4], "cloth")
        shape.box([x, 0, 0.04], [0.08, 0.6, 0.08], "black")
    for x in (-0.38, 0.38):
        shape.box([x, -0.06, 0.46], [0.72, 0.62, 0.14], "cloth")
    return shape


def rubble_shape() -> Shape:
    """A heap of broken concrete, 1.6 m wide and knee-high."""
    rng, shape = np.random.default_rng(11), Shape()
    for _ in range(46):
        far = rng.uniform(0, 1) ** 0.7
        turn, size = rng.uniform(0, 2 * np.pi), rng.uniform(0.08, 0.22)
        at = [0.8 * far * np.cos(turn), 0.6 * far * np.sin(turn), 0.4 * (1 - far) + size * 0.4]
        shape.ball(at, [size, size * rng.uniform(0.5, 1), size * 0.6], "broken", 4)
    return shape


SHAPES: Mapping[str, Callable[[], Shape]] = {
    "branch": branch_shape,
    "pallet": pallet_shape,
    "bin": bin_shape,
    "sofa": sofa_shape,
    "rubble": rubble_shape,
}
SIZES_M: Mapping[str, tuple[float, float]] = {
    "branch": (3.4, 1.3),
    "pallet": (1.2, 0.8),
    "bin": (1.4, 1.0),
    "sofa": (1.9, 0.9),
    "rubble": (1.7, 1.3),
}
"""Length and width on the ground."""
COLOURS: Mapping[str, tuple[float, float, float]] = {
    "plank": (0.42, 0.28, 0.15),
    "crate": (0.5, 0.42, 0.3),
    "bin": (0.06, 0.16, 0.09),
    "cloth": (0.28, 0.12, 0.09),
    "broken": (0.36, 0.34, 0.31),
}
"""Of their paints, where a scene names no other."""
