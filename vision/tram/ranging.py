"""How far away the followed road users are: from boxes in the picture to obstacles on the ground.

Everything a picture tells of a place is gathered here: the foot of the box, the machine under a
rider, a kerb or platform under people, the growth of vehicles ahead.
"""

from collections.abc import Sequence

import numpy as np

from vision.arrays import BoolArray, FloatArray, IntArray
from vision.boxes import box_area, intersection_matrix
from vision.classes import Kind
from vision.tracks import Tracks
from vision.tram.ahead_view import AheadView, next_ahead_view
from vision.tram.calibration_watch import CalibrationCheck
from vision.tram.footprint import Footprints, footprints_of
from vision.tram.obstacle import TRAITS, Obstacle, is_on_ground, obstacles_from
from vision.tram.raised_ground import RaisedGround, next_raised_ground
from vision.tram.range_doubt import range_doubt
from vision.tram.range_filter import NOBODY, GroundTracks, Looks, RangeFilter
from vision.tram.rider import machines_of, next_riders, standing_boxes
from vision.tram.scene import Scene
from vision.tram.settings import TramSettings

PLATFORM_REACH_M = 6.0  # from the track; who stands further off tells nothing of a platform
SURE_PERSON = 0.5  # confidence of people whose height is believed
GROWTH_REACH_M = 60.0  # of vehicles whose growth in the picture is measured
GROWTH_MOST = 2
SAME_SHARE = 0.6  # of the smaller of two boxes, that both cover: they show the same thing


class Ranging:
    """Measures the road users of one camera on the ground, filtered over time."""

    def __init__(self, settings: TramSettings) -> None:
        self._settings = settings
        self._ranges = RangeFilter()
        self._riders: frozenset[int] = frozenset()
        self._raised = RaisedGround()
        self._ahead = AheadView()

    def update(
        self, scene: Scene, tracks: Tracks, kinds: Sequence[Kind], check: CalibrationCheck
    ) -> tuple[Obstacle, ...]:
        """The confirmed tracks as obstacles, nearest first; the others are measured already."""
        camera, line = scene.camera, scene.line
        machine_of = machines_of(tracks.xyxy, kinds)
        xyxy = standing_boxes(tracks.xyxy, machine_of)
        self._riders = next_riders(self._riders, tracks.track_id, machine_of)
        level = footprints_of(camera, xyxy, kinds, scene.size_px, line)
        was_ranged = self._ranges.is_followed(tracks.track_id)
        looks = self._looks(scene, tracks, kinds, level, was_ranged)
        footprints = level
        if looks.raised_m.any():
            footprints = footprints_of(camera, xyxy, kinds, scene.size_px, line, looks.raised_m)
        stands = is_on_ground(camera, tracks, kinds, footprints, was_ranged, scene.frame.height_px)
        tracks, xyxy = tracks[stands], xyxy[stands]
        footprints, looks = footprints[stands], looks[stands]
        kinds = [kind for kind, is_kept in zip(kinds, stands, strict=True) if is_kept]
        ground = self._ranges.update(
            camera,
            tracks.track_id,
            xyxy,
            footprints,
            self._top_speeds_mps(tracks, kinds),
            scene.mean_speed_mps or 0.0,
            scene.now_ns,
            line,
            looks,
        )
        if self._measure_growth(scene, tracks, footprints, ground):
            ground = self._ranges.read(camera, tracks.track_id, line)
        obstacles = obstacles_from(
            tracks,
            kinds,
            footprints,
            ground,
            ego_speed_mps=scene.speed_mps,
            half_width_m=scene.half_width_m(self._settings, ground.forward_m),
            straight_half_width_m=scene.straight_half_width_m(self._settings, ground.forward_m),
            front_offset_m=self._settings.front_offset_m,
            seen_width_m=(
                (tracks.xyxy[:, 2] - tracks.xyxy[:, 0]) * ground.forward_m / camera.focal_px
            ),
            doubt=range_doubt(self._settings, check, scene, ground.forward_m),
        )
        real = set(tracks.track_id[tracks.is_confirmed].tolist())
        return tuple(one for one in obstacles if one.track_id in real)

    def _looks(
        self,
        scene: Scene,
        tracks: Tracks,
        kinds: Sequence[Kind],
        level: Footprints,
        was_ranged: BoolArray,
    ) -> Looks:
        """How well the picture shows each track, and whether it stands on a platform."""
        half_m = scene.half_width_m(self._settings, level.forward_m)
        is_right = level.anchor_m > 0
        is_beside = np.abs(level.anchor_m) > np.where(is_right, half_m[:, 1], half_m[:, 0])
        is_person = np.array([kind is Kind.PERSON for kind in kinds], np.bool_)
        tall_m = (tracks.xyxy[:, 3] - tracks.xyxy[:, 1]) * level.forward_m / scene.camera.focal_px
        tells = is_person & is_beside & tracks.is_seen & ~level.is_cut & ~level.is_deep
        tells &= (tracks.xyxy[:, 1] > 0) & (np.abs(level.anchor_m) < PLATFORM_REACH_M)
        tells &= tracks.is_confirmed & (tracks.confidence >= SURE_PERSON)
        self._raised = next_raised_ground(
            self._raised,
            tracks.track_id[tells],
            is_right[tells],
            tall_m[tells],
            scene.driven_m,
            scene.camera.height_m,
        )
        return Looks(
            is_seen=tracks.is_seen,
            crowding=_crowding(tracks.xyxy, is_person & tracks.is_confirmed),
            raised_m=np.where(is_person & is_beside, self._raised.at(is_right), 0.0),
            turned_rad=scene.track.heading_sigma_rad(level.forward_m),
            heir_of=_heirs(tracks, kinds, was_ranged),
        )

    def _measure_growth(
        self, scene: Scene, tracks: Tracks, footprints: Footprints, ground: GroundTracks
    ) -> bool:
        """See how fast the nearest vehicles ahead grow; whether any was measured."""
        ahead = footprints.is_ahead & tracks.is_seen & (ground.forward_m < GROWTH_REACH_M)
        nearest = np.flatnonzero(ahead)
        if len(nearest) == 0:
            return False
        nearest = nearest[np.argsort(ground.forward_m[nearest])][:GROWTH_MOST]
        boxes = {int(tracks.track_id[row]): tracks.xyxy[row] for row in nearest}
        self._ahead = next_ahead_view(self._ahead, scene.frame.image, boxes, scene.now_ns)
        grown = self._ahead.growths()
        self._ranges.grow(grown, scene.speed_mps)
        return bool(grown)

    def _top_speeds_mps(self, tracks: Tracks, kinds: Sequence[Kind]) -> FloatArray:
        """(N, 2) what nothing of its kind exceeds along and across the track.

        A rider is as fast as his machine. Along the track anybody may be one whose machine is not
        found: from behind and from afar it seldom is.
        """
        top_mps = np.array([[TRAITS[kind].top_speed_mps] * 2 for kind in kinds]).reshape(-1, 2)
        riding_mps = TRAITS[Kind.TWO_WHEELER].top_speed_mps
        top_mps[[kind is Kind.PERSON for kind in kinds], 0] = riding_mps
        top_mps[[int(track_id) in self._riders for track_id in tracks.track_id]] = riding_mps
        return top_mps


def _crowding(xyxy: FloatArray, is_person: BoolArray) -> FloatArray:
    """(N,) largest share of each person's box, of (N, 4), that another person's covers.

    People in a crowd are taken for each other; a rider and his machine are not.
    """
    boxes = xyxy.astype(np.float64)
    shared = intersection_matrix(boxes, boxes)
    shared[~(is_person[:, None] & is_person[None, :]) | np.eye(len(boxes), dtype=np.bool_)] = 0
    share: FloatArray = shared.max(axis=1, initial=0) / np.maximum(box_area(boxes), 1)
    return share


def _heirs(tracks: Tracks, kinds: Sequence[Kind], was_ranged: BoolArray) -> IntArray:
    """(N,) id of the track of a like kind, ranged before, whose box shows the same; else NOBODY."""
    if was_ranged.all() or not was_ranged.any():
        return np.full(len(tracks), NOBODY)
    boxes = tracks.xyxy.astype(np.float64)
    area = np.maximum(box_area(boxes), 1)
    shared = intersection_matrix(boxes, boxes) / np.minimum(area[:, None], area)
    is_large = np.array([TRAITS[kind].is_large for kind in kinds], np.bool_)
    shared[:, ~was_ranged] = 0
    shared[is_large[:, None] != is_large] = 0
    best = shared.argmax(axis=1)
    shows_same = shared[np.arange(len(boxes)), best] >= SAME_SHARE
    return np.where(shows_same & ~was_ranged, tracks.track_id[best], NOBODY)
