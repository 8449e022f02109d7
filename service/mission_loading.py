"""A camera's mission with its network loaded."""

from service.mission import Mission, ParkingMission, TramMission
from service.model_loading import load_detector, load_spot_classifier
from service.site import Camera, ParkingPlan
from vision.tracker import TrackerSettings

FAINT_CONFIDENCE = 0.15  # too little to start a track, enough to keep one that is half hidden


def load_mission(
    camera: Camera, *, model: str | None = None, threads: int | None = None
) -> Mission:
    """Load `model`, or the camera's own, and set up its watch; raises ModelError."""
    plan, name = camera.plan, model or camera.model
    if isinstance(plan, ParkingPlan):
        return ParkingMission(plan, load_spot_classifier(name, threads=threads))
    detector = load_detector(name, threads=threads, confidence=FAINT_CONFIDENCE)
    # a track starts where the model itself would say that something is there
    tracking = TrackerSettings(high_confidence=detector.spec.confidence)
    return TramMission(camera.camera_id, plan, detector, tracking)
