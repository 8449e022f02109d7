"""Vehicles set before a spot, so that they hide a part of it as those of the next row do.

Without them a network learns occlusion only at the angles of the lots that it was trained on.
"""

import cv2
import numpy as np

from models.training.parking.spot_view import draw_mask

Rng = np.random.Generator
TRIES = 6
HIDDEN_LEAST, HIDDEN_MOST = 0.12, 0.6  # of the spot's ground
SHARED_MOST = 0.12  # of the spot's ground that the vehicle may stand on
BEFORE_LEAST = 0.25  # of the spot's height in the picture, from centre to centre
BODY = 0.95  # of its spot that a vehicle fills
EDGE_PX = 1.2  # over which it fades into the picture


def occlude(
    patch: np.ndarray, polygon: np.ndarray, other: np.ndarray, other_polygon: np.ndarray, rng: Rng
) -> np.ndarray:
    """The patch with the vehicle of another occupied one, of the same place, before its spot.

    Both outlines lie on the ground; what stands on the other one is taken to fill it, up to a
    height drawn at random. The patch itself where no place is found for it.
    """
    width, depth = np.ptp(polygon, axis=0)
    rise = rng.uniform(0.15, 0.4) * np.ptp(other_polygon, axis=0).max()
    body = _hull(np.concatenate([other_polygon, other_polygon - [0, rise]]))
    body = body.mean(0) + BODY * (body - body.mean(0))
    spot = _hull(polygon)
    area = cv2.contourArea(spot)
    for _ in range(TRIES):
        scale = float(np.exp(rng.normal(0.05, 0.08)))
        before = rng.uniform(0.3, 1.1) * depth + rng.uniform(0, 0.5) * rise
        aside = rng.normal(0, 0.3) * max(width, depth)
        offset = other_polygon.mean(0) * (1 - scale) + [aside, before]
        ground = other_polygon * scale + offset
        hidden = _shared_area(spot, _hull(body * scale + offset)) / area
        if (
            HIDDEN_LEAST < hidden < HIDDEN_MOST
            and _shared_area(spot, _hull(ground)) < SHARED_MOST * area
            and (ground - polygon).mean(0)[1] > BEFORE_LEAST * depth
        ):
            return _set_before(patch, other, body, scale, offset)
    return patch


def _set_before(
    patch: np.ndarray, other: np.ndarray, body: np.ndarray, scale: float, offset: np.ndarray
) -> np.ndarray:
    size = patch.shape[1::-1]
    matrix = np.array([[scale, 0, offset[0]], [0, scale, offset[1]]])
    cover = cv2.GaussianBlur(draw_mask(body * scale + offset, size[0]), (0, 0), EDGE_PX)
    moved = cv2.warpAffine(other, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    share = cover.astype(np.float32) / 255
    return cv2.blendLinear(moved, np.ascontiguousarray(patch), share, 1 - share)


def _hull(points: np.ndarray) -> np.ndarray:
    return cv2.convexHull(points.astype(np.float32))[:, 0]


def _shared_area(one: np.ndarray, other: np.ndarray) -> float:
    return float(cv2.intersectConvexConvex(one, other)[0])
