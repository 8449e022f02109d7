"""One outline of another tool."""

from dataclasses import dataclass

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


def outline(where: str, name: object, points: object, group: object = "") -> Outline:
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
    return Outline("" if name is None else str(name), polygon, "" if group is None else str(group))
