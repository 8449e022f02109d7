"""What was seen to stand on the own track and is seen no more: it stands there still.

A detector sees a pallet or a branch from afar, takes it for a vehicle, and loses it again before
the bed is near enough to show it. What cannot walk off and kept its place on the ground while the
tram came nearer is remembered there for a few seconds, until the bed shows it or shows that its
place is free (see bed_sight). A box that runs ahead of the tram, as rails and masts taken for a
train do, keeps no place; people and cyclists may step aside and are never remembered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vision.arrays import FloatArray
from vision.frame import NS_PER_S
from vision.ground import GroundCamera
from vision.tram.bed_obstacle import is_covered
from vision.tram.bed_sight import SAME_M, SAME_SHARE, BedSight
from vision.tram.ego_track import EgoTrack
from vision.tram.obstacle import TRAITS, Obstacle
from vision.tram.unknown_object import HEIGHT_RANGE_M, UnknownObject, box_px

LOOKS = 4  # at its place
NEARER_M = 8.0  # of way the tram has come meanwhile: a fifth of FARTHEST_M shows in any box
MOVES_SHARE = 0.3  # of that way; a thing whose place moved by more does not stand
STANDS_MPS = 1.0  # or what its speed may be wrong by
FARTHEST_M = 40.0  # beyond it a row of the picture is worth metres
INSIDE_SIGMAS, SIDE_SIGMA_M = 2.0, 1.0  # that it is on the own track and not beside it
REMEMBERED_S = 4.0  # a city tram comes from 40 m to 15 m in it, where the bed shows what stands
NAMED_S = 1.0  # likewise once something surely named hides the place: it speaks for itself


@dataclass(frozen=True, slots=True)
class KeptPlace:
    """Where one followed thing is on the own track, along the tram's way from the camera on."""

    track_id: int
    first_way_m: float
    """Of the tram when it was first seen there."""
    first_at_m: float
    at_m: float
    looks: int
    most_confidence: float
    since_ns: int
    last: Obstacle
    """As it was last seen."""

    def is_proven(self, way_m: float, speed_mps: float) -> bool:
        """Whether it has kept its place while the tram came nearer."""
        driven_m, last = way_m - self.first_way_m, self.last
        own_mps = abs(speed_mps - last.closing_speed_mps)
        return (
            self.looks >= LOOKS
            and self.most_confidence >= TRAITS[last.kind].sure_confidence
            and driven_m >= NEARER_M
            and abs(self.at_m - self.first_at_m) <= MOVES_SHARE * driven_m
            and own_mps <= max(STANDS_MPS, last.closing_sigma_mps)
            and self.at_m - way_m <= FARTHEST_M
            and last.lateral_sigma_m <= SIDE_SIGMA_M
        )


@dataclass(frozen=True, slots=True)
class KeptPlaces:
    """Those of everything that is followed on the own track."""

    followed: tuple[KeptPlace, ...] = ()
    lost: tuple[KeptPlace, ...] = ()
    """Those proven that this picture shows no more, or not surely."""


def is_named(obstacle: Obstacle) -> bool:
    """Whether its class is sure enough to stand for what is there."""
    return obstacle.confidence >= TRAITS[obstacle.kind].sure_confidence


def next_kept_places(
    places: KeptPlaces,
    obstacles: Sequence[Obstacle],
    seen_ids: frozenset[int],
    way_m: float,
    speed_mps: float | None,
    now_ns: int,
    front_offset_m: float = 0.0,
) -> KeptPlaces:
    """What stands after one more picture, which shows the obstacles of `seen_ids`.

    Without the own speed nobody can tell what stands.
    """
    if speed_mps is None:
        return KeptPlaces()
    known = {each.track_id: each for each in places.followed}
    for one in obstacles:
        if one.track_id not in seen_ids or not TRAITS[one.kind].is_large:
            continue
        if not one.in_envelope:
            known.pop(one.track_id, None)
        elif one.inside_sigmas >= INSIDE_SIGMAS:
            at_m = way_m + front_offset_m + one.distance_m
            known[one.track_id] = _looked_at(known.get(one.track_id), one, way_m, at_m, now_ns)
    present = {one.track_id for one in obstacles}
    sure = {one.track_id for one in obstacles if is_named(one)}
    unsure = [each for each in known.values() if each.track_id not in sure]
    lost = tuple(each for each in unsure if each.is_proven(way_m, speed_mps))
    kept = [each for each in known.values() if each.track_id in present and each not in lost]
    return KeptPlaces(tuple(kept), lost)


def _looked_at(
    place: KeptPlace | None, seen: Obstacle, way_m: float, at_m: float, now_ns: int
) -> KeptPlace:
    if place is None:
        return KeptPlace(seen.track_id, way_m, at_m, at_m, 1, seen.confidence, now_ns, seen)
    most_confidence = max(place.most_confidence, seen.confidence)
    return replace(
        place, at_m=at_m, looks=place.looks + 1, most_confidence=most_confidence, last=seen
    )


def with_remembered(
    sight: BedSight, lost: Iterable[KeptPlace], camera: GroundCamera, now_ns: int
) -> BedSight:
    """The bed with what was lost on it; what is known to stand at a place already stays."""
    for place in lost:
        same_m = max(SAME_M, SAME_SHARE * (place.at_m - sight.way_m))
        if all(abs(each.at_m - place.at_m) > same_m for each in sight.objects):
            thing = _remembered(place, -(sight.found + 1), camera, now_ns)
            sight = replace(sight, objects=(*sight.objects, thing), found=sight.found + 1)
    return sight


def _remembered(
    place: KeptPlace, object_id: int, camera: GroundCamera, now_ns: int
) -> UnknownObject:
    left, top, right, bottom = place.last.xyxy
    m_per_px = place.last.distance_m / camera.focal_px
    half_m = (right - left) / 2 * m_per_px
    return UnknownObject(
        object_id,
        place.at_m,
        place.last.distance_sigma_m,
        place.last.lateral_m - half_m,
        place.last.lateral_m + half_m,
        float(np.clip((bottom - top) * m_per_px, *HEIGHT_RANGE_M)),
        0.0,
        place.since_ns,
        believed_until_ns=round(now_ns + REMEMBERED_S * NS_PER_S),
    )


def with_named(
    sight: BedSight, camera: GroundCamera, track: EgoTrack, named_xyxy: FloatArray, now_ns: int
) -> BedSight:
    """The bed where what is remembered hides behind (M, 4) boxes of surely named things.

    Should one of them drive off, nothing is left to be told at its place.
    """
    soon_ns = round(now_ns + NAMED_S * NS_PER_S)

    def believed(one: UnknownObject) -> UnknownObject:
        until_ns, xyxy = one.believed_until_ns, box_px(camera, track, one, sight.way_m)
        if until_ns is None or xyxy is None or not is_covered(np.array(xyxy), named_xyxy):
            return one
        return replace(one, believed_until_ns=min(until_ns, soon_ns))

    return replace(sight, objects=tuple(believed(one) for one in sight.objects))
