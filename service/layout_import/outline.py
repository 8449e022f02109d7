"""One outline of another tool."""

from dataclasses import dataclass, replace

import numpy as np

from service.layout_import.errors import LayoutImportError
from vision.arrays import FloatArray
from vision.polygons import polygon_fault


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A named polygon in px, or in degrees where it comes from a map."""

    name: str
    """Empty where the file gives none."""
    polygon: FloatArray
    """(K, 2)"""
    group: str = ""
    drawn_px: tuple[int, int] | None = None
    """Width and height of the picture on which it was drawn, where the file gives them."""

    def scaled(self, factor: float) -> "Outline":
        """The same outline on a picture `factor` times as large."""
        larger = replace(self, polygon=self.polygon * factor)
        if self.drawn_px is None:
            return larger
        width_px, height_px = self.drawn_px
        return replace(larger, drawn_px=(round(width_px * factor), round(height_px * factor)))


def outline(
    where: str,
    name: object,
    points: object,
    group: object = "",
    drawn_px: tuple[int, int] | None = None,
) -> Outline:
    """A checked outline; raises LayoutImportError that begins with `where`."""
    try:
        polygon = np.array(points, np.float64)
    except (TypeError, ValueError):
        raise LayoutImportError(f"{where}: wanted pairs of numbers, got {points!r:.60}") from None
    if polygon.ndim == 2 and len(polygon) > 3 and np.array_equal(polygon[0], polygon[-1]):
        polygon = polygon[:-1]  # closed rings repeat their first corner
    fault = polygon_fault(polygon)
    if fault is not None:
        raise LayoutImportError(f"{where}: the outline {fault}")
    return Outline(
        "" if name is None else str(name), polygon, "" if group is None else str(group), drawn_px
    )


def size_px(width: object, height: object) -> tuple[int, int] | None:
    """The size of a picture as a file gives it; None where it gives none."""
    try:
        size = int(str(width)), int(str(height))
    except ValueError:
        return None
    return size if min(size) > 0 else None
