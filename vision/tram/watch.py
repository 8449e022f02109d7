"""Watches the way ahead of one tram, frame by frame."""

from dataclasses import dataclass, field

from vision.arrays import FloatArray
from vision.detector import ObjectDetector
from vision.frame import Frame
from vision.stages import UNTIMED, Stages
from vision.tracker import TrackerSettings
from vision.tracks import Tracks
from vision.tram.alert_state import (
    AlertState,
    TramSight,
    UnavailableReason,
    acknowledged,
    first_alert_state,
    next_alert_state,
)
from vision.tram.bed_reader import ReadsBed
from vision.tram.bed_watch import BedWatch
from vision.tram.cab_view import REASON_OF_FAULT, CabView, is_meant_for
from vision.tram.calibration_watch import (
    CalibrationCheck,
    CalibrationVerdict,
    CalibrationWatch,
)
from vision.tram.drive import Drive
from vision.tram.ego_motion import Coast, EgoMotion, next_ego_motion
from vision.tram.ego_track import EgoTrack
from vision.tram.obstacle import TRAITS, Obstacle
from vision.tram.own_way import OwnWay
from vision.tram.rail_calibration import FAR_M
from vision.tram.ranging import Ranging
from vision.tram.road_users import RoadUsers
from vision.tram.settings import TramSettings
from vision.tram.track_evidence import SeesTrack
from vision.view_health import ViewHealth

ON_RAILS_M = 1.0  # aside of the track's middle, of a vehicle that hides the rails


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
    is_blind: bool = False
    """Whether nothing was looked for in the last picture."""


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
        bed_reader: ReadsBed | None = None,
        calibration: CalibrationWatch | None = None,
    ) -> None:
        """Goes on where an earlier watch of the same camera ended.

        `earlier_alert` is the last it told, `calibration` what it has seen of the camera's pose.
        """
        self.calibration = calibration or CalibrationWatch(settings.gauge_m)
        self._settings = settings
        self._earlier_alert = earlier_alert
        self._view = CabView(settings.camera)
        self._way = OwnWay(settings, track_reader)
        self._users = RoadUsers(
            detector, tracking, closer_look_every_s=settings.closer_look_every_s
        )
        self._ranging = Ranging(settings)
        self._bed = BedWatch(settings, bed_reader)
        self._ego = EgoMotion()
        self._alert: AlertState | None = None
        self._camera_id = camera_id  # until a frame says so
        self._frame_id: int | None = None

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
            health = self._view.update(frame, speed_mps, may_stand_still=stands)
        camera = self._view.camera_of(frame)
        if health.fault is not None:
            return self._blind(now_ns, health, REASON_OF_FAULT[health.fault])
        if camera is None:
            return self._blind(now_ns, health, UnavailableReason.NO_TRACK)
        if not is_meant_for(camera, frame.width_px):
            return self._blind(now_ns, health, UnavailableReason.CALIBRATION)
        with stages("rails"):
            scene = self._way.update(frame, camera, self._ego)
        with stages("detect"):
            look = self._users.look_at(scene)
        with stages("track"):
            followed = self._users.follow(look, scene)
            tracks = followed[followed.is_confirmed]
        with stages("range"):
            ranged = followed[self._users.is_worth_ranging(followed)]
            kinds = self._users.kinds_of(ranged)
            obstacles = self._ranging.update(scene, ranged, kinds, self.calibration.check)
        with stages("rails"):
            is_covered = any(_covers_rails(one) for one in obstacles)
            self.calibration.update(frame, camera, self._ego, is_covered=is_covered)
        with stages("bed"):
            seen_ids = frozenset(tracks.track_id[tracks.is_seen].tolist())
            unknown = self._bed.update(scene, obstacles, seen_ids, self.calibration.check)
            obstacles = tuple(sorted((*obstacles, *unknown), key=lambda one: one.distance_m))
        with stages("alert"):
            self._decide(self._sight(obstacles, now_ns), now_ns)
        return self._result(now_ns, health, tracks, obstacles)

    def lose(self, now_ns: int, reason: UnavailableReason) -> TramResult:
        """No picture is to be had: the assistance is unavailable for `reason`."""
        return self._blind(now_ns, self._view.lose(now_ns), reason)

    def acknowledge(self) -> None:
        """The driver has confirmed the present alert."""
        if self._alert is not None:
            self._alert = acknowledged(self._alert)

    @property
    def ego_track(self) -> EgoTrack:
        """The course of the own track, as the last healthy picture showed it."""
        return self._way.track

    @property
    def last_alert(self) -> AlertState | None:
        """The newest, that of the watch before this one included."""
        return self._alert or self._earlier_alert

    def _blind(self, now_ns: int, health: ViewHealth, reason: UnavailableReason) -> TramResult:
        self._bed.forget()
        self._decide(TramSight((), self._ego.speed_mps, failed=reason), now_ns)
        return self._result(now_ns, health, Tracks.empty(), (), is_blind=True)

    def _sight(self, obstacles: tuple[Obstacle, ...], now_ns: int) -> TramSight:
        return TramSight(
            obstacles,
            self._ego.speed_mps,
            self._ego.acceleration_mps2,
            self._ego.braking_for_s(now_ns),
            failed=self._failed(),
            most_speed_mps=self._ego.most_speed_mps,
        )

    def _failed(self) -> UnavailableReason | None:
        """What makes a healthy picture worth nothing: pictures too rare, no rails, wrong metres."""
        if self._way.is_too_rarely_seen:
            return UnavailableReason.OVERLOADED
        if self.calibration.check.verdict is CalibrationVerdict.WRONG:
            return UnavailableReason.CALIBRATION
        return UnavailableReason.NO_TRACK if self._way.track.is_lost else None

    def _decide(self, sight: TramSight, now_ns: int) -> None:
        self._alert = next_alert_state(
            self._alert or first_alert_state(now_ns, self._earlier_alert),
            sight,
            now_ns,
            self._settings.braking,
            self._settings.alert,
        )

    def _result(
        self,
        now_ns: int,
        health: ViewHealth,
        tracks: Tracks,
        obstacles: tuple[Obstacle, ...],
        *,
        is_blind: bool = False,
    ) -> TramResult:
        assert self._alert is not None  # noqa: S101 - decided before every result
        return TramResult(
            camera_id=self._camera_id,
            frame_id=self._frame_id,
            timestamp_ns=now_ns,
            health=health,
            tracks=tracks,
            obstacles=obstacles,
            envelope_px=self._way.envelope_px,
            alert=self._alert,
            ego_track=self.ego_track,
            ego=self._ego,
            calibration=self.calibration.check,
            bed_to_m=self._bed.reach_m,
            is_blind=is_blind,
        )


def _covers_rails(obstacle: Obstacle) -> bool:
    """Whether a vehicle hides the rails; by its middle, which a wrong calibration moves least."""
    is_on_rails = TRAITS[obstacle.kind].is_large and abs(obstacle.lateral_m) < ON_RAILS_M
    return is_on_rails and obstacle.distance_m < FAR_M
