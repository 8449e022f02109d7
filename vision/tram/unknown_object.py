"""Something on the bed of the own track that no class names: a branch, a pallet, a bin."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from vision.frame import NS_PER_S
from vision.ground import GroundCamera, ground_to_image
from vision.tram.ego_track import EgoTrack

HEIGHT_RANGE_M = (0.15, 1.5)


@dataclass(frozen=True, slots=True)
class UnknownObject:
    """Something that stands on the bed; places count from where the tram was at the start."""

    object_id: int
    """Below 0: ids of classified road users lie above."""
    at_m: float
    """Of its foot, along the tram's way."""
    at_sigma_m: float
    left_m: float
    right_m: float
    """Its sides, to the right of the track's middle."""
    height_m: float
    rise_m: float
    """Over how much way it has looked upright."""
    since_ns: int
    believed_until_ns: int | None = None
    """Where it was named and lost again; the bed has not shown it yet. None: it has."""

    def is_believed(self, now_ns: int) -> bool:
        """Whether it is not forgotten yet."""
        return self.believed_until_ns is None or self.believed_until_ns > now_ns

    def believed_longer(self, by_s: float) -> Self:
        """The same, believed for so much longer."""
        if self.believed_until_ns is None:
            return self
        return replace(self, believed_until_ns=self.believed_until_ns + round(by_s * NS_PER_S))


def box_px(
    camera: GroundCamera, track: EgoTrack, known: UnknownObject, way_m: float
) -> tuple[float, float, float, float] | None:
    """Left, top, right, bottom of an object in px; None where its foot is not before the lens."""
    ahead_m = known.at_m - way_m
    sides = np.array([[ahead_m, known.left_m], [ahead_m, known.right_m]])
    (left, foot), (right, other_foot) = ground_to_image(camera, track.line.to_vehicle(sides))
    if not np.isfinite([left, right, foot, other_foot]).all():
        return None
    bottom = (foot + other_foot) / 2
    tall_px = camera.focal_px * known.height_m / ahead_m
    return float(left), float(bottom - tall_px), float(right), float(bottom)
