"""One picture of the way ahead with what is known around it: camera, own track, own motion."""

from dataclasses import dataclass

from vision.arrays import FloatArray
from vision.frame import Frame
from vision.ground import GroundCamera
from vision.tram.centre_line import ALONG_M, CentreLine
from vision.tram.ego_motion import EgoMotion
from vision.tram.ego_track import EgoTrack
from vision.tram.envelope import half_width_m
from vision.tram.settings import TramSettings

TURNS_WITHIN_M = 6.0  # ahead of the camera: so far the track tells how the tram turns now


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What every look at one healthy picture starts from."""

    frame: Frame
    camera: GroundCamera
    """In px of this picture."""
    track: EgoTrack
    ego: EgoMotion
    elapsed_s: float
    """Since the last healthy picture."""
    mean_speed_mps: float | None
    """The own speed in that time; None while it is not known."""

    @property
    def now_ns(self) -> int:
        """When the picture was taken."""
        return self.frame.timestamp_ns

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self.frame.size_px

    @property
    def line(self) -> CentreLine:
        """The middle of the own track."""
        return self.track.line

    @property
    def speed_mps(self) -> float:
        """The own speed; 0 while it is not known."""
        return self.ego.speed_mps or 0.0

    @property
    def driven_m(self) -> float:
        """Way since the last healthy picture; 0 while the speed is not known."""
        return (self.mean_speed_mps or 0.0) * self.elapsed_s

    @property
    def panned_px(self) -> float:
        """How far to the right all moved since the last healthy picture as the tram turned."""
        bend_per_m = float(self.track.curvature_per_m[ALONG_M <= TURNS_WITHIN_M].mean())
        return -self.camera.focal_px * bend_per_m * self.driven_m

    def half_width_m(self, settings: TramSettings, along_m: FloatArray) -> FloatArray:
        """(N, 2) from the track's middle to the left and the right edge of the envelope."""
        return half_width_m(settings, self.line, along_m, self.track.fork)

    def straight_half_width_m(
        self, settings: TramSettings, along_m: FloatArray
    ) -> FloatArray | None:
        """Likewise if the tram does not turn off at the switch ahead; None where there is none."""
        return None if self.track.fork is None else half_width_m(settings, self.line, along_m)
