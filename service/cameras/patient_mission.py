"""A tram's mission whose network cannot be used: says so, and loads it once it can be had."""

from collections.abc import Callable

import structlog

from models.errors import ModelError
from service.cameras.mission import Mission
from service.live.camera_state import Result
from service.site.site import Camera, TramPlan
from vision.arrays import ImageArray
from vision.detections import Detections
from vision.frame import Frame
from vision.stages import Stages
from vision.tram.alert_state import UnavailableReason
from vision.tram.watch import TramResult, TramWatch

Load = Callable[[Camera], Mission]


class NoDetector:
    """Stands where the network is missing; it is never asked."""

    class_names: tuple[str, ...] = ()

    def __call__(self, image: ImageArray) -> Detections:  # noqa: ARG002
        """Nothing."""
        return Detections.empty()


class PatientMission:
    """Unavailable for want of its network; tries to load it with every picture it is given.

    A picture that comes while it cannot be loaded raises ModelError: the camera's worker tells
    that, and waits longer after every failure.
    """

    def __init__(self, camera: Camera, plan: TramPlan, load: Load) -> None:
        self._camera = camera
        self._load = load
        self._watch = TramWatch(plan.settings, NoDetector(), camera_id=camera.camera_id)
        self._mission: Mission | None = None

    def update(self, frame: Frame, clip_ns: int, stages: Stages) -> Result:
        """Take a picture; raises ModelError while the network cannot be used."""
        if self._mission is None:
            mission = self._load(self._camera)
            mission.start()
            self._mission = mission
        return self._mission.update(frame, clip_ns, stages)

    def lose(self, now_ns: int) -> Result:
        """The assistance is unavailable, and why."""
        if self._mission is not None:
            return self._mission.lose(now_ns)
        lost: TramResult = self._watch.lose(now_ns, UnavailableReason.NO_MODEL)
        return lost

    def forget(self, *, is_new_clip: bool = True) -> None:
        """A clip begins anew, or else the clock was set."""
        if self._mission is not None:
            self._mission.forget(is_new_clip=is_new_clip)

    def acknowledge(self, alert_id: int | None) -> None:
        """The driver has seen this alert."""
        if self._mission is not None:
            self._mission.acknowledge(alert_id)

    def start(self) -> None:
        """The mission starts once it is there."""

    def stop(self) -> None:
        """Stop it if it is there."""
        if self._mission is not None:
            self._mission.stop()


def patient(load: Load) -> Load:
    """`load`, but a tram whose network cannot be used is unavailable instead of a failed start."""

    def load_patiently(camera: Camera) -> Mission:
        try:
            return load(camera)
        except ModelError as error:
            if not isinstance(camera.plan, TramPlan):
                raise
            log = structlog.get_logger().bind(camera_id=camera.camera_id)
            log.error("network cannot be used", trouble=str(error))
            return PatientMission(camera, camera.plan, load)

    return load_patiently
