"""Outlines drawn as a picture: every spot a white or coloured patch on black."""

from pathlib import Path

import cv2
import numpy as np

from service.layout_import.errors import LayoutImportError
from service.layout_import.outline import Outline, outline

LEAST_AREA_PX = 30.0
SIMPLIFY_SHARE = 0.02  # of a patch's outline: corners closer to the line are none


def mask_outlines(path: Path) -> list[Outline]:
    """One outline per connected patch; raises LayoutImportError."""
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise LayoutImportError(f"{path}: is no picture that can be read")
    contours, _ = cv2.findContours(
        (image > 127).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    found: list[Outline] = []
    for contour in contours:
        if cv2.contourArea(contour) < LEAST_AREA_PX:
            continue
        corners = cv2.approxPolyDP(contour, SIMPLIFY_SHARE * cv2.arcLength(contour, True), True)
        if len(corners) < 3:
            corners = cv2.boxPoints(cv2.minAreaRect(contour))
        found.append(outline(f"{path}: patch {len(found)}", None, np.reshape(corners, (-1, 2))))
    return found
