"""Watches the way ahead of one tram, frame by frame."""

from dataclasses import dataclass

from vision.arrays import FloatArray
from vision.detector import ObjectDetector
from vision.frame import Frame
from vision.stages import UNTIMED, Stages
from vision.tracks import Tracks
from vision.tram.alert_state import AlertState, UnavailableReason
from vision.tram.obstacle import Obstacle
from vision.tram.settings import TramSettings
from vision.view_health import ViewHealth


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


class TramWatch:
    """Follows obstacles ahead of one tram; time enters only with frames and losses."""

    def __init__(self, settings: TramSettings, detector: ObjectDetector) -> None:
        self._settings = settings
        self._detector = detector

    def update(
        self, frame: Frame, ego_speed_mps: float | None, stages: Stages = UNTIMED
    ) -> TramResult:
        """Take one picture and the tram's own speed, None when it is not known."""
        raise NotImplementedError

    def lose(self, now_ns: int, reason: UnavailableReason) -> TramResult:
        """No picture is to be had: the assistance is unavailable for `reason`."""
        raise NotImplementedError
