"""A recorded run scored against the truth of its clip."""

from service.errors import ClipError
from service.replay.figure import Score
from service.replay.recorded_run import RecordedRun
from service.replay.score_parking import score_parking
from service.replay.score_tram import score_tram
from service.replay.truth import Truth
from service.site.site import Camera, ParkingPlan

GRACE_MARGIN_S = 2.0
USUAL_GRACE_S = 6.0
"""What a change may take where no site file says how long it settles."""


def score_run(run: RecordedRun, truth: Truth, grace_s: float = USUAL_GRACE_S) -> Score:
    """Score it by its mission; raises ClipError when the truth is of another one.

    `grace_s` is how long a parking change may take until it counts as wrong.
    """
    if truth.mission == "tram":
        if not run.is_of_tram:
            raise ClipError(f"the truth of {truth.clip} is of a tram, the run is not")
        return score_tram(run, truth)
    if not set(run.spot_ids) & set(truth.spot_ids):
        raise ClipError(f"the truth of {truth.clip} knows none of the run's spots")
    return score_parking(run, truth, grace_s)


def grace_of(camera: Camera) -> float:
    """How long a change may take at this camera, by how it settles."""
    if not isinstance(camera.plan, ParkingPlan):
        return USUAL_GRACE_S
    settling = camera.plan.settling
    return max(settling.arrival_s, settling.departure_s) + GRACE_MARGIN_S
