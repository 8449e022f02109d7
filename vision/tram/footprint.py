"""The ground that a boxed road user covers, measured from its box.

A person stands on the middle of the lower edge. A vehicle beside the track is longer than wide:
its box reaches from the outer corner of its near end to the inner corner of its far end, and the
middle of that moves towards the track while the tram passes, though the vehicle stands. Only the
outer edge belongs to the near end, so that edge is followed, and the vehicle's own width is
taken off; unless the box is too wide for a vehicle along the track: then it stands across.
The ends of a vehicle reach beyond the wheels on which it stands.
In a bend, vehicles stand along the track as it runs beside them: what counts as beside is
the side from which the camera sees them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vision.arrays import BoolArray, FloatArray
from vision.classes import Kind
from vision.ground import GroundCamera, image_to_ground
from vision.tram.centre_line import STRAIGHT, CentreLine

BORDER_PX = 3.0  # a box this near to the picture's border may go on beyond it
FOOT_SHARE = 0.04  # of a box's height, by which its lower edge may be wrong
ACROSS_EXCESS_M = 0.8  # wider than a vehicle along the track by this much: it stands across
SMALL_CONTACT_SHARE = 0.5  # of the box of a person or cyclist: arms and bars touch no ground
AHEAD_CONTACT_SHARE = 0.7  # of the box of a vehicle straight ahead
MOST_TURN_RAD = 1.2  # of the track beside a vehicle; from there on it is seen from its side
TALL_M = 2.3  # from here on a vehicle is a lorry or a bus
LENGTH_WIDTH_M: Mapping[Kind, tuple[float, float]] = {
    Kind.VEHICLE: (4.5, 1.8),
    Kind.RAIL_VEHICLE: (30.0, 2.6),
}
LORRY_LENGTH_WIDTH_M = (11.0, 2.55)
BOX_EXCESS = 1.03  # detectors draw boxes a little large
OVERHANG_M, LONG_OVERHANG_M = 0.4, 0.7  # rendered clips: from what is seen of the wheels to the end
LOWEST_CAR_M = 1.15  # sports cars; what is lower lies on the ground and reaches beyond no wheels
REACH_M = 0.2  # from the feet of somebody who walks to his knees, arms and bags: half a deep body


@dataclass(frozen=True, slots=True, eq=False)
class Footprints:
    """N covered grounds; row i of every array describes box i."""

    forward_m: FloatArray
    """(N,) of the near end, along the track from the camera; nan above the horizon."""
    anchor_m: FloatArray
    """(N,) right of the track's middle: the followed point of the near end."""
    from_anchor_m: FloatArray
    """(N, 2) leftmost and rightmost ground, to the right of the anchor."""
    is_cut: BoolArray
    """(N,) whether the anchor lies beyond the picture's border: the side is not seen."""
    is_deep: BoolArray
    """(N,) whether the box goes on below the picture: the near end is not seen."""
    is_ahead: BoolArray
    """(N,) whether it is a vehicle on the line of sight along the track, seen from its end."""
    usual_width_m: FloatArray
    """(N,) of a box around such a vehicle, 0 of others."""

    def __getitem__(self, rows: BoolArray) -> "Footprints":
        """The chosen rows."""
        return Footprints(
            self.forward_m[rows],
            self.anchor_m[rows],
            self.from_anchor_m[rows],
            self.is_cut[rows],
            self.is_deep[rows],
            self.is_ahead[rows],
            self.usual_width_m[rows],
        )


def footprints_of(
    camera: GroundCamera,
    xyxy: FloatArray,
    kinds: Sequence[Kind],
    size_px: tuple[int, int],
    line: CentreLine = STRAIGHT,
    raised_m: FloatArray | None = None,
) -> Footprints:
    """The ground under (N, 4) boxes of these kinds in a picture of this width and height.

    `raised_m` (N,) is how far above the rails each stands, on a platform or a kerb.
    """
    width_px, height_px = size_px
    both_m = image_to_ground(camera, np.concatenate([xyxy[:, [0, 3]], xyxy[:, [2, 3]]]))
    left_m, right_m = (
        _raised(camera, side_m, raised_m) for side_m in (both_m[: len(xyxy)], both_m[len(xyxy) :])
    )
    middle_m = (left_m + right_m) / 2
    forward_m = middle_m[:, 0]
    # Sideways from the line that runs through the camera as the track does at the vehicle.
    turned_m = camera.lateral_offset_m + forward_m * np.tan(
        np.clip(line.heading_at(forward_m), -MOST_TURN_RAD, MOST_TURN_RAD)
    )
    left, right = left_m[:, 1] - turned_m, right_m[:, 1] - turned_m
    is_large = np.array([kind in LENGTH_WIDTH_M for kind in kinds], np.bool_)
    is_right, is_left = is_large & (left > 0), is_large & (right < 0)

    tall_m = (xyxy[:, 3] - xyxy[:, 1]) * forward_m / camera.focal_px
    reach_m = np.where(is_right, right, -left)
    size_m = _sizes_m(kinds, tall_m)
    contact_m = _contact_beside_m(right - left, reach_m, forward_m, size_m)
    stands_across = is_large & (right - left > size_m[1] + ACROSS_EXCESS_M)
    is_long = size_m[0] > LORRY_LENGTH_WIDTH_M[0] - 1
    is_on_wheels = is_large & ~stands_across & (tall_m >= LOWEST_CAR_M)
    overhang_m = np.where(is_long, LONG_OVERHANG_M, OVERHANG_M) * is_on_wheels
    overhang_m += REACH_M * np.array([kind is Kind.PERSON for kind in kinds], np.bool_)
    share = np.where(is_large, AHEAD_CONTACT_SHARE, SMALL_CONTACT_SHARE)
    half_m = share * (right - left) / 2
    anchor = np.where(is_right[:, None], right_m, np.where(is_left[:, None], left_m, middle_m))
    on_track = line.to_track(anchor)
    from_anchor_m = np.empty_like(anchor)
    from_anchor_m[:, 0] = np.where(is_right, -contact_m, np.where(is_left, 0.0, -half_m))
    from_anchor_m[:, 1] = np.where(is_right, 0.0, np.where(is_left, contact_m, half_m))
    return Footprints(
        forward_m=np.where(
            on_track[:, 0] > 0, np.maximum(on_track[:, 0] - overhang_m, 0.1), on_track[:, 0]
        ),
        anchor_m=on_track[:, 1],
        from_anchor_m=from_anchor_m,
        is_cut=(~is_left & (xyxy[:, 2] >= width_px - BORDER_PX))
        | (~is_right & (xyxy[:, 0] <= BORDER_PX)),
        is_deep=xyxy[:, 3]
        >= height_px - np.maximum(BORDER_PX, FOOT_SHARE * (xyxy[:, 3] - xyxy[:, 1])),
        is_ahead=is_large & ~is_left & ~is_right & ~stands_across,
        usual_width_m=BOX_EXCESS * size_m[1],
    )


def _raised(camera: GroundCamera, ground_m: FloatArray, raised_m: FloatArray | None) -> FloatArray:
    """(N, 2) where the lines of sight meet planes that lie (N,) metres above the ground."""
    if raised_m is None:
        return ground_m
    foot = np.array([0.0, camera.lateral_offset_m])
    shorter = 1 - raised_m / camera.height_m
    met: FloatArray = foot + shorter[:, None] * (ground_m - foot)
    return met


def _contact_beside_m(
    seen_width_m: FloatArray, reach_m: FloatArray, forward_m: FloatArray, size_m: FloatArray
) -> FloatArray:
    """(N,) ground width of vehicles whose outer edge lies `reach_m` beside the line of sight."""
    length_m, width_m = size_m
    along_m = reach_m - (reach_m - width_m) * forward_m / (forward_m + length_m)
    stands_across = seen_width_m > along_m + ACROSS_EXCESS_M
    return np.where(stands_across, seen_width_m, np.minimum(width_m, seen_width_m))


def _sizes_m(kinds: Sequence[Kind], tall_m: FloatArray) -> FloatArray:
    """(2, N) usual length and width."""
    usual = np.array([LENGTH_WIDTH_M.get(kind, (0.0, 0.0)) for kind in kinds]).reshape(-1, 2).T
    is_lorry = np.array([kind is Kind.VEHICLE for kind in kinds], np.bool_) & (tall_m > TALL_M)
    lorry = np.array(LORRY_LENGTH_WIDTH_M)[:, None]
    return np.where(is_lorry, lorry, usual)
