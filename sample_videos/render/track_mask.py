"""Which pixels of a view from a cab show track, and whether anything hides it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from sample_videos.render.pinhole import Pinhole
from sample_videos.render.raw_picture import RawPicture
from sample_videos.render.scene import Scene
from sample_videos.render.track_work import GAUGE_M, HEAD_M, courses_of

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

SEEN_M = 110.0  # farther away a track is a pixel wide
NEAREST_M = 0.4
HALF_M = GAUGE_M / 2 + HEAD_M  # from the middle to the outside of a rail
DEPTH_SHARE, DEPTH_M = 0.06, 0.35  # by how much a depth may differ from that of the ground
SUBPIXEL_BITS = 4


def ground_masks(scene: Scene) -> tuple[Mask, Mask]:
    """(H, W) own track and all track on the ground, as if nothing stood on it."""
    assert scene.track is not None
    view, start = scene.camera_at(0.0), scene.along_at(0.0)
    along = np.concatenate([np.arange(-3.0, 20, 0.25), np.arange(20, SEEN_M, 0.5)]) + start
    along = along[along < scene.track.length_m]
    own, every = (np.zeros(scene.size[::-1], np.uint8) for _ in range(2))
    for course in courses_of(scene.part):
        seen = along[along >= course.parts_at_m] if np.isfinite(course.parts_at_m) else along
        if len(seen) < 2:
            continue
        middle = course.lefts_m(seen)
        edges = [scene.track.to_world(seen, middle + side * HALF_M) for side in (-1, 1)]
        _fill(every, view, *edges)
        if course.is_own:
            _fill(own, view, *edges)
    return own > 0, every > 0


def _fill(mask: NDArray[np.uint8], view: Pinhole, right_m: Array, left_m: Array) -> None:
    """Paint the ground between two lines (N, 2), piece by piece."""
    ends = []
    for line in (right_m, left_m):
        pixels, depth_m = view.project(np.column_stack([line, np.zeros(len(line))]))
        ends.append((pixels, depth_m > NEAREST_M))
    (right, is_right), (left, is_left) = ends
    is_shown = is_right & is_left
    for i in np.flatnonzero(is_shown[1:] & is_shown[:-1]):
        corners = np.array([right[i], right[i + 1], left[i + 1], left[i]]) - 0.5
        corners = np.clip(corners, -4000, 4000) * (1 << SUBPIXEL_BITS)
        cv2.fillConvexPoly(mask, np.round(corners).astype(np.int32), 1, shift=SUBPIXEL_BITS)


def is_ground_seen(scene: Scene, raw: RawPicture) -> Mask:
    """(H, W) whether a pixel shows the ground rather than something on or before it."""
    view = scene.camera_at(0.0)
    height, width = raw.index.shape
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    ground = view.ground_point(np.column_stack([x.ravel(), y.ravel()]))
    points = np.column_stack([ground, np.zeros(len(ground))])
    depth_m = ((points - np.array(view.position_m)) @ view.axes()[2]).reshape(height, width)
    off_m = np.abs(raw.depth_m.astype(np.float64) - depth_m)
    return np.asarray((off_m < DEPTH_M + DEPTH_SHARE * depth_m) & (raw.index == 0))
