"""Watches the way ahead of one tram, frame by frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vision.arrays import BoolArray, FloatArray
from vision.boxes import box_area, intersection_matrix
from vision.classes import KIND_OF, Kind
from vision.detections import Detections
from vision.detector import ObjectDetector
from vision.frame import Frame
from vision.ground import GroundCamera
from vision.stages import UNTIMED, Stages
from vision.tracker import Tracker, TrackerSettings
from vision.tracks import Tracks
from vision.tram.ahead_view import AheadView, ahead_view, growths
from vision.tram.alert_state import (
    AlertState,
    TramSight,
    UnavailableReason,
    acknowledged,
    first_alert_state,
    next_alert_state,
)
from vision.tram.bed_obstacle import bed_obstacles
from vision.tram.bed_sight import BedSight, next_bed_sight
from vision.tram.calibration_watch import (
    CalibrationCheck,
    CalibrationVerdict,
    CalibrationWatch,
)
from vision.tram.drive import Drive
from vision.tram.duplicates import without_duplicates
from vision.tram.ego_motion import Coast, EgoMotion, next_ego_motion
from vision.tram.ego_track import EgoTrack, EgoTrackSettings, next_ego_track
from vision.tram.envelope import envelope_outline_px, half_width_m
from vision.tram.footprint import Footprints, footprints_of
from vision.tram.kept_place import (
    KeptPlaces,
    is_named,
    next_kept_places,
    with_named,
    with_remembered,
)
from vision.tram.lens import LensView, next_lens_view
from vision.tram.obstacle import (
    TRAITS,
    Obstacle,
    RangeDoubt,
    is_on_ground,
    obstacles_from,
)
from vision.tram.rail_calibration import FAR_M
from vision.tram.raised_ground import RaisedGround, next_raised_ground
from vision.tram.range_doubt import range_doubt
from vision.tram.range_filter import GroundTracks, Looks, RangeFilter
from vision.tram.rider import machines_of, next_riders, standing_boxes
from vision.tram.settings import TramSettings
from vision.tram.track_evidence import RailSight, SeesTrack
from vision.tram.zoom import detections_in, part_along
from vision.view_health import ViewFault, ViewHealth, ViewMonitor, ViewSettings

NS_PER_S = 1_000_000_000
ENVELOPE_FAR_M = 80.0  # how far the envelope is drawn
PLATFORM_REACH_M = 6.0  # from the track; who stands further off tells nothing of a platform
RARE_S, RARE_PICTURES = 0.7, 3  # so many pictures in a row, so far apart, come too rarely
GROWTH_REACH_M = 60.0  # of vehicles whose growth in the picture is measured
GROWTH_MOST = 2
ON_RAILS_M = 1.0  # aside of the track's middle, of a vehicle that hides the rails
SURE_PERSON = 0.5  # confidence of people whose height is believed
ASPECT_TOLERANCE = 0.01  # a sub-stream of the same view keeps its shape within rounding

TRAM_VIEW = ViewSettings(confirm_s=0.3, recover_s=0.5, frozen_after_s=0.4)
"""A driver must know of a blind camera within half a second; no real or rendered clip of a moving
tram stands still for 0.4 s."""

REASON_OF_FAULT: Mapping[ViewFault, UnavailableReason] = {
    ViewFault.LOST: UnavailableReason.NO_PICTURE,
    ViewFault.FROZEN: UnavailableReason.FROZEN,
    ViewFault.DARK: UnavailableReason.DARK,
    ViewFault.OVEREXPOSED: UnavailableReason.OVEREXPOSED,
    ViewFault.BLURRED: UnavailableReason.BLURRED,
    ViewFault.COVERED: UnavailableReason.COVERED,
    ViewFault.DIRTY: UnavailableReason.DIRTY_LENS,
}


@dataclass(frozen=True, slots=True, eq=False)
class TramResult:
    """Everything known about the way ahead after one frame."""

    camera_id: str
    frame_id: int | None
    """Of the last picture; None before the first."""
    timestamp_ns: int
    health: ViewHealth
    tracks: Tracks
    obstacles: tuple[Obstacle, ...]
    """Nearest first."""
    envelope_px: FloatArray
    """(K, 2) outline of the clearance envelope in px of the source picture."""
    alert: AlertState
    ego_track: EgoTrack
    """The course of the own track, and how far ahead it is sure."""
    ego: EgoMotion = field(default_factory=EgoMotion)
    """The own motion as it was used for all this."""
    calibration: CalibrationCheck = field(default_factory=CalibrationCheck)
    """What the rails say of the camera's pose."""
    drive: Drive | None = None
    """The own run on the line, where somebody keeps account of it."""
    bed_to_m: float = 0.0
    """How far ahead the bed is looked at for things that no class names; 0: it is not."""


class TramWatch:
    """Follows obstacles ahead of one tram; time enters only with frames and losses."""

    def __init__(
        self,
        settings: TramSettings,
        detector: ObjectDetector,
        *,
        camera_id: str = "",
        tracking: TrackerSettings | None = None,
        earlier_alert: AlertState | None = None,
        track_reader: SeesTrack | None = None,
        calibration: CalibrationWatch | None = None,
    ) -> None:
        """Goes on where an earlier watch of the same camera ended.

        `earlier_alert` is the last it told, `calibration` what it has seen of the camera's pose.
        """
        self.calibration = calibration or CalibrationWatch(settings.gauge_m)
        self._settings = settings
        self._earlier_alert = earlier_alert
        self._detector = detector
        self._kinds = [KIND_OF.get(name) for name in detector.class_names]
        order = list(Kind)
        self._kind_id = np.array([order.index(kind) if kind else -1 for kind in self._kinds])
        # boxes of parked vehicles slide into each other; a faint one is no vehicle by itself
        is_small = [kind is not None and not TRAITS[kind].is_large for kind in self._kinds]
        self._is_small = np.array(is_small, np.bool_)
        self._tracker = Tracker(tracking, self._kind_id, self._is_small)
        self._monitor = ViewMonitor(TRAM_VIEW)
        self._ranges = RangeFilter()
        self._riders: frozenset[int] = frozenset()
        self._ego = EgoMotion()
        self._lens = LensView()
        self._ahead = AheadView()
        self._alert: AlertState | None = None
        self._camera_id = camera_id  # until a frame says so
        self._frame_id: int | None = None
        self._size_px: tuple[int, int] | None = None
        self._envelope_px: FloatArray = np.zeros((0, 2))
        self._ego_track = EgoTrack()
        self._track_at_ns: int | None = None
        self._elapsed_s = 0.0
        self._rare_pictures = 0
        self._since_zoom = 0
        self._raised = RaisedGround()
        self._rails = RailSight(track_reader)
        self._bed = BedSight()
        self._kept = KeptPlaces()

    def update(
        self,
        frame: Frame,
        ego_speed_mps: float | None,
        stages: Stages = UNTIMED,
        coast: Coast | None = None,
    ) -> TramResult:
        """Take one picture and the tram's own speed, None when it is not known.

        `coast` tells how far that has been carried on from an earlier reading.
        """
        self._camera_id, self._frame_id = frame.camera_id, frame.frame_id
        now_ns, alert_settings = frame.timestamp_ns, self._settings.alert
        self._ego = next_ego_motion(
            self._ego, ego_speed_mps, now_ns, alert_settings.speed_valid_for_s, coast
        )
        speed_mps = self._ego.speed_mps
        with stages("health"):
            stands = speed_mps is not None and abs(speed_mps) < alert_settings.standstill_mps
            health = self._lens_checked(
                self._monitor.update(frame, may_stand_still=stands), frame, speed_mps
            )
        camera = self._camera_for(frame)
        if health.fault is not None:
            return self._blind(now_ns, health, REASON_OF_FAULT[health.fault])
        if camera is None:
            return self._blind(now_ns, health, UnavailableReason.NO_TRACK)
        with stages("rails"):
            self._follow_rails(camera, frame)
        with stages("detect"):
            detections = self._relevant(self._detected(camera, frame))
        with stages("track"):
            followed = _in_picture(self._tracker.follow(detections, now_ns), frame.width_px)
            tracks = followed[followed.is_confirmed]
        with stages("range"):
            measured = followed[followed.is_confirmed | self._is_small[followed.class_id]]
            obstacles = self._obstacles(camera, measured, frame)
        with stages("rails"):
            is_covered = any(_covers_rails(one) for one in obstacles)
            self.calibration.update(frame, camera, self._ego, is_covered=is_covered)
        with stages("bed"):
            obstacles = self._with_unknown(camera, tracks, frame, obstacles)
        with stages("alert"):
            sight = TramSight(
                obstacles,
                speed_mps,
                self._ego.acceleration_mps2,
                self._ego.braking_for_s(now_ns),
                failed=self._failed(),
                most_speed_mps=self._ego.most_speed_mps,
            )
            self._decide(sight, now_ns)
        return self._result(now_ns, health, tracks, obstacles)

    @property
    def last_alert(self) -> AlertState | None:
        """The newest, that of the watch before this one included."""
        return self._alert or self._earlier_alert

    def _failed(self) -> UnavailableReason | None:
        """What makes a healthy picture worth nothing: pictures too rare, no rails, wrong metres."""
        if self._rare_pictures >= RARE_PICTURES:
            return UnavailableReason.OVERLOADED
        if self.calibration.check.verdict is CalibrationVerdict.WRONG:
            return UnavailableReason.CALIBRATION
        return UnavailableReason.NO_TRACK if self._ego_track.is_lost else None

    def lose(self, now_ns: int, reason: UnavailableReason) -> TramResult:
        """No picture is to be had: the assistance is unavailable for `reason`."""
        return self._blind(now_ns, self._monitor.lose(now_ns), reason)

    def acknowledge(self) -> None:
        """The driver has confirmed the present alert."""
        if self._alert is not None:
            self._alert = acknowledged(self._alert)

    def _blind(self, now_ns: int, health: ViewHealth, reason: UnavailableReason) -> TramResult:
        self._bed, self._kept = BedSight(found=self._bed.found), KeptPlaces()
        self._decide(TramSight((), self._ego.speed_mps, failed=reason), now_ns)
        return self._result(now_ns, health, Tracks.empty(), ())

    def _lens_checked(
        self, health: ViewHealth, frame: Frame, speed_mps: float | None
    ) -> ViewHealth:
        """The health of a view, dirt on the lens included."""
        if health.fault is not None or health.statistics is None:
            return health
        grey, now_ns = health.statistics.mean_grey, frame.timestamp_ns
        self._lens = next_lens_view(self._lens, frame.image, grey, speed_mps, now_ns)
        return replace(health, fault=ViewFault.DIRTY) if self._lens.is_dirty else health

    def _decide(self, sight: TramSight, now_ns: int) -> None:
        self._alert = next_alert_state(
            self._alert or first_alert_state(now_ns, self._earlier_alert),
            sight,
            now_ns,
            self._settings.braking,
            self._settings.alert,
        )

    def _detected(self, camera: GroundCamera, frame: Frame) -> Detections:
        """What the detector finds, with a closer look along the track now and then."""
        found = self._detector(frame.image)
        every = self._settings.zoom_every
        self._since_zoom += 1
        if every == 0 or self._since_zoom < every:
            return found
        self._since_zoom = 0
        size_px = (frame.width_px, frame.height_px)
        part = part_along(camera, self._ego_track.line, size_px)
        return Detections.concatenate([found, detections_in(self._detector, frame.image, part)])

    def _relevant(self, detections: Detections) -> Detections:
        """The detections whose class matters to a tram."""
        kind_id = self._kind_id[detections.class_id]
        return without_duplicates(detections[kind_id >= 0], kind_id[kind_id >= 0])

    def _obstacles(
        self, camera: GroundCamera, tracks: Tracks, frame: Frame
    ) -> tuple[Obstacle, ...]:
        """The confirmed tracks on the ground; those that are not yet are measured already."""
        line = self._ego_track.line
        size_px = (frame.width_px, frame.height_px)
        kinds = self._kinds_of(tracks)
        machine_of = machines_of(tracks.xyxy, kinds)
        xyxy = standing_boxes(tracks.xyxy, machine_of)
        self._riders = next_riders(self._riders, tracks.track_id, machine_of)
        level = footprints_of(camera, xyxy, kinds, size_px, line)
        looks = self._looks(camera, tracks, kinds, level)
        footprints = level
        if looks.raised_m.any():
            footprints = footprints_of(camera, xyxy, kinds, size_px, line, looks.raised_m)
        was_ranged = self._ranges.is_followed(tracks.track_id)
        stands = is_on_ground(camera, tracks, kinds, footprints, was_ranged, frame.height_px)
        tracks, xyxy = tracks[stands], xyxy[stands]
        footprints, looks = footprints[stands], looks[stands]
        kinds = self._kinds_of(tracks)
        speed_mps = self._ego.speed_mps or 0.0
        ground = self._ranges.update(
            camera,
            tracks.track_id,
            xyxy,
            footprints,
            self._top_speeds_mps(tracks, kinds),
            speed_mps,
            frame.timestamp_ns,
            line,
            looks,
        )
        if self._measure_growth(frame, tracks, footprints, ground):
            ground = self._ranges.read(camera, tracks.track_id, line)
        real = set(tracks.track_id[tracks.is_confirmed].tolist())
        obstacles = obstacles_from(
            tracks,
            kinds,
            footprints,
            ground,
            ego_speed_mps=speed_mps,
            half_width_m=half_width_m(self._settings, line, ground.forward_m, self._ego_track.fork),
            front_offset_m=self._settings.front_offset_m,
            seen_width_m=(
                (tracks.xyxy[:, 2] - tracks.xyxy[:, 0]) * ground.forward_m / camera.focal_px
            ),
            doubt=self._doubt(camera, ground.forward_m),
        )
        return tuple(one for one in obstacles if one.track_id in real)

    def _with_unknown(
        self, camera: GroundCamera, tracks: Tracks, frame: Frame, obstacles: tuple[Obstacle, ...]
    ) -> tuple[Obstacle, ...]:
        """The obstacles, and what stands on the bed without a class."""
        if not self._settings.finds_objects:
            return obstacles
        track, speed_mps, now_ns = self._ego_track, self._ego.speed_mps, frame.timestamp_ns
        self._bed = next_bed_sight(
            self._bed, frame.image, camera, track, speed_mps, self._elapsed_s, now_ns
        )
        self._kept = next_kept_places(
            self._kept,
            obstacles,
            frozenset(tracks.track_id[tracks.is_seen].tolist()),
            self._bed.way_m,
            speed_mps,
            now_ns,
            self._settings.front_offset_m,
        )
        named_xyxy = np.array([e.xyxy for e in obstacles if is_named(e)]).reshape(-1, 4)
        self._bed = with_named(self._bed, camera, track, named_xyxy, now_ns)
        self._bed = with_remembered(self._bed, self._kept.lost, camera, now_ns)
        present = self._bed.present
        if not present:
            return obstacles
        ahead_m = np.array([each.at_m - self._bed.way_m for each in present])
        unknown = bed_obstacles(
            self._bed,
            camera,
            track,
            self._settings,
            speed_mps or 0.0,
            self._doubt(camera, ahead_m),
            named_xyxy,
            now_ns,
        )
        return tuple(sorted((*obstacles, *unknown), key=lambda one: one.distance_m))

    def _measure_growth(
        self, frame: Frame, tracks: Tracks, footprints: Footprints, ground: GroundTracks
    ) -> bool:
        """See how fast the nearest vehicles ahead grow; whether any was measured."""
        ahead = footprints.is_ahead & tracks.is_seen & (ground.forward_m < GROWTH_REACH_M)
        nearest = np.flatnonzero(ahead)
        nearest = nearest[np.argsort(ground.forward_m[nearest])][:GROWTH_MOST]
        before, self._ahead = self._ahead, ahead_view(frame, tracks[nearest])
        grown = growths(before, self._ahead)
        for track_id, growth in grown.items():
            rate, sigma = np.array([growth.rate_per_s]), np.array([growth.sigma_per_s])
            self._ranges.grow(np.array([track_id]), rate, sigma, self._ego.speed_mps or 0.0)
        return bool(grown)

    def _looks(
        self,
        camera: GroundCamera,
        tracks: Tracks,
        kinds: Sequence[Kind],
        level: Footprints,
    ) -> Looks:
        """How well the picture shows each track, and whether it stands on a platform."""
        track = self._ego_track
        half_m = half_width_m(self._settings, track.line, level.forward_m, track.fork)
        is_right = level.anchor_m > 0
        is_beside = np.abs(level.anchor_m) > np.where(is_right, half_m[:, 1], half_m[:, 0])
        is_person = np.array([kind is Kind.PERSON for kind in kinds], np.bool_)
        tall_m = (tracks.xyxy[:, 3] - tracks.xyxy[:, 1]) * level.forward_m / camera.focal_px
        tells = is_person & is_beside & tracks.is_seen & ~level.is_cut & ~level.is_deep
        tells &= (tracks.xyxy[:, 1] > 0) & (np.abs(level.anchor_m) < PLATFORM_REACH_M)
        tells &= tracks.is_confirmed & (tracks.confidence >= SURE_PERSON)
        self._raised = next_raised_ground(
            self._raised,
            tracks.track_id[tells],
            is_right[tells],
            tall_m[tells],
            (self._ego.speed_mps or 0.0) * self._elapsed_s,
            camera.height_m,
        )
        return Looks(
            is_seen=tracks.is_seen,
            crowding=_crowding(tracks.xyxy, is_person & tracks.is_confirmed),
            raised_m=np.where(is_person & is_beside, self._raised.at(is_right), 0.0),
            turned_rad=self._ego_track.heading_sigma_rad(level.forward_m),
        )

    def _top_speeds_mps(self, tracks: Tracks, kinds: Sequence[Kind]) -> FloatArray:
        """(N,) what nothing of its kind exceeds; a rider is as fast as his machine."""
        rides = [int(track_id) in self._riders for track_id in tracks.track_id]
        return np.array(
            [
                TRAITS[Kind.TWO_WHEELER if is_rider else kind].top_speed_mps
                for kind, is_rider in zip(kinds, rides, strict=True)
            ]
        )

    def _doubt(self, camera: GroundCamera, forward_m: FloatArray) -> RangeDoubt:
        return range_doubt(
            self._settings, self.calibration.check, self._ego_track, self._ego, camera, forward_m
        )

    def _kinds_of(self, tracks: Tracks) -> Sequence[Kind]:
        return [kind for row in tracks.class_id if (kind := self._kinds[row]) is not None]

    def _camera_for(self, frame: Frame) -> GroundCamera | None:
        """The calibration in the px of this picture, or None when its shape is another one."""
        size_px = (frame.width_px, frame.height_px)
        self._size_px = self._size_px or size_px
        across, down = size_px[0] / self._size_px[0], size_px[1] / self._size_px[1]
        if abs(across / down - 1) > ASPECT_TOLERANCE:
            return None
        camera = self._settings.camera
        if size_px != self._size_px:
            camera = camera.scaled(across)
        return camera

    def _follow_rails(self, camera: GroundCamera, frame: Frame) -> None:
        size_px = (frame.width_px, frame.height_px)
        elapsed_s = 0.0
        if self._track_at_ns is not None:
            elapsed_s = max(frame.timestamp_ns - self._track_at_ns, 0) / NS_PER_S
        self._track_at_ns, self._elapsed_s = frame.timestamp_ns, elapsed_s
        self._rare_pictures = self._rare_pictures + 1 if elapsed_s > RARE_S else 0
        self._ego_track = next_ego_track(
            self._ego_track,
            self._rails(camera, frame.image),
            self._ego.speed_mps or 0.0,
            elapsed_s,
            EgoTrackSettings(self._settings.gauge_m),
        )
        self._envelope_px = envelope_outline_px(
            camera,
            self._settings,
            self._ego_track.line,
            ENVELOPE_FAR_M,
            size_px,
            self._ego_track.fork,
        )

    def _result(
        self, now_ns: int, health: ViewHealth, tracks: Tracks, obstacles: tuple[Obstacle, ...]
    ) -> TramResult:
        assert self._alert is not None  # noqa: S101 - decided before every result
        return TramResult(
            camera_id=self._camera_id,
            frame_id=self._frame_id,
            timestamp_ns=now_ns,
            health=health,
            tracks=tracks,
            obstacles=obstacles,
            envelope_px=self._envelope_px,
            alert=self._alert,
            ego_track=self._ego_track,
            ego=self._ego,
            calibration=self.calibration.check,
            bed_to_m=self._bed.reach_m,
        )


def _covers_rails(obstacle: Obstacle) -> bool:
    """Whether a vehicle hides the rails; by its middle, which a wrong calibration moves least."""
    is_on_rails = TRAITS[obstacle.kind].is_large and abs(obstacle.lateral_m) < ON_RAILS_M
    return is_on_rails and obstacle.distance_m < FAR_M


def _in_picture(tracks: Tracks, width_px: int) -> Tracks:
    """The tracks that have not left the picture sideways since they were last seen."""
    middle = (tracks.xyxy[:, 0] + tracks.xyxy[:, 2]) / 2
    return tracks[tracks.is_seen | ((middle > 0) & (middle < width_px))]


def _crowding(xyxy: FloatArray, is_person: BoolArray) -> FloatArray:
    """(N,) largest share of each person's box, of (N, 4), that another person's covers.

    People in a crowd are taken for each other; a rider and his machine are not.
    """
    boxes = xyxy.astype(np.float64)
    shared = intersection_matrix(boxes, boxes)
    shared[~(is_person[:, None] & is_person[None, :]) | np.eye(len(boxes), dtype=np.bool_)] = 0
    share: FloatArray = shared.max(axis=1, initial=0) / np.maximum(box_area(boxes), 1)
    return share
