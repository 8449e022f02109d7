"""A solid put together from rounded parts, as plain arrays of corners and faces."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(slots=True)
class Shape:
    """Corners, faces and the paint of every face; parts are added one after another."""

    corners: list[Array] = field(default_factory=list)
    faces: list[tuple[int, ...]] = field(default_factory=list)
    paints: list[str] = field(default_factory=list)
    is_smooth: list[bool] = field(default_factory=list)
    n_corners: int = 0

    def add(
        self, corners: Array, faces: list[tuple[int, ...]], paint: str, smooth: bool = True
    ) -> None:
        """Add faces that index their own `corners` (N, 3)."""
        start = self.n_corners
        self.corners.append(np.asarray(corners, float))
        self.n_corners += len(corners)
        self.faces += [tuple(i + start for i in face) for face in faces]
        self.paints += [paint] * len(faces)
        self.is_smooth += [smooth] * len(faces)

    def merge(self, other: "Shape", matrix: Array | None = None) -> None:
        """Add another shape, moved by a (4, 4) matrix."""
        start = self.n_corners
        points = other.points()
        if matrix is not None:
            points = points @ matrix[:3, :3].T + matrix[:3, 3]
        self.corners.append(points)
        self.n_corners += len(points)
        self.faces += [tuple(i + start for i in face) for face in other.faces]
        self.paints += other.paints
        self.is_smooth += other.is_smooth

    def points(self) -> Array:
        """All corners, (N, 3) in metres."""
        return np.vstack(self.corners) if self.corners else np.zeros((0, 3))

    def triangles(self) -> NDArray[np.int64]:
        """Faces cut into fans of triangles, (T, 3) of corners."""
        return np.array([(f[0], f[i], f[i + 1]) for f in self.faces for i in range(1, len(f) - 1)])

    def box(self, centre: Array, size: Array, paint: str) -> None:
        """A plain box with its sides along the axes."""
        signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
        faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
        self.add(np.asarray(centre) + signs * np.asarray(size) / 2, faces, paint, smooth=False)

    def quad(self, corners: Array, paint: str) -> None:
        """One flat face with any number of corners."""
        self.add(corners, [tuple(range(len(corners)))], paint, smooth=False)

    def loft(self, rings: Array, paint: str, closed: bool = True, smooth: bool = True) -> None:
        """A skin over rings (R, K, 3) of equally many corners, with both ends closed."""
        count, around = rings.shape[:2]
        faces: list[tuple[int, ...]] = []
        for r in range(count - 1):
            for k in range(around if closed else around - 1):
                n = (k + 1) % around
                a, b = r * around, (r + 1) * around
                faces.append((a + k, a + n, b + n, b + k))
        if closed:
            faces.append(tuple(range(around))[::-1])
            faces.append(tuple((count - 1) * around + k for k in range(around)))
        self.add(rings.reshape(-1, 3), faces, paint, smooth)

    def limb(self, start: Array, end: Array, radii: tuple[float, float], paint: str) -> None:
        """A tapered bar with rounded ends between two points."""
        start, end = np.asarray(start, float), np.asarray(end, float)
        axis = end - start
        length = float(np.linalg.norm(axis)) or 1e-6
        axis = axis / length
        across, up = _frame_of(axis)
        angles = np.linspace(0, 2 * np.pi, 8, endpoint=False)
        circle = np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * up
        rings = []
        for share, grow, radius in (
            (-0.85, 0.5, radii[0]),
            (-0.4, 0.9, radii[0]),
            (0, 1, radii[0]),
        ):
            rings.append(start + axis * share * radius + circle * grow * radius)
        for share, grow, radius in ((0, 1, radii[1]), (0.4, 0.9, radii[1]), (0.85, 0.5, radii[1])):
            rings.append(end + axis * share * radius + circle * grow * radius)
        self.loft(np.array(rings), paint)

    def ball(self, centre: Array, radii: Array, paint: str, rows: int = 7) -> None:
        """An ellipsoid."""
        polar = np.linspace(0.12, np.pi - 0.12, rows)
        angles = np.linspace(0, 2 * np.pi, 10, endpoint=False)
        unit = np.array(
            [
                np.column_stack(
                    [
                        np.sin(p) * np.cos(angles),
                        np.sin(p) * np.sin(angles),
                        np.full_like(angles, -np.cos(p)),
                    ]
                )
                for p in polar
            ]
        )
        self.loft(np.asarray(centre) + unit * np.asarray(radii), paint)

    def disc(
        self, centre: Array, axis: Array, radius: float, depth: float, paint: str, sides: int = 20
    ) -> None:
        """A flat cylinder around `axis`, `depth` thick, its middle at `centre`."""
        axis = np.asarray(axis, float) / np.linalg.norm(axis)
        across, up = _frame_of(axis)
        angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
        circle = (np.cos(angles)[:, None] * across + np.sin(angles)[:, None] * up) * radius
        centre = np.asarray(centre, float)
        rings = np.array([centre - axis * depth / 2 + circle, centre + axis * depth / 2 + circle])
        self.loft(rings, paint, smooth=False)

    def ring(self, centre: Array, axis: Array, radius: float, thick: float, paint: str) -> None:
        """A tyre without its wheel: a torus around `axis`."""
        axis = np.asarray(axis, float) / np.linalg.norm(axis)
        across, up = _frame_of(axis)
        corners, faces, around, tube = [], [], 24, 5
        for a in np.linspace(0, 2 * np.pi, around, endpoint=False):
            out = np.cos(a) * across + np.sin(a) * up
            corners += [
                np.asarray(centre) + out * (radius + thick * np.cos(b)) + axis * thick * np.sin(b)
                for b in np.linspace(0, 2 * np.pi, tube, endpoint=False)
            ]
        for i in range(around):
            for j in range(tube):
                n, m = (i + 1) % around, (j + 1) % tube
                faces.append((i * tube + j, n * tube + j, n * tube + m, i * tube + m))
        self.add(np.array(corners), faces, paint)


def _frame_of(axis: Array) -> tuple[Array, Array]:
    """Two directions square to `axis` and to each other."""
    helper = np.array([0.0, 0.0, 1.0]) if abs(axis[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    across = np.cross(axis, helper)
    across /= np.linalg.norm(across)
    return across, np.cross(axis, across)


def placed(x: float, y: float, z: float = 0.0, heading_rad: float = 0.0) -> Array:
    """The (4, 4) matrix that puts a shape at a point, turned about the vertical."""
    c, s = np.cos(heading_rad), np.sin(heading_rad)
    return np.array([[c, -s, 0, x], [s, c, 0, y], [0, 0, 1, z], [0, 0, 0, 1.0]])
