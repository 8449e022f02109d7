"""Where on the map the ground of a camera's picture lies, by four points or more that are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np
from pydantic import AfterValidator, Field, field_validator

from service.site.block import Block, Number, Pixel
from vision.arrays import FloatArray

METRES_PER_DEGREE = 111_320.0  # of latitude; of longitude times the cosine of the latitude
LEAST_SPREAD = 1e-3  # of the points' triangle areas: less is a line


def _on_earth(lonlat: tuple[float, float]) -> tuple[float, float]:
    if not (-180 <= lonlat[0] <= 180 and -85 <= lonlat[1] <= 85):
        raise ValueError(f"wanted longitude, latitude in degrees, got {list(lonlat)}")
    return lonlat


LonLat = Annotated[tuple[Number, Number], AfterValidator(_on_earth)]


class MapPointBlock(Block):
    """One point on the ground, in the picture and on the map."""

    pixel: tuple[Pixel, Pixel] = Field(description="x, y in px of the picture.")
    lonlat: LonLat = Field(description="Longitude and latitude in degrees, WGS 84.")


class MapBlock(Block):
    """Places the ground of a camera's picture on the map."""

    points: list[MapPointBlock] = Field(min_length=4)

    @field_validator("points")
    @classmethod
    def _spread_out(cls, points: list[MapPointBlock]) -> list[MapPointBlock]:
        for name in ("pixel", "lonlat"):
            corners = np.array([getattr(each, name) for each in points], np.float64)
            if _flattest(corners) < LEAST_SPREAD:
                raise ValueError(f"no three points may lie on one line, see {name}")
        return points

    def ground_map(self) -> "GroundMap":
        """As the service works with it."""
        return GroundMap.from_points(
            [each.pixel for each in self.points], [each.lonlat for each in self.points]
        )


@dataclass(frozen=True, slots=True, eq=False)
class GroundMap:
    """A plane seen by a camera, and where it is on earth."""

    to_metres: FloatArray
    """(3, 3) from px to metres east and north of the origin."""
    origin_lonlat: tuple[float, float]
    pixels: tuple[tuple[float, float], ...]
    """The points it was made from."""
    place_lonlats: tuple[tuple[float, float], ...]

    def scaled(self, factor: float) -> "GroundMap":
        """The same ground in pictures `factor` times as large."""
        pixels = [(factor * x, factor * y) for x, y in self.pixels]
        return GroundMap.from_points(pixels, self.place_lonlats)

    @classmethod
    def from_points(
        cls,
        pixels: Sequence[tuple[float, float]],
        lonlats: Sequence[tuple[float, float]],
    ) -> "GroundMap":
        """The plane through four points or more; ValueError where they do not span one."""
        places = np.array(lonlats, np.float64)
        origin = places.mean(axis=0)
        metres = (places - origin) * _metres_per_degree(origin[1])
        homography, _ = cv2.findHomography(np.array(pixels, np.float64), metres)
        if homography is None:
            raise ValueError("the points do not span a plane")
        return cls(
            np.asarray(homography),
            (float(origin[0]), float(origin[1])),
            tuple(pixels),
            tuple(lonlats),
        )

    def pixels_of(self, lonlats: FloatArray) -> FloatArray:
        """(N, 2) px of (N, 2) longitude and latitude."""
        origin = np.array(self.origin_lonlat)
        metres = (np.asarray(lonlats, np.float64) - origin) * _metres_per_degree(origin[1])
        back = np.linalg.inv(self.to_metres)
        return np.asarray(cv2.perspectiveTransform(metres.reshape(-1, 1, 2), back)).reshape(-1, 2)

    def lonlats(self, points: FloatArray) -> FloatArray:
        """(N, 2) longitude and latitude of (N, 2) px."""
        pixels = np.asarray(points, np.float64).reshape(-1, 1, 2)
        metres = np.asarray(cv2.perspectiveTransform(pixels, self.to_metres)).reshape(-1, 2)
        origin = np.array(self.origin_lonlat)
        return np.asarray(origin + metres / _metres_per_degree(origin[1]))


def _metres_per_degree(latitude_deg: float) -> FloatArray:
    """(2,) metres per degree of longitude and of latitude."""
    return METRES_PER_DEGREE * np.array([np.cos(np.radians(latitude_deg)), 1.0])


def _flattest(points: FloatArray) -> float:
    """Area of the flattest triangle of any three points, in squares of their spread."""
    spread = float(np.ptp(points, axis=0).max())
    areas = [
        abs(np.linalg.det(np.array([b - a, c - a]))) / 2
        for i, a in enumerate(points)
        for j, b in enumerate(points[:i])
        for c in points[:j]
    ]
    return min(areas) / spread**2 if spread else 0.0
