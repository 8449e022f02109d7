"""The course of a line in metres from its beginning, and where on it a tram is."""

from dataclasses import dataclass

import numpy as np

from vision.arrays import FloatArray
from vision.errors import SettingError

EARTH_RADIUS_M = 6_371_000.0
OFF_LINE_M = 40.0  # a receiver between houses is wrong by 20 m; further off it is another street
WHEEL_SHARE = 0.01  # by which a way summed up from speeds is wrong: worn wheels, slip
PLACED_SIGMA_M = 10.0  # of a place by satellites, along the line


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where on the line the tram's front is."""

    along_m: float
    """From the line's beginning."""
    sigma_m: float
    """One standard deviation of it."""


@dataclass(frozen=True, slots=True, eq=False)
class LineCourse:
    """A line as corners on the map."""

    corners_deg: FloatArray
    """(N, 2) latitude and longitude, WGS 84, in the order of travel."""

    def __post_init__(self) -> None:
        if self.corners_deg.ndim != 2 or self.corners_deg.shape[1] != 2:
            raise SettingError(f"corners_deg must be (N, 2), got {self.corners_deg.shape}")
        if len(self.corners_deg) < 2:
            raise SettingError(f"a line needs 2 corners or more, got {len(self.corners_deg)}")

    def along_m(self, latitude_deg: float, longitude_deg: float) -> float | None:
        """How far along the line the nearest point of it is; None where the line is far away."""
        corners_m = self._to_metres(self.corners_deg)
        here_m = self._to_metres(np.array([[latitude_deg, longitude_deg]]))[0]
        begins, ways = corners_m[:-1], np.diff(corners_m, axis=0)
        lengths_m = np.linalg.norm(ways, axis=1)
        squared = np.maximum(lengths_m**2, 1e-9)
        shares = np.clip(((here_m - begins) * ways).sum(axis=1) / squared, 0, 1)
        off_m = np.linalg.norm(begins + shares[:, None] * ways - here_m, axis=1)
        nearest = int(np.argmin(off_m))
        if off_m[nearest] > OFF_LINE_M:
            return None
        return float(lengths_m[:nearest].sum() + shares[nearest] * lengths_m[nearest])

    def _to_metres(self, degrees: FloatArray) -> FloatArray:
        """(N, 2) metres north and east of the first corner; exact enough for a city."""
        first = self.corners_deg[0]
        per_degree_m = np.pi / 180 * EARTH_RADIUS_M
        scale = np.array([per_degree_m, per_degree_m * np.cos(np.radians(first[0]))])
        metres: FloatArray = (degrees - first) * scale
        return metres


def next_line_place(
    place: LinePlace | None,
    speed_mps: float | None,
    elapsed_s: float,
    measured_m: float | None = None,
) -> LinePlace | None:
    """The place after `elapsed_s` at this speed; `measured_m` along the line counts for more.

    None where the place is not known: before the first one, or after a time without a speed.
    """
    if measured_m is not None:
        return LinePlace(measured_m, PLACED_SIGMA_M)
    if place is None or speed_mps is None:
        return None
    way_m = speed_mps * elapsed_s
    return LinePlace(place.along_m + way_m, place.sigma_m + WHEEL_SHARE * abs(way_m))
