"""What the network sees of a patch: a square around the outline, and the outline as a mask.

`vision.parking.spot_view` cuts the same view at run time; a test holds the two together.
"""

from dataclasses import dataclass

import cv2
import numpy as np

SUBPIXEL_BITS = 3


@dataclass(frozen=True, slots=True)
class ViewShape:
    """What a network sees of a spot."""

    size_px: int
    sides: float = 1.3
    """Side of the view in lengths of the spot's longer side."""
    rise: float = 0.05
    """How far the view is moved up, in the same unit: vehicles stand above ground."""


def view_square(polygon: np.ndarray, shape: ViewShape) -> tuple[float, float, float]:
    """Left, top and side of the view in px."""
    low, high = polygon.min(0), polygon.max(0)
    longer = float((high - low).max())
    side = shape.sides * longer
    centre_x, centre_y = (low + high) / 2
    return float(centre_x - side / 2), float(centre_y - side / 2 - shape.rise * longer), side


def draw_mask(polygon: np.ndarray, size_px: int) -> np.ndarray:
    """(size_px, size_px) uint8, 255 inside the outline, soft at its edge.

    Corners are in the frame where pixel i covers [i, i + 1).
    """
    mask = np.zeros((size_px, size_px), np.uint8)
    corners = np.round((polygon - 0.5) * (1 << SUBPIXEL_BITS)).astype(np.int32)
    return cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, SUBPIXEL_BITS)


def warp_view(
    patch: np.ndarray, polygon: np.ndarray, shape: ViewShape, distortion: np.ndarray | None = None
) -> np.ndarray:
    """(S, S, 4) uint8: the view's BGR and its mask, S = shape.size_px.

    `distortion` is a 3×3 homography of the unit square, applied to what is seen.
    """
    size_px = shape.size_px
    left, top, side = view_square(polygon, shape)
    to_unit = np.array([[1 / side, 0, -left / side], [0, 1 / side, -top / side], [0, 0, 1]])
    scale = np.diag([size_px, size_px, 1.0])
    matrix = scale @ (np.eye(3) if distortion is None else distortion) @ to_unit
    # cv2 counts from pixel centres
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    centred = np.linalg.inv(half) @ matrix @ half
    seen = cv2.warpPerspective(
        patch,
        centred,
        (size_px, size_px),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(114, 114, 114),
    )
    corners = cv2.perspectiveTransform(polygon[None].astype(np.float64), matrix)[0]
    return np.dstack([seen, draw_mask(corners, size_px)])
