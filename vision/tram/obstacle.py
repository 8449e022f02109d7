"""One road user ahead: how far, how fast, and whether it is or will be in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vision.arrays import BoolArray, FloatArray
from vision.classes import Kind
from vision.ground import GroundCamera
from vision.tracks import Tracks
from vision.tram.footprint import BORDER_PX, Footprints
from vision.tram.range_filter import GroundTracks

RANGE_LIMIT_M = 150.0  # beyond, a row of the picture is worth tens of metres
LEAST_CLOSING_MPS = 0.1
ENTRY_REACH_M = 5.0  # from the envelope; what is further off moves sideways when the track bends
ENTRY_SIGMAS = 2.0  # by which the sideways motion must stand out of its uncertainty


@dataclass(frozen=True, slots=True)
class KindTraits:
    """What is usual for a kind of road user."""

    height_m: tuple[float, float]
    """Least and most that a box of it can measure, errors of the distance included."""
    top_speed_mps: float
    """Nothing of it goes faster, along or across the track."""
    least_entry_mps: float
    """Slower motion to the track predicts nothing: it is the noise of a swaying tram, and with
    vehicles that of a box that slides along a row of parked ones."""
    is_large: bool = False
    """Too large to come into the picture from below."""
    sure_confidence: float = 0.4
    """Below, it is not worth more than information.

    Chosen on the rendered tram clips: masts taken for persons fade below it at once, persons who
    cross stay above it through faint pictures. Detectors take the view from a cab, rails and
    masts, for a train at 0.3 to 0.5.
    """


TRAITS: Mapping[Kind, KindTraits] = {
    Kind.PERSON: KindTraits((0.6, 3.2), 3.5, 0.4),
    Kind.TWO_WHEELER: KindTraits((0.5, 3.2), 12.0, 0.6),
    Kind.VEHICLE: KindTraits((0.8, 6.0), 20.0, 3.0, is_large=True),
    Kind.RAIL_VEHICLE: KindTraits((1.5, 7.0), 20.0, 3.0, is_large=True, sure_confidence=0.5),
    Kind.ANIMAL: KindTraits((0.15, 3.5), 8.0, 0.4),
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One followed road user on the ground ahead of the tram."""

    track_id: int
    kind: Kind
    xyxy: tuple[float, float, float, float]
    """Left, top, right, bottom in px of the source picture."""
    confidence: float
    distance_m: float
    """From the tram's front along the track, filtered over time."""
    lateral_m: float
    """Its middle, to the right of the middle of the track beside it."""
    closing_speed_mps: float
    """How fast the distance shrinks."""
    time_to_collision_s: float | None
    """None while the distance does not shrink."""
    in_envelope: bool
    """Whether it stands in the clearance envelope now."""
    enters_envelope_in_s: float | None
    """When its sideways motion takes it into the envelope; None when it does not."""


def is_on_ground(
    camera: GroundCamera,
    tracks: Tracks,
    kinds: Sequence[Kind],
    footprints: Footprints,
    was_ranged: BoolArray,
    height_px: int,
) -> BoolArray:
    """(N,) whether each box can be a thing of its kind that stands on the ground in range.

    A face on a poster or a car on a bridge would need an impossible height. A vehicle does not
    come from below the picture: one that was never ranged before (`was_ranged`, (N,)) is the
    track bed or the own bonnet taken for one.
    """
    ahead_m = footprints.forward_m
    tall_m = (tracks.xyxy[:, 3] - tracks.xyxy[:, 1]) * ahead_m / camera.focal_px
    least, most = np.array([TRAITS[kind].height_m for kind in kinds]).reshape(-1, 2).T
    goes_on_below = tracks.xyxy[:, 3] >= height_px - BORDER_PX
    goes_on_above = tracks.xyxy[:, 1] <= BORDER_PX
    in_range = (ahead_m > 0) & (ahead_m < RANGE_LIMIT_M)  # False for nan
    is_large = np.array([TRAITS[kind].is_large for kind in kinds], np.bool_)
    has_foot = ~goes_on_below | was_ranged | ~is_large
    is_tall_enough = (tall_m >= least) | goes_on_above
    is_low_enough = (tall_m <= most) | goes_on_below
    fits: BoolArray = in_range & has_foot & is_tall_enough & is_low_enough
    return fits


def obstacles_from(
    tracks: Tracks,
    kinds: Sequence[Kind],
    footprints: Footprints,
    ground: GroundTracks,
    *,
    ego_speed_mps: float,
    half_width_m: FloatArray,
    front_offset_m: float,
) -> tuple[Obstacle, ...]:
    """One obstacle per track, nearest first.

    `half_width_m` (N, 2) of the envelope beside each, to the left and to the right.
    """
    sides_m = ground.anchor_m[:, None] + footprints.from_anchor_m
    beyond_right_m = sides_m[:, 0] - half_width_m[:, 1]
    beyond_left_m = -half_width_m[:, 0] - sides_m[:, 1]
    gap_m = np.maximum(beyond_right_m, beyond_left_m)
    inward_mps = _least_inward_mps(ground, np.where(beyond_right_m > 0, -1.0, 1.0))
    least_mps = np.maximum(
        np.array([TRAITS[kind].least_entry_mps for kind in kinds]),
        ENTRY_SIGMAS * ground.across_sigma_mps,
    )
    entry_s = _entry_times_s(gap_m, inward_mps, least_mps)
    obstacles = [
        _obstacle(
            tracks,
            kinds,
            ground,
            row,
            lateral_m=float(sides_m[row].mean()),
            closing_mps=ego_speed_mps - float(ground.along_mps[row]),
            front_offset_m=front_offset_m,
            in_envelope=bool(gap_m[row] <= 0),
            entry_s=float(entry_s[row]),
        )
        for row in range(len(tracks))
    ]
    return tuple(sorted(obstacles, key=lambda obstacle: obstacle.distance_m))


def _obstacle(
    tracks: Tracks,
    kinds: Sequence[Kind],
    ground: GroundTracks,
    row: int,
    *,
    lateral_m: float,
    closing_mps: float,
    front_offset_m: float,
    in_envelope: bool,
    entry_s: float,
) -> Obstacle:
    distance_m = max(float(ground.forward_m[row]) - front_offset_m, 0.0)
    left, top, right, bottom = (float(edge) for edge in tracks.xyxy[row])
    return Obstacle(
        track_id=int(tracks.track_id[row]),
        kind=kinds[row],
        xyxy=(left, top, right, bottom),
        confidence=float(tracks.confidence[row]),
        distance_m=distance_m,
        lateral_m=lateral_m,
        closing_speed_mps=closing_mps,
        time_to_collision_s=distance_m / closing_mps if closing_mps > LEAST_CLOSING_MPS else None,
        in_envelope=in_envelope,
        enters_envelope_in_s=entry_s if np.isfinite(entry_s) else None,
    )


def _least_inward_mps(ground: GroundTracks, inward: FloatArray) -> FloatArray:
    """(N,) speed to the track, whose side is given as `inward` (N,) +1 or -1.

    A wrong speed along the track shows up as one across, in the ratio of the line of sight; so
    the motion must point inward for something that stands along the track as well.
    """
    if_standing_mps = ground.across_mps - ground.along_mps * ground.sight_slope
    least: FloatArray = np.minimum(inward * ground.across_mps, inward * if_standing_mps)
    return least


def _entry_times_s(gap_m: FloatArray, inward_mps: FloatArray, least_mps: FloatArray) -> FloatArray:
    """(N,) seconds until the gap to the envelope is closed sideways; inf when it is not."""
    comes = (gap_m > 0) & (gap_m < ENTRY_REACH_M) & (inward_mps > least_mps)
    times_s: FloatArray = np.full(len(gap_m), np.inf)
    np.divide(gap_m, inward_mps, out=times_s, where=comes)
    return times_s
