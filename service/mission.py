"""What a camera is for: its watch, fed with pictures and told of losses."""

from functools import partial
from typing import Protocol

from service.ego_speed.recorded import EgoSpeed
from service.site import Camera, ParkingPlan, TramPlan
from service.site_state import Result
from service.timestamps import NS_PER_S
from vision.annotate import annotate_parking, annotate_tram
from vision.arrays import ImageArray
from vision.detector import ObjectDetector
from vision.frame import Frame
from vision.parking.layout import Layout
from vision.parking.spot_state import UnknownReason
from vision.parking.watch import ParkingResult, ParkingSettings, ParkingWatch, SpotClassifier
from vision.stages import Stages
from vision.tracker import TrackerSettings
from vision.tram.alert_state import UnavailableReason
from vision.tram.watch import TramResult, TramWatch


class Mission(Protocol):
    """Turns pictures into results; remembers, but knows no clock."""

    def update(self, frame: Frame, clip_ns: int, stages: Stages) -> Result:
        """Take a picture, `clip_ns` after the first one of its clip or since the start."""

    def lose(self, now_ns: int) -> Result:
        """There is no picture to be had: nothing is known any more."""

    def forget(self) -> None:
        """A clip begins anew: what was followed across its end is void."""


class ParkingMission:
    """Spots of a fixed camera."""

    def __init__(self, plan: ParkingPlan, classifier: SpotClassifier) -> None:
        self._watch = ParkingWatch(plan.layout, classifier, ParkingSettings(settling=plan.settling))

    def update(self, frame: Frame, clip_ns: int, stages: Stages) -> ParkingResult:  # noqa: ARG002
        """Take a picture; raises LayoutError when the spots do not fit it."""
        return self._watch.update(frame, stages)

    def lose(self, now_ns: int) -> ParkingResult:
        """Every spot is unknown."""
        return self._watch.lose(now_ns, UnknownReason.CAMERA_LOST)

    def forget(self) -> None:
        """A lot settles by itself."""


class TramMission:
    """The way ahead of a tram."""

    def __init__(
        self,
        camera_id: str,
        plan: TramPlan,
        detector: ObjectDetector,
        tracking: TrackerSettings | None = None,
    ) -> None:
        self._ego_speed: EgoSpeed = plan.ego_speed
        self._new_watch = partial(
            TramWatch, plan.settings, detector, camera_id=camera_id, tracking=tracking
        )
        self._watch = self._new_watch()

    def update(self, frame: Frame, clip_ns: int, stages: Stages) -> TramResult:
        """Take a picture, with the own speed of that moment."""
        return self._watch.update(frame, self._ego_speed.at(clip_ns / NS_PER_S), stages)

    def lose(self, now_ns: int) -> TramResult:
        """The assistance is unavailable."""
        return self._watch.lose(now_ns, UnavailableReason.NO_PICTURE)

    def forget(self) -> None:
        """Objects do not jump across a clip's end; the numbers of alerts go on."""
        self._watch = self._new_watch(alerts_before=self._watch.alert_count)


def annotate(camera: Camera, image: ImageArray, result: Result) -> ImageArray:
    """A copy of the picture with the result drawn in."""
    if isinstance(result, TramResult):
        return annotate_tram(image, result)
    layout = camera.plan.layout if isinstance(camera.plan, ParkingPlan) else Layout("", 1, ())
    return annotate_parking(image, layout, result)
