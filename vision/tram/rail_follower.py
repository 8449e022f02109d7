"""Follows the own track through the pictures of one camera; not each is searched for rails."""

from vision.frame import Frame
from vision.ground import GroundCamera
from vision.tram.ego_track import EgoTrack, EgoTrackSettings, moved_ego_track, next_ego_track
from vision.tram.track_evidence import RailSight, SeesTrack

NS_PER_S = 1_000_000_000
LOOK_EVERY_S = 0.08
"""Between two searches: every other picture at 25 a second. The own way carries the course on
meanwhile. With half of 10 a second left out, a parked car was held for one on the track."""


class RailFollower:
    """Remembers the course as it was last seen; time enters only with pictures."""

    def __init__(self, gauge_m: float, reader: SeesTrack | None = None) -> None:
        self._settings = EgoTrackSettings(gauge_m)
        self._rails = RailSight(reader)
        self._seen = EgoTrack()
        self._seen_ns: int | None = None

    def update(self, camera: GroundCamera, frame: Frame, speed_mps: float) -> EgoTrack:
        """The track as this picture has it, or as the last one searched had it, moved on."""
        now_ns = frame.timestamp_ns
        since_s = 0.0
        if self._seen_ns is not None:
            since_s = max(now_ns - self._seen_ns, 0) / NS_PER_S
            if 0 < since_s < LOOK_EVERY_S * 0.99:
                return moved_ego_track(self._seen, speed_mps, since_s, self._settings)
        evidence = self._rails(camera, frame.image)
        self._seen = next_ego_track(self._seen, evidence, speed_mps, since_s, self._settings)
        self._seen_ns = now_ns
        return self._seen
