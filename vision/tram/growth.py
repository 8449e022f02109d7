"""How fast what is seen of a rigid thing grows from one picture to the next.

Its growth is its closing speed over its distance, whatever its size and wherever the horizon
is. The edges of a detector's box jump by a few per cent; points on the thing itself do not.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray

NS_PER_S = 1_000_000_000
WIDEST_PX = 160.0  # larger parts are looked at coarser
LEAST_PX = 16.0
MARGIN_SHARE = 0.15  # of the box, kept around it: the thing moves between pictures
MOST_POINTS, LEAST_POINTS = 60, 8
FLOW_WINDOW_PX, FLOW_LEVELS = 11, 2
BACK_PX = 0.7  # by which a point may miss itself when followed there and back
LEAST_APART_SHARE = 0.25  # of the box: pairs of points nearer than that tell no scale
SHIFT_SIGMA_PX = 0.25  # of a followed point
LONGEST_STEP_S = 0.5
MOST_GROWTH = 0.4  # between two pictures


@dataclass(frozen=True, slots=True)
class Growth:
    """Relative growth of one thing per second."""

    rate_per_s: float
    """Closing speed over distance; negative while it gets smaller."""
    sigma_per_s: float


def growth_of(
    before: ImageArray, now: ImageArray, box_before: FloatArray, box_now: FloatArray, step_s: float
) -> Growth | None:
    """Growth of what lies in the (4,) boxes of two (H, W, 3) pictures; None where none is seen."""
    size_px = float(box_before[2] - box_before[0])
    if not 0 < step_s <= LONGEST_STEP_S or size_px < LEAST_PX:
        return None
    area = _area(before.shape, box_before, box_now)
    shrink = min(1.0, WIDEST_PX / size_px)
    first, second = (_cut(picture, area, shrink) for picture in (before, now))
    if min(first.shape) < LEAST_PX:
        return None
    corner = np.array([area[0], area[1]], np.float64)
    inner = (np.concatenate([box_before[:2] - corner, box_before[2:] - corner]) * shrink).astype(
        int
    )
    mask = np.zeros(first.shape, np.uint8)
    mask[max(inner[1], 0) : inner[3], max(inner[0], 0) : inner[2]] = 255
    points = cv2.goodFeaturesToTrack(first, MOST_POINTS, 0.01, 4, mask=mask)
    if points is None or len(points) < LEAST_POINTS:
        return None
    here, there = _followed(first, second, points)
    if len(here) < LEAST_POINTS:
        return None
    return _growth(here, there, LEAST_APART_SHARE * size_px * shrink, step_s)


def _growth(here: FloatArray, there: FloatArray, apart_px: float, step_s: float) -> Growth | None:
    """The growth of the distances between (P, 2) points."""
    one, other = np.triu_indices(len(here), 1)
    was = np.hypot(*(here[one] - here[other]).T)
    far = was > apart_px
    if far.sum() < LEAST_POINTS:
        return None
    is_now = np.hypot(*(there[one] - there[other]).T)[far]
    ratios = np.log(np.maximum(is_now, 1e-3) / was[far])
    middle = float(np.median(ratios))
    if abs(middle) > MOST_GROWTH:
        return None
    spread = 1.4826 * float(np.median(np.abs(ratios - middle)))
    by_points = SHIFT_SIGMA_PX / float(np.median(was[far]))
    sigma = max(spread, by_points) / np.sqrt(len(here) / 4)
    return Growth(middle / step_s, float(sigma) / step_s)


def _area(
    shape: tuple[int, ...], box_before: FloatArray, box_now: FloatArray
) -> tuple[int, int, int, int]:
    low = np.minimum(box_before[:2], box_now[:2])
    high = np.maximum(box_before[2:], box_now[2:])
    margin = MARGIN_SHARE * (high - low)
    left, top = np.maximum(low - margin, 0).astype(int)
    right, bottom = np.minimum(high + margin, [shape[1], shape[0]]).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _cut(picture: ImageArray, area: tuple[int, int, int, int], shrink: float) -> ImageArray:
    left, top, right, bottom = area
    grey = cv2.cvtColor(picture[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    if shrink < 1:
        grey = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)


def _followed(
    first: ImageArray, second: ImageArray, points: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(P, 2) points of the first picture and where they are in the second, lost ones left out."""
    window = (FLOW_WINDOW_PX, FLOW_WINDOW_PX)
    settings = {"winSize": window, "maxLevel": FLOW_LEVELS}
    there, found, _ = cv2.calcOpticalFlowPyrLK(first, second, points, None, **settings)  # type: ignore[call-overload]
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(second, first, there, None, **settings)  # type: ignore[call-overload]
    miss_px = np.hypot(*(points - back).reshape(-1, 2).T)
    kept = (found.ravel() > 0) & (found_back.ravel() > 0) & (miss_px < BACK_PX)
    return points.reshape(-1, 2)[kept], there.reshape(-1, 2)[kept]
