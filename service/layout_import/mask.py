"""Outlines drawn as a picture: every spot a white or coloured patch on black."""

from pathlib import Path

import cv2
import numpy as np
import shapely

from service.layout_import.errors import LayoutImportError
from service.layout_import.outline import Outline, outline
from streams.picture_file import read_picture
from vision.arrays import FloatArray, ImageArray

DARKEST_PATCH = 127  # of the brightest colour channel: as grey, pure blue would be nearly black
LEAST_AREA_PX = 30.0
MOST_PATCHES = 5000  # more is noise, not a lot
SIMPLIFY_SHARE = 0.02  # of a patch's outline: corners closer to the line are none


def mask_outlines(path: Path) -> list[Outline]:
    """One outline per connected patch; raises LayoutImportError."""
    image = read_picture(path)
    if image is None:
        raise LayoutImportError(f"{path}: is no picture that can be read")
    return outlines_in(image, str(path))


def outlines_in(image: ImageArray, name: str) -> list[Outline]:
    """One outline per connected patch of a mask (H, W, 3); `name` is for refusals."""
    is_patch = np.maximum.reduce(cv2.split(image)) > DARKEST_PATCH
    contours, _ = cv2.findContours(
        is_patch.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    if len(contours) > MOST_PATCHES:
        raise LayoutImportError(f"{name}: wanted up to {MOST_PATCHES} patches, got {len(contours)}")
    found: list[Outline] = []
    for contour in contours:
        if cv2.contourArea(contour) < LEAST_AREA_PX:
            continue
        where = f"{name}: patch {len(found)}"
        found.append(outline(where, None, _corners(contour), drawn_px=is_patch.shape[::-1]))
    return found


def _corners(contour: ImageArray | cv2.Mat) -> FloatArray:
    """(K, 2) of a patch; lines that run out of it are left off, as by a brush that slipped."""
    corners = cv2.approxPolyDP(contour, SIMPLIFY_SHARE * cv2.arcLength(contour, True), True)
    ground = shapely.Polygon(corners.reshape(-1, 2)) if len(corners) > 2 else shapely.Polygon()
    if not ground.is_valid:
        ground = max(shapely.get_parts(ground.buffer(0)), key=shapely.area, default=ground)
    if ground.area == 0:
        return np.asarray(cv2.boxPoints(cv2.minAreaRect(contour)), np.float64)
    return np.array(ground.exterior.coords[:-1])
