"""The way of one tram: its rails, followed from picture to picture, and the room it needs."""

import numpy as np

from vision.arrays import FloatArray
from vision.frame import NS_PER_S, Frame
from vision.ground import GroundCamera
from vision.tram.ego_motion import EgoMotion, mean_speed_mps
from vision.tram.ego_track import EgoTrack, EgoTrackSettings, next_ego_track
from vision.tram.envelope import envelope_outline_px
from vision.tram.scene import Scene
from vision.tram.settings import TramSettings
from vision.tram.track_evidence import RailSight, SeesTrack

ENVELOPE_FAR_M = 80.0  # how far the envelope is drawn
RARE_S, RARE_PICTURES = 0.7, 3  # so many pictures in a row, so far apart, come too rarely


class OwnWay:
    """Follows the own track from one healthy picture to the next."""

    def __init__(self, settings: TramSettings, track_reader: SeesTrack | None = None) -> None:
        self._settings = settings
        self._rails = RailSight(track_reader)
        self._seen_ns: int | None = None
        self._speed_mps: float | None = None
        self._rare_pictures = 0
        self.track = EgoTrack()
        self.envelope_px: FloatArray = np.zeros((0, 2))
        """(K, 2) outline of the clearance envelope in px of the source picture."""

    def update(self, frame: Frame, camera: GroundCamera, ego: EgoMotion) -> Scene:
        """The scene of one more healthy picture of `camera`, which is in its px."""
        elapsed_s = self._elapsed_s(frame.timestamp_ns)
        mean_mps = self._mean_mps(ego.speed_mps)
        self._rare_pictures = self._rare_pictures + 1 if elapsed_s > RARE_S else 0
        self.track = next_ego_track(
            self.track,
            self._rails(camera, frame.image),
            mean_mps or 0.0,
            elapsed_s,
            EgoTrackSettings(self._settings.gauge_m),
        )
        scene = Scene(frame, camera, self.track, ego, elapsed_s, mean_mps)
        self.envelope_px = envelope_outline_px(
            camera,
            self._settings,
            scene.line,
            ENVELOPE_FAR_M,
            scene.size_px,
            self.track.fork,
        )
        return scene

    @property
    def is_too_rarely_seen(self) -> bool:
        """Whether healthy pictures come too far apart to follow anything in them."""
        return self._rare_pictures >= RARE_PICTURES

    def _elapsed_s(self, now_ns: int) -> float:
        before_ns, self._seen_ns = self._seen_ns, now_ns
        return 0.0 if before_ns is None else max(now_ns - before_ns, 0) / NS_PER_S

    def _mean_mps(self, speed_mps: float | None) -> float | None:
        """Since the last picture: who brakes came further than the speed of now would tell."""
        before_mps, self._speed_mps = self._speed_mps, speed_mps
        return mean_speed_mps(before_mps, speed_mps)
