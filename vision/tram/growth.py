"""How fast what is seen of a rigid thing grows in the pictures.

Its growth is its closing speed over its distance, whatever its size and wherever the horizon
is. The edges of a detector's box jump by a few per cent; points on the thing itself do not. They
are followed from picture to picture, and their distances compared with those of half a second ago:
the longer it grew, the less a point's own error counts.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray, IntArray
from vision.frame import NS_PER_S

WIDEST_PX = 160.0  # larger parts are looked at coarser
LEAST_PX = 16.0
MARGIN_SHARE = 0.15  # of the box, kept around it: the thing moves between pictures
MOST_POINTS, LEAST_POINTS = 60, 8
FEW_POINTS = 40  # from here on new ones are looked for
POINT_APART_PX = 4
FLOW_WINDOW_PX, FLOW_LEVELS = 11, 2
BACK_PX = 0.7  # by which a point may miss itself when followed there and back
LEAST_APART_SHARE = 0.25  # of the box: pairs of points nearer than that tell no scale
SHIFT_SIGMA_PX = 0.25  # of a followed point
LONGEST_STEP_S = 0.5  # between two pictures
COMPARED_S = 0.5  # over which it grows
MOST_GROWTH = 0.4  # over that time


@dataclass(frozen=True, slots=True)
class Growth:
    """Relative growth of one thing per second."""

    rate_per_s: float
    """Closing speed over distance; negative while it gets smaller."""
    sigma_per_s: float


@dataclass(frozen=True, slots=True, eq=False)
class FollowedPoints:
    """P points of one thing in its last K pictures."""

    xyxy: FloatArray
    """(4,) its box in the last one, px."""
    taken_ns: IntArray
    """(K,) when they were taken."""
    places_px: FloatArray
    """(K, P, 2) nan where a point was not followed yet."""


def first_points(image: ImageArray, box: FloatArray, now_ns: int) -> FollowedPoints:
    """Points in the (4,) box of a (H, W, 3) picture."""
    return _with_new(FollowedPoints(box, np.array([now_ns]), np.zeros((1, 0, 2))), image)


def next_points(
    points: FollowedPoints, before: ImageArray, now: ImageArray, box: FloatArray, now_ns: int
) -> FollowedPoints:
    """The points of a thing that lies in the (4,) box of the picture now."""
    step_s = (now_ns - int(points.taken_ns[-1])) / NS_PER_S
    if not 0 < step_s <= LONGEST_STEP_S:
        return first_points(now, box, now_ns)
    was = points.places_px[-1]
    is_now = _moved(before, now, points.xyxy, box, was)
    inside = ((is_now >= box[:2]) & (is_now <= box[2:])).all(axis=1)
    is_kept = points.taken_ns >= now_ns - round(1.01 * COMPARED_S * NS_PER_S)
    places = np.concatenate([points.places_px[is_kept], is_now[None]])[:, inside]
    followed = FollowedPoints(box, np.append(points.taken_ns[is_kept], now_ns), places)
    return _with_new(followed, now) if inside.sum() < FEW_POINTS else followed


def growth_of(points: FollowedPoints) -> Growth | None:
    """Growth over the followed pictures; None where too little was followed."""
    now = points.places_px[-1]
    size_px = float(points.xyxy[2] - points.xyxy[0])
    for taken_ns, was in zip(points.taken_ns[:-1], points.places_px[:-1], strict=True):
        known = np.isfinite(was).all(axis=1)
        if known.sum() < LEAST_POINTS:
            continue
        over_s = (int(points.taken_ns[-1]) - int(taken_ns)) / NS_PER_S
        growth = _growth(was[known], now[known], LEAST_APART_SHARE * size_px, over_s)
        if growth is not None:
            # those of neighbouring pictures are of the same time for the most part
            shared = over_s / ((int(points.taken_ns[-1]) - int(points.taken_ns[-2])) / NS_PER_S)
            return Growth(growth.rate_per_s, growth.sigma_per_s * float(np.sqrt(shared)))
    return None


def _growth(was: FloatArray, now: FloatArray, apart_px: float, over_s: float) -> Growth | None:
    """The growth of the distances between (P, 2) points."""
    one, other = np.triu_indices(len(was), 1)
    apart = np.hypot(*(was[one] - was[other]).T)
    far = apart > apart_px
    if far.sum() < LEAST_POINTS:
        return None
    apart_now = np.hypot(*(now[one] - now[other]).T)[far]
    ratios = np.maximum(apart_now, 1e-3) / apart[far]
    middle = float(np.median(ratios))
    if abs(middle - 1) > MOST_GROWTH:
        return None
    spread = 1.4826 * float(np.median(np.abs(ratios - middle)))
    by_points = SHIFT_SIGMA_PX / float(np.median(apart[far]))
    sigma = max(spread, by_points) / np.sqrt(len(was) / 4)
    return Growth((middle - 1) / over_s, float(sigma) / over_s)


def _with_new(points: FollowedPoints, image: ImageArray) -> FollowedPoints:
    """More points, apart from those there are."""
    box = points.xyxy
    shrink = _shrink(box)
    if (box[2:] - box[:2]).min() * shrink < LEAST_PX:
        return points
    area = _area(image.shape, box, box)
    grey = _cut(image, area, shrink)
    if min(grey.shape) < LEAST_PX:
        return points
    corner = np.array(area[:2], np.float64)
    mask = np.zeros(grey.shape, np.uint8)
    (x0, y0), (x1, y1) = (
        (np.maximum((each - corner) * shrink, 0).astype(int)) for each in (box[:2], box[2:])
    )
    mask[y0:y1, x0:x1] = 255
    there = points.places_px[-1]
    for x, y in ((there - corner) * shrink).astype(int):
        mask[
            max(y - POINT_APART_PX, 0) : y + POINT_APART_PX + 1,
            max(x - POINT_APART_PX, 0) : x + POINT_APART_PX + 1,
        ] = 0
    wanted = MOST_POINTS - len(there)
    found = cv2.goodFeaturesToTrack(grey, wanted, 0.01, POINT_APART_PX, mask=mask)
    if found is None:
        return points
    new = found.reshape(-1, 2).astype(np.float64) / shrink + corner
    earlier = np.full((len(points.taken_ns), len(new), 2), np.nan)
    earlier[-1] = new
    return FollowedPoints(box, points.taken_ns, np.concatenate([points.places_px, earlier], 1))


def _moved(
    before: ImageArray,
    now: ImageArray,
    box_before: FloatArray,
    box_now: FloatArray,
    places_px: FloatArray,
) -> FloatArray:
    """(P, 2) where the points are now; nan where they are lost."""
    lost = np.full_like(places_px, np.nan)
    if before.shape != now.shape or len(places_px) == 0:
        return lost
    area, shrink = _area(now.shape, box_before, box_now), _shrink(box_before)
    first, second = _cut(before, area, shrink), _cut(now, area, shrink)
    if min(first.shape) < LEAST_PX:
        return lost
    corner = np.array(area[:2], np.float64)
    points = ((places_px - corner) * shrink).astype(np.float32)[:, None]
    window = (FLOW_WINDOW_PX, FLOW_WINDOW_PX)
    settings = {"winSize": window, "maxLevel": FLOW_LEVELS}
    there, found, _ = cv2.calcOpticalFlowPyrLK(first, second, points, None, **settings)  # type: ignore[call-overload]
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(second, first, there, None, **settings)  # type: ignore[call-overload]
    miss_px = np.hypot(*(points - back).reshape(-1, 2).T)
    kept = (found.ravel() > 0) & (found_back.ravel() > 0) & (miss_px < BACK_PX)
    return np.where(kept[:, None], there.reshape(-1, 2) / shrink + corner, np.nan)


def _shrink(box: FloatArray) -> float:
    return min(1.0, WIDEST_PX / max(float(box[2] - box[0]), 1.0))


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
    """That part as grey picture; empty where the area lies outside or is next to nothing."""
    left, top, right, bottom = area
    if min(right - left, bottom - top) * shrink < 1:
        return np.zeros((0, 0), np.uint8)
    grey = cv2.cvtColor(picture[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    if shrink < 1:
        grey = cv2.resize(grey, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    return np.asarray(grey, np.uint8)
