"""How long a camera has shown one and the same picture.

A camera that hangs repeats its last picture; its encoder often goes on and refreshes it from time
to time, with small changes all over. A live view has noise in every picture and sooner or later
something that moves. So a view is frozen when most pictures equal the one before almost exactly
and none differs from the first by more than an encoder's refresh.
"""

from dataclasses import dataclass

import cv2

from vision.arrays import ImageArray
from vision.frame import NS_PER_S

SAME_GREY = 0.01  # mean difference of a repeated picture; the quietest live views have 0.02
REFRESH_GREY = 0.7  # mean difference that an encoder's refresh makes, 0.3 to 0.6 in clips
REFRESH_MOST_GREY = 10.0  # its largest difference in one place; what moves changes more
SAME_SHARE = 0.7  # of the pictures
LEAST_PICTURES = 3


@dataclass(frozen=True, slots=True, eq=False)
class Stillness:
    """The present run of pictures that may all be the same one."""

    first: ImageArray
    """(H, W) grey thumbnail with which the run began."""
    latest: ImageArray
    """(H, W) the last one."""
    since_ns: int
    pictures: int = 0
    """Pictures after the first."""
    same_pictures: int = 0
    """Those that equal the one before."""


def next_stillness(stillness: Stillness | None, grey: ImageArray, now_ns: int) -> Stillness:
    """The run after one more (H, W) grey thumbnail; a picture that differs begins a new one."""
    if stillness is None:
        return Stillness(grey, grey, now_ns)
    most = cv2.norm(stillness.first, grey, cv2.NORM_INF)
    if most > REFRESH_MOST_GREY or _mean_change(stillness.first, grey) > REFRESH_GREY:
        return Stillness(grey, grey, now_ns)
    is_same = _mean_change(stillness.latest, grey) <= SAME_GREY
    return Stillness(
        first=stillness.first,
        latest=grey,
        since_ns=stillness.since_ns,
        pictures=stillness.pictures + 1,
        same_pictures=stillness.same_pictures + is_same,
    )


def is_frozen_view(stillness: Stillness, now_ns: int, after_s: float) -> bool:
    """Whether the run is long enough, and same enough, to be no live view."""
    return (
        now_ns - stillness.since_ns >= after_s * NS_PER_S
        and stillness.pictures >= LEAST_PICTURES
        and stillness.same_pictures >= SAME_SHARE * stillness.pictures
    )


def _mean_change(before: ImageArray, grey: ImageArray) -> float:
    return cv2.norm(before, grey, cv2.NORM_L1) / grey.size
