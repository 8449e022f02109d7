"""One road user ahead: how far, how fast, and whether it is or will be in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vision.arrays import BoolArray, FloatArray
from vision.classes import Kind
from vision.ground import GroundCamera, image_to_ground
from vision.tracks import Tracks
from vision.tram.range_filter import GroundTracks, bottom_centre

RANGE_LIMIT_M = 150.0  # beyond, a row of the picture is worth tens of metres
BORDER_PX = 3.0  # a box this near to the picture's lower border may go on below it
LEAST_CLOSING_MPS = 0.1
LEAST_ENTRY_MPS = 0.4  # sideways; slower is the noise of a swaying tram
ENTRY_REACH_M = 8.0  # from the envelope; what is further off moves sideways when the track bends
ENTRY_SIGMAS = 2.0  # by which the sideways motion must stand out of its uncertainty


@dataclass(frozen=True, slots=True)
class KindTraits:
    """What is usual for a kind of road user."""

    height_m: tuple[float, float]
    """Least and most that a box of it can measure, errors of the distance included."""
    contact_share: float
    """Of the box's width that touches the ground at the box's lower edge."""
    speed_sigma_mps: float
    """How fast it usually goes."""
    is_large: bool = False
    """Too large to come into the picture from below."""
    sure_confidence: float = 0.0
    """Below, it is not worth more than information; what is large is seen well when near.

    Detectors take the view from a cab, rails and masts, for a train at 0.3 to 0.5.
    """


TRAITS: Mapping[Kind, KindTraits] = {
    Kind.PERSON: KindTraits((0.6, 3.2), 0.5, 1.2),
    Kind.TWO_WHEELER: KindTraits((0.5, 3.2), 0.5, 4.0),
    Kind.VEHICLE: KindTraits((0.8, 6.0), 0.7, 5.0, is_large=True, sure_confidence=0.35),
    Kind.RAIL_VEHICLE: KindTraits((1.5, 7.0), 0.7, 5.0, is_large=True, sure_confidence=0.5),
    Kind.ANIMAL: KindTraits((0.15, 3.5), 0.5, 2.0),
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
    """Its centre, to the right of the track axis."""
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
    was_ranged: BoolArray,
    height_px: int,
) -> BoolArray:
    """(N,) whether each box can be a thing of its kind that stands on the ground in range.

    A face on a poster or a car on a bridge would need an impossible height. A vehicle does not
    come from below the picture: one that was never ranged before (`was_ranged`, (N,)) is the
    track bed or the own bonnet taken for one.
    """
    ahead_m = image_to_ground(camera, bottom_centre(tracks.xyxy))[:, 0]
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
    camera: GroundCamera,
    tracks: Tracks,
    kinds: Sequence[Kind],
    ground: GroundTracks,
    *,
    ego_speed_mps: float,
    envelope_half_width_m: float,
    front_offset_m: float,
) -> tuple[Obstacle, ...]:
    """One obstacle per track, nearest first."""
    half_m = _contact_half_width_m(camera, tracks.xyxy, kinds)
    gap_m = np.abs(ground.lateral_m) - half_m - envelope_half_width_m
    entry_s = _entry_times_s(ground, gap_m)
    obstacles = [
        _obstacle(
            tracks,
            kinds,
            ground,
            row,
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
        lateral_m=float(ground.lateral_m[row]),
        closing_speed_mps=closing_mps,
        time_to_collision_s=distance_m / closing_mps if closing_mps > LEAST_CLOSING_MPS else None,
        in_envelope=in_envelope,
        enters_envelope_in_s=entry_s if np.isfinite(entry_s) else None,
    )


def _entry_times_s(ground: GroundTracks, gap_m: FloatArray) -> FloatArray:
    """(N,) seconds until the gap to the envelope is closed sideways; inf when it is not."""
    inward_mps = -np.sign(ground.lateral_m) * ground.across_mps
    least_mps = np.maximum(LEAST_ENTRY_MPS, ENTRY_SIGMAS * ground.across_sigma_mps)
    comes = (gap_m > 0) & (gap_m < ENTRY_REACH_M) & (inward_mps > least_mps)
    times_s: FloatArray = np.full(len(gap_m), np.inf)
    np.divide(gap_m, inward_mps, out=times_s, where=comes)
    return times_s


def _contact_half_width_m(
    camera: GroundCamera, xyxy: FloatArray, kinds: Sequence[Kind]
) -> FloatArray:
    """(N,) half of what touches the ground; a box shows more, a car's far end for example."""
    left = image_to_ground(camera, xyxy[:, [0, 3]])
    right = image_to_ground(camera, xyxy[:, [2, 3]])
    share = np.array([TRAITS[kind].contact_share for kind in kinds])
    half: FloatArray = np.abs(right[:, 1] - left[:, 1]) / 2 * share
    return half
