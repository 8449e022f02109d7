"""Watches the way ahead of one tram, frame by frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vision.arrays import FloatArray
from vision.classes import KIND_OF, Kind
from vision.detections import Detections
from vision.detector import ObjectDetector
from vision.frame import Frame
from vision.ground import GroundCamera
from vision.stages import UNTIMED, Stages
from vision.tracker import Tracker, TrackerSettings
from vision.tracks import Tracks
from vision.tram.alert_state import (
    AlertState,
    TramSight,
    UnavailableReason,
    acknowledged,
    first_alert_state,
    next_alert_state,
)
from vision.tram.drive import Drive
from vision.tram.ego_motion import EgoMotion, next_ego_motion
from vision.tram.ego_track import EgoTrack, EgoTrackSettings, next_ego_track
from vision.tram.envelope import envelope_outline_px, half_width_m
from vision.tram.footprint import footprints_of
from vision.tram.obstacle import TRAITS, Obstacle, is_on_ground, obstacles_from
from vision.tram.rail_evidence import GroundStrip
from vision.tram.range_filter import RangeFilter
from vision.tram.settings import TramSettings
from vision.view_health import ViewFault, ViewHealth, ViewMonitor, ViewSettings

NS_PER_S = 1_000_000_000
ENVELOPE_FAR_M = 80.0  # how far the envelope is drawn
ASPECT_TOLERANCE = 0.01  # a sub-stream of the same view keeps its shape within rounding

TRAM_VIEW = ViewSettings(confirm_s=0.3, recover_s=0.5, frozen_after_s=1.0)
"""A driver must know of a blind camera within a second."""

REASON_OF_FAULT: Mapping[ViewFault, UnavailableReason] = {
    ViewFault.LOST: UnavailableReason.NO_PICTURE,
    ViewFault.FROZEN: UnavailableReason.FROZEN,
    ViewFault.DARK: UnavailableReason.DARK,
    ViewFault.OVEREXPOSED: UnavailableReason.OVEREXPOSED,
    ViewFault.BLURRED: UnavailableReason.BLURRED,
    ViewFault.COVERED: UnavailableReason.COVERED,
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
    drive: Drive | None = None
    """The own run on the line, where somebody keeps account of it."""


class TramWatch:
    """Follows obstacles ahead of one tram; time enters only with frames and losses."""

    def __init__(
        self,
        settings: TramSettings,
        detector: ObjectDetector,
        *,
        camera_id: str = "",
        tracking: TrackerSettings | None = None,
        alerts_before: int = 0,
    ) -> None:
        self._settings = settings
        self._alerts_before = alerts_before  # alert ids go on after them
        self._detector = detector
        self._kinds = [KIND_OF.get(name) for name in detector.class_names]
        order = list(Kind)
        self._tracker = Tracker(
            tracking,
            class_group=np.array([order.index(kind) if kind else -1 for kind in self._kinds]),
        )
        self._monitor = ViewMonitor(TRAM_VIEW)
        self._ranges = RangeFilter()
        self._ego = EgoMotion()
        self._alert: AlertState | None = None
        self._camera_id = camera_id  # until a frame says so
        self._frame_id: int | None = None
        self._size_px: tuple[int, int] | None = None
        self._envelope_px: FloatArray = np.zeros((0, 2))
        self._ego_track = EgoTrack()
        self._track_at_ns: int | None = None
        self._strip: GroundStrip | None = None
        self._strip_of: tuple[int, int] | None = None

    def update(
        self, frame: Frame, ego_speed_mps: float | None, stages: Stages = UNTIMED
    ) -> TramResult:
        """Take one picture and the tram's own speed, None when it is not known."""
        self._camera_id, self._frame_id = frame.camera_id, frame.frame_id
        now_ns, alert_settings = frame.timestamp_ns, self._settings.alert
        self._ego = next_ego_motion(
            self._ego, ego_speed_mps, now_ns, alert_settings.speed_valid_for_s
        )
        speed_mps = self._ego.speed_mps
        with stages("health"):
            stands = speed_mps is not None and abs(speed_mps) < alert_settings.standstill_mps
            health = self._monitor.update(frame, may_stand_still=stands)
        camera = self._camera_for(frame)
        if health.fault is not None:
            return self._blind(now_ns, health, REASON_OF_FAULT[health.fault])
        if camera is None:
            return self._blind(now_ns, health, UnavailableReason.NO_TRACK)
        with stages("rails"):
            self._follow_rails(camera, frame)
        with stages("detect"):
            detections = self._relevant(self._detector(frame.image))
        with stages("track"):
            tracks = self._tracker.update(detections, now_ns)
        with stages("range"):
            obstacles = self._obstacles(camera, tracks, frame)
        with stages("alert"):
            self._decide(TramSight(obstacles, speed_mps, self._ego.acceleration_mps2), now_ns)
        return self._result(now_ns, health, tracks, obstacles)

    @property
    def alert_count(self) -> int:
        """Alerts so far, those of watches before this one included."""
        return self._alerts_before if self._alert is None else self._alert.alert_count

    def lose(self, now_ns: int, reason: UnavailableReason) -> TramResult:
        """No picture is to be had: the assistance is unavailable for `reason`."""
        return self._blind(now_ns, self._monitor.lose(now_ns), reason)

    def acknowledge(self) -> None:
        """The driver has confirmed the present alert."""
        if self._alert is not None:
            self._alert = acknowledged(self._alert)

    def _blind(self, now_ns: int, health: ViewHealth, reason: UnavailableReason) -> TramResult:
        self._decide(TramSight((), self._ego.speed_mps, failed=reason), now_ns)
        return self._result(now_ns, health, Tracks.empty(), ())

    def _decide(self, sight: TramSight, now_ns: int) -> None:
        self._alert = next_alert_state(
            self._alert or first_alert_state(now_ns, self._alerts_before),
            sight,
            now_ns,
            self._settings.braking,
            self._settings.alert,
        )

    def _relevant(self, detections: Detections) -> Detections:
        """The detections whose class matters to a tram."""
        matters = np.array([kind is not None for kind in self._kinds], np.bool_)
        return detections[matters[detections.class_id]]

    def _obstacles(
        self, camera: GroundCamera, tracks: Tracks, frame: Frame
    ) -> tuple[Obstacle, ...]:
        line = self._ego_track.line
        kinds = self._kinds_of(tracks)
        footprints = footprints_of(camera, tracks.xyxy, kinds, frame.width_px, line)
        was_ranged = self._ranges.is_followed(tracks.track_id)
        stands = is_on_ground(camera, tracks, kinds, footprints, was_ranged, frame.height_px)
        tracks, footprints = tracks[stands], footprints[stands]
        kinds = self._kinds_of(tracks)
        speed_mps = self._ego.speed_mps or 0.0
        ground = self._ranges.update(
            camera,
            tracks.track_id,
            tracks.xyxy,
            footprints,
            np.array([TRAITS[kind].top_speed_mps for kind in kinds]),
            speed_mps,
            frame.timestamp_ns,
            line,
        )
        return obstacles_from(
            tracks,
            kinds,
            footprints,
            ground,
            ego_speed_mps=speed_mps,
            half_width_m=half_width_m(self._settings, line, ground.forward_m),
            front_offset_m=self._settings.front_offset_m,
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
        if self._strip is None or self._strip_of != size_px:
            self._strip, self._strip_of = GroundStrip(camera, size_px), size_px
        elapsed_s = 0.0
        if self._track_at_ns is not None:
            elapsed_s = max(frame.timestamp_ns - self._track_at_ns, 0) / NS_PER_S
        self._track_at_ns = frame.timestamp_ns
        self._ego_track = next_ego_track(
            self._ego_track,
            self._strip.evidence(frame.image),
            self._ego.speed_mps or 0.0,
            elapsed_s,
            EgoTrackSettings(self._settings.gauge_m),
        )
        self._envelope_px = envelope_outline_px(
            camera, self._settings, self._ego_track.line, ENVELOPE_FAR_M, size_px
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
        )
