"""One road user ahead: how far, how fast, and whether it is or will be in the way."""

import math
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
ENTRY_WITHIN_S = 2.0  # the motion is judged by where it has led by then
ENTRY_SIGMAS = 1.3  # by which that place must lie inside: nine of ten such predictions come true
FAR_ENTRY_SIGMAS = 2.0  # by which the speed itself must stand out where that place is outside
BEND_SHOWS_S = 1.0  # in which a bend comes into view
LEAST_SIDE_M = 2.6  # of a car, 4.5 m long, that is seen from half aside
EDGE_DOUBT_M = 0.3  # the most that calibration and track may blur the envelope's edge


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
    entry_after_s: float = 0.0
    """Its motion is believed once it has been followed for this long: the boxes of parked vehicles
    slide into each other."""
    sure_confidence: float = 0.4
    """Below, it is not worth more than information.

    Chosen on the rendered tram clips: masts taken for persons fade below it at once, persons who
    cross stay above it through faint pictures. Detectors take the view from a cab, rails and
    masts, for a train at 0.3 to 0.5.
    """


TRAITS: Mapping[Kind, KindTraits] = {
    Kind.PERSON: KindTraits((0.6, 3.2), 3.5, 0.4),
    Kind.TWO_WHEELER: KindTraits((0.5, 3.2), 12.0, 0.6),
    Kind.VEHICLE: KindTraits((0.8, 6.0), 20.0, 3.0, is_large=True, entry_after_s=0.35),
    Kind.RAIL_VEHICLE: KindTraits(
        (1.5, 7.0), 20.0, 3.0, is_large=True, entry_after_s=0.35, sure_confidence=0.5
    ),
    Kind.ANIMAL: KindTraits((0.15, 3.5), 8.0, 0.4),
    Kind.OBJECT: KindTraits((0.15, 1.5), 0.0, math.inf),
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
    distance_sigma_m: float = 0.0
    """One standard deviation of the distance, calibration included."""
    lateral_sigma_m: float = 0.0
    """Likewise, the course of the track included."""
    closing_sigma_mps: float = 0.0
    """Likewise, the own speed's included."""
    time_to_collision_sigma_s: float | None = None
    """Likewise; None without a time."""
    seen_for_s: float = math.inf
    """Since it was first measured."""
    inside_sigmas: float = math.inf
    """How deep it stands in the envelope, in standard deviations of its place aside."""
    is_on_branch: bool = False
    """Whether it is in the way only if the tram leaves its track at the switch ahead."""
    leaves_envelope_in_s: float = math.inf
    """When its sideways motion will have taken all of it out of the envelope."""


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


@dataclass(frozen=True, slots=True, eq=False)
class RangeDoubt:
    """What may be wrong for all obstacles of a picture alike, one standard deviation each."""

    distance_m: FloatArray
    """(N,) by height and pitch of the camera."""
    lateral_m: FloatArray
    """(N,) by its yaw and by the course of the track."""
    bend_m: FloatArray
    """(N,) likewise, where the bend beyond the rails that are seen may go on or end."""
    ego_speed_mps: float = 0.0


def obstacles_from(
    tracks: Tracks,
    kinds: Sequence[Kind],
    footprints: Footprints,
    ground: GroundTracks,
    *,
    ego_speed_mps: float,
    half_width_m: FloatArray,
    straight_half_width_m: FloatArray | None = None,
    front_offset_m: float,
    seen_width_m: FloatArray | None = None,
    doubt: RangeDoubt | None = None,
) -> tuple[Obstacle, ...]:
    """One obstacle per track, nearest first.

    `half_width_m` (N, 2) of the envelope beside each, to the left and to the right, and likewise
    `straight_half_width_m` without the branch of a switch, where there is one;
    `seen_width_m` (N,) of their boxes at their distances.
    """
    nothing = np.zeros(len(tracks))
    doubt = doubt or RangeDoubt(nothing, nothing, nothing)
    sides_m = ground.anchor_m[:, None] + footprints.from_anchor_m
    beyond_left_m, beyond_right_m = _beyond_m(sides_m, half_width_m)
    gap_m = np.maximum(beyond_right_m, beyond_left_m)
    inward_mps = _least_inward_mps(ground, np.where(beyond_right_m > beyond_left_m, -1.0, 1.0))
    least_mps = np.array([TRAITS[kind].least_entry_mps for kind in kinds])
    after_s = np.array([TRAITS[kind].entry_after_s for kind in kinds])
    place_sigma_m = np.hypot(ground.anchor_sigma_m, doubt.bend_m)
    is_believed = (ground.seen_for_s >= after_s) & _points_there(kinds, ground, seen_width_m)
    entry_s = np.where(
        is_believed, _entry_times_s(gap_m, inward_mps, least_mps, ground, doubt.bend_m), np.inf
    )
    is_on_branch = np.zeros(len(tracks), np.bool_)
    if straight_half_width_m is not None:
        straight_gap_m = _beyond_m(sides_m, straight_half_width_m).max(axis=0)
        enters_s = _entry_times_s(straight_gap_m, inward_mps, least_mps, ground, doubt.bend_m)
        is_on_branch = (straight_gap_m > 0) & ~(is_believed & np.isfinite(enters_s))
    figures = _Figures(
        track_id=tracks.track_id.tolist(),
        kind=kinds,
        xyxy=tracks.xyxy.tolist(),
        confidence=tracks.confidence.tolist(),
        distance_m=np.maximum(ground.forward_m - front_offset_m, 0.0).tolist(),
        distance_sigma_m=np.hypot(ground.forward_sigma_m, doubt.distance_m).tolist(),
        lateral_m=sides_m.mean(axis=1).tolist(),
        lateral_sigma_m=np.hypot(place_sigma_m, doubt.lateral_m).tolist(),
        closing_mps=(ego_speed_mps - ground.along_mps).tolist(),
        closing_sigma_mps=np.hypot(ground.along_sigma_mps, doubt.ego_speed_mps).tolist(),
        in_envelope=(gap_m <= 0).tolist(),
        entry_s=entry_s.tolist(),
        seen_for_s=ground.seen_for_s.tolist(),
        # an unseen course of the track is no reason to be silent, unless it is known to bend away
        inside_sigmas=(
            -gap_m / np.hypot(place_sigma_m, np.minimum(doubt.lateral_m, EDGE_DOUBT_M) + 1e-6)
        ).tolist(),
        is_on_branch=is_on_branch.tolist(),
        leaves_s=_leaving_times_s(sides_m, half_width_m, ground.across_mps).tolist(),
    )
    obstacles = [_obstacle(figures, row) for row in range(len(tracks))]
    return tuple(sorted(obstacles, key=lambda obstacle: obstacle.distance_m))


@dataclass(frozen=True, slots=True, eq=False)
class _Figures:
    """Of N tracks, as plain numbers."""

    track_id: Sequence[int]
    kind: Sequence[Kind]
    xyxy: Sequence[tuple[float, float, float, float]]
    confidence: Sequence[float]
    distance_m: Sequence[float]
    distance_sigma_m: Sequence[float]
    lateral_m: Sequence[float]
    lateral_sigma_m: Sequence[float]
    closing_mps: Sequence[float]
    closing_sigma_mps: Sequence[float]
    in_envelope: Sequence[bool]
    entry_s: Sequence[float]
    seen_for_s: Sequence[float]
    inside_sigmas: Sequence[float]
    is_on_branch: Sequence[bool]
    leaves_s: Sequence[float]


def _obstacle(figures: _Figures, row: int) -> Obstacle:
    distance_m, closing_mps = figures.distance_m[row], figures.closing_mps[row]
    distance_sigma_m = figures.distance_sigma_m[row]
    closing_sigma_mps = figures.closing_sigma_mps[row]
    entry_s = figures.entry_s[row]
    ttc_s = ttc_sigma_s = None
    if closing_mps > LEAST_CLOSING_MPS:
        ttc_s = distance_m / closing_mps
        ttc_sigma_s = math.hypot(distance_sigma_m, ttc_s * closing_sigma_mps) / closing_mps
    left, top, right, bottom = figures.xyxy[row]
    return Obstacle(
        track_id=figures.track_id[row],
        kind=figures.kind[row],
        xyxy=(left, top, right, bottom),
        confidence=figures.confidence[row],
        distance_m=distance_m,
        lateral_m=figures.lateral_m[row],
        closing_speed_mps=closing_mps,
        time_to_collision_s=ttc_s,
        in_envelope=figures.in_envelope[row],
        enters_envelope_in_s=entry_s if math.isfinite(entry_s) else None,
        distance_sigma_m=distance_sigma_m,
        lateral_sigma_m=figures.lateral_sigma_m[row],
        closing_sigma_mps=closing_sigma_mps,
        time_to_collision_sigma_s=ttc_sigma_s,
        seen_for_s=figures.seen_for_s[row],
        inside_sigmas=figures.inside_sigmas[row],
        is_on_branch=figures.is_on_branch[row],
        leaves_envelope_in_s=figures.leaves_s[row],
    )


def _beyond_m(sides_m: FloatArray, half_width_m: FloatArray) -> FloatArray:
    """(2, N) how far (N, 2) sides are beyond the left and the right edge of the envelope."""
    return np.stack([-half_width_m[:, 0] - sides_m[:, 1], sides_m[:, 0] - half_width_m[:, 1]])


def _points_there(
    kinds: Sequence[Kind], ground: GroundTracks, seen_width_m: FloatArray | None
) -> BoolArray:
    """(N,) whether each can move as it seems to: a vehicle runs along its own length.

    One that crosses the track shows its side. A box that is narrow and moves across slides from
    one parked car to another.
    """
    if seen_width_m is None:
        return np.ones(len(kinds), np.bool_)
    is_large = np.array([TRAITS[kind].is_large for kind in kinds], np.bool_)
    runs_across = np.abs(ground.across_mps) > np.abs(ground.along_mps)
    points: BoolArray = ~is_large | ~runs_across | (seen_width_m >= LEAST_SIDE_M)
    return points


def _least_inward_mps(ground: GroundTracks, inward: FloatArray) -> FloatArray:
    """(N,) speed to the track, whose side is given as `inward` (N,) +1 or -1.

    A wrong speed along the track shows up as one across, in the ratio of the line of sight; so
    the motion must point inward for something that stands along the track as well.
    """
    if_standing_mps = ground.across_mps - ground.along_mps * ground.sight_slope
    least: FloatArray = np.minimum(inward * ground.across_mps, inward * if_standing_mps)
    return least


def _entry_times_s(
    gap_m: FloatArray,
    inward_mps: FloatArray,
    least_mps: FloatArray,
    ground: GroundTracks,
    bend_m: FloatArray,
) -> FloatArray:
    """(N,) seconds until the gap to the envelope is closed sideways; inf when it is not.

    A gap that the motion closes only perhaps, place and speed both being uncertain, is none
    that closes: people stand and sway beside every track. What lies beyond the seen part of a bend
    seems to move aside while more of it comes into view, by `bend_m` (N,) within a second or so.
    """
    across_sigma_mps = np.hypot(ground.across_sigma_mps, bend_m / BEND_SHOWS_S)
    led_m = inward_mps * ENTRY_WITHIN_S - gap_m
    led_sigma_m = np.hypot(ground.anchor_sigma_m, ENTRY_WITHIN_S * across_sigma_mps)
    # further off, the time to get there is longer, and its certainty that of the speed alone
    is_sure = (led_m > ENTRY_SIGMAS * led_sigma_m) | (
        inward_mps > FAR_ENTRY_SIGMAS * across_sigma_mps
    )
    comes = (gap_m < ENTRY_REACH_M) & (inward_mps > least_mps) & is_sure
    times_s: FloatArray = np.full(len(gap_m), np.inf)
    np.divide(np.maximum(gap_m, 0), inward_mps, out=times_s, where=comes)
    return times_s


def _leaving_times_s(
    sides_m: FloatArray, half_width_m: FloatArray, across_mps: FloatArray
) -> FloatArray:
    """(N,) seconds until (N, 2) sides are beyond the edge they move to; inf without motion."""
    way_m = np.where(
        across_mps > 0, half_width_m[:, 1] - sides_m[:, 0], half_width_m[:, 0] + sides_m[:, 1]
    )
    times_s: FloatArray = np.full(len(across_mps), np.inf)
    np.divide(np.maximum(way_m, 0), np.abs(across_mps), out=times_s, where=across_mps != 0)
    return times_s
