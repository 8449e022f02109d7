"""How what stands on the bed looks while the tram rests before it, and whether it is taken away."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.frame import NS_PER_S
from vision.ground import GroundCamera
from vision.tram.ego_track import EgoTrack
from vision.tram.unknown_object import UnknownObject, box_px

VIEW_PX, LEAST_PX = 20, 6  # of an object's box, compared while the tram stands
SAME_LIKENESS = 0.6
LEAST_CHANGE_GREY = 6.0  # root mean square, contrast alone: less is a dim picture's noise
GONE_AFTER_S = 3.0  # somebody who walks by hides it for less


@dataclass(frozen=True, slots=True, eq=False)
class RestingView:
    """How one object looked when the tram came to rest before it."""

    object_id: int
    grey: FloatArray
    """(S, S) of its box."""
    changed_at_ns: int | None = None
    """Since when the picture shows something else there."""

    def is_gone(self, now_ns: int) -> bool:
        """Whether it has been taken away, and nobody only stands before it."""
        since_ns = self.changed_at_ns
        return since_ns is not None and now_ns - since_ns >= GONE_AFTER_S * NS_PER_S


def next_resting_views(
    views: Sequence[RestingView],
    objects: Sequence[UnknownObject],
    image: ImageArray,
    camera: GroundCamera,
    track: EgoTrack,
    way_m: float,
    now_ns: int,
) -> tuple[RestingView, ...]:
    """The views of the objects after one more (H, W, 3) picture of a tram that stands."""
    before = {each.object_id: each for each in views}
    resting = []
    for each in objects:
        grey = _grey_of(image, box_px(camera, track, each, way_m))
        if grey is None:
            continue
        view = before.get(each.object_id, RestingView(each.object_id, grey))
        if _is_alike(view.grey, grey):
            view = replace(view, changed_at_ns=None)
        elif view.changed_at_ns is None:
            view = replace(view, changed_at_ns=now_ns)
        resting.append(view)
    return tuple(resting)


def _grey_of(image: ImageArray, box: tuple[float, float, float, float] | None) -> FloatArray | None:
    """(S, S) grey of a box in px; None where the picture does not show enough of it."""
    if box is None:
        return None
    height_px, width_px = image.shape[:2]
    left, right = (int(np.clip(edge, 0, width_px)) for edge in (box[0], box[2]))
    top, bottom = (int(np.clip(edge, 0, height_px)) for edge in (box[1], box[3]))
    if right - left < LEAST_PX or bottom - top < LEAST_PX:
        return None
    grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    small: FloatArray = cv2.resize(grey, (VIEW_PX, VIEW_PX), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32)


def _is_alike(one: FloatArray, other: FloatArray) -> bool:
    """Whether two views of equal size show the same, in whatever light, or too little to tell."""
    a, b = one - one.mean(), other - other.mean()
    change_grey = float(np.sqrt(((a - b) ** 2).mean()))
    if change_grey < LEAST_CHANGE_GREY:
        return True
    likeness = float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum() + 1e-9))
    return likeness >= SAME_LIKENESS
