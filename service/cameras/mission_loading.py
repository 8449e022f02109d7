"""A camera's mission with its network loaded."""

from models.precision import Precision
from models.session import Network
from models.spec import ModelSpec, Task
from service.cameras.mission import Mission, ParkingMission, TramMission
from service.cameras.model_loading import (
    load_bed_reader,
    load_track_reader,
    open_model,
    spot_classifier_on,
)
from service.site.site import Camera, ParkingPlan
from vision.detector import Detector
from vision.tracker import TrackerSettings

FAINT_CONFIDENCE = 0.15  # too little to start a track, enough to keep one that is half hidden


def load_mission(
    camera: Camera,
    *,
    model: str | None = None,
    threads: int | None = None,
    precision: Precision = Precision.FLOAT,
) -> Mission:
    """Load `model`, or the camera's own, and set up its watch; raises ModelError."""
    name = model or camera.model
    network, spec = open_model(name, task_of(camera), threads=threads, precision=precision)
    return mission_on(camera, network, spec, threads=threads, precision=precision)


def task_of(camera: Camera) -> Task:
    """What a network must do for the camera's mission."""
    return Task.PARKING if isinstance(camera.plan, ParkingPlan) else Task.OBSTACLES


def mission_on(
    camera: Camera,
    network: Network,
    spec: ModelSpec,
    *,
    threads: int | None = None,
    precision: Precision = Precision.FLOAT,
) -> Mission:
    """The camera's mission with this network; raises ModelError where the two do not fit."""
    if isinstance(camera.plan, ParkingPlan):
        classifier = spot_classifier_on(network, spec, threads=threads, precision=precision)
        return ParkingMission(camera.plan, classifier, spec.name)
    detector = Detector(network, spec, confidence=FAINT_CONFIDENCE)
    # a track starts where the model itself would say that something is there
    tracking = TrackerSettings(high_confidence=spec.confidence)
    named = camera.plan.track_model
    reader = load_track_reader(named, precision=precision) if named else None
    finds_objects = camera.plan.settings.finds_objects
    bed_reader = load_bed_reader(threads=threads, precision=precision) if finds_objects else None
    return TramMission(camera.camera_id, camera.plan, detector, tracking, reader, bed_reader)
