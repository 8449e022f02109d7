"""Where the spots of one camera lie in its picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import shapely

from vision.arrays import FloatArray
from vision.errors import LayoutError
from vision.frame import scale_between
from vision.polygons import is_inside_image, polygon_fault


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """One place for one vehicle."""

    spot_id: str
    lot_id: str
    group: str
    """Who may park here: general, disabled, charging, …"""
    polygon: FloatArray
    """(K, 2) outline on the ground in px of the picture."""
    is_closed: bool = False
    """Taken out of service by the operator."""

    def __post_init__(self) -> None:
        fault = polygon_fault(self.polygon)
        if fault is not None:
            raise LayoutError(f"polygon of spot {self.spot_id} {fault}")


class ZoneKind(StrEnum):
    """Ground on which nobody may stop."""

    LANE = "lane"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """A lane or forbidden area."""

    zone_id: str
    kind: ZoneKind
    polygon: FloatArray
    """(K, 2) outline on the ground in px of the picture."""
    max_stop_s: float = 60.0
    """A vehicle that stands longer is told."""

    def __post_init__(self) -> None:
        fault = polygon_fault(self.polygon)
        if fault is not None:
            raise LayoutError(f"polygon of zone {self.zone_id} {fault}")


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """All spots that one camera sees."""

    camera_id: str
    version: int
    spots: tuple[Spot, ...]
    zones: tuple[Zone, ...] = ()
    drawn_px: tuple[int, int] | None = None
    """Width and height of the picture on which it was drawn; None where nobody said so."""

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for spot in self.spots:
            if spot.spot_id in seen:
                raise LayoutError(f"spot {spot.spot_id} of camera {self.camera_id} is given twice")
            seen.add(spot.spot_id)

    @property
    def polygons(self) -> Sequence[FloatArray]:
        """One (K, 2) outline per spot, in the layout's order."""
        return [spot.polygon for spot in self.spots]

    def check_inside(self, width_px: int, height_px: int) -> None:
        """Raise LayoutError naming the first spot that leaves a picture of this size."""
        for spot in self.spots:
            if not is_inside_image(spot.polygon, width_px, height_px):
                corners = np.round(spot.polygon).astype(int).tolist()
                raise LayoutError(
                    f"spot {spot.spot_id} of camera {self.camera_id} leaves the picture of "
                    f"{width_px}x{height_px} px: {corners}"
                )

    def check_fits(self, width_px: int, height_px: int) -> None:
        """Raise LayoutError where it cannot be a layout of pictures of this size.

        They have another shape than the picture on which it was drawn, or a spot leaves that one.
        """
        self.scaled_to(width_px, height_px)
        self.check_inside(*(self.drawn_px or (width_px, height_px)))

    def overlaps(self, least_share: float) -> list[tuple[str, str, float]]:
        """Pairs of spots that share more than this part of the smaller one's area, and the part."""
        ground = np.array([shapely.Polygon(spot.polygon) for spot in self.spots], object)
        one, other = shapely.STRtree(ground).query(ground, predicate="intersects")
        one, other = one[one < other], other[one < other]
        shared = shapely.area(shapely.intersection(ground[one], ground[other]))
        share = shared / np.minimum(shapely.area(ground[one]), shapely.area(ground[other]))
        names = [spot.spot_id for spot in self.spots]
        return [
            (names[a], names[b], float(part))
            for a, b, part in zip(one, other, share, strict=True)
            if part > least_share
        ]

    def scaled(self, factor: float) -> "Layout":
        """The same layout on pictures `factor` times as large."""
        larger = self.moved(lambda polygon: polygon * factor)
        if self.drawn_px is None:
            return larger
        width_px, height_px = self.drawn_px
        return replace(larger, drawn_px=(round(width_px * factor), round(height_px * factor)))

    def scaled_to(self, width_px: int, height_px: int) -> "Layout":
        """The same layout on pictures of this size; as it is where it does not say its own.

        Raises LayoutError where they have another shape than the picture on which it was drawn.
        """
        if self.drawn_px is None:
            return self
        scale = scale_between(self.drawn_px, (width_px, height_px))
        if scale is None:
            drawn = "x".join(map(str, self.drawn_px))
            raise LayoutError(
                f"the spots of camera {self.camera_id} were drawn on a picture of {drawn} px, "
                f"which has another shape than one of {width_px}x{height_px} px"
            )
        return self if scale == 1 else self.scaled(scale)

    def moved(self, place: Callable[[FloatArray], FloatArray]) -> "Layout":
        """The same layout with every (K, 2) outline where `place` puts it."""
        return replace(
            self,
            spots=tuple(replace(spot, polygon=place(spot.polygon)) for spot in self.spots),
            zones=tuple(replace(zone, polygon=place(zone.polygon)) for zone in self.zones),
        )
