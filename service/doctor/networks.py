"""Whether the networks are here, whole, and can be run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from models.errors import ModelError
from models.precision import Precision
from models.session import Network
from models.spec import ModelSpec, Task
from service.cameras.mission_loading import task_of
from service.cameras.model_loading import open_model, spot_classifier_on
from service.doctor.finding import Finding, bad, good
from service.site.site import Camera, Site, TramPlan
from vision.detector import Detector
from vision.tram.bed_reader import BedReader
from vision.tram.track_evidence import TrackReader

DEFAULTS: tuple[tuple[str | None, Task], ...] = (
    (None, Task.PARKING),
    (None, Task.OBSTACLES),
    (None, Task.BED),
)
USERS: Mapping[Task, Callable[[Network, ModelSpec], object]] = {
    Task.PARKING: partial(spot_classifier_on, precision=Precision.AUTO),
    Task.OBSTACLES: Detector,
    Task.TRACK: TrackReader,
    Task.BED: BedReader,
}
"""What a mission reads a network of this task with; raises ModelError where the two do not fit."""


def check_networks(sites: Sequence[Site]) -> Iterable[Finding]:
    """Every network that the sites' cameras run, or the embedded ones without a site.

    Each in the form that `wayside serve` takes by itself.
    """
    wanted = {each for site in sites for camera in site.cameras for each in _networks_of(camera)}
    for name, task in sorted(wanted or DEFAULTS, key=lambda each: (each[1].value, each[0] or "")):
        part = f"network for {task.value}"
        try:
            network, spec = open_model(name, task, precision=Precision.AUTO)
            USERS[task](network, spec)
        except ModelError as error:
            advice = "see wayside models list and wayside models verify"
            yield bad(part, f"{name or 'the embedded one'} cannot be used: {error}", advice)
        else:
            yield good(part, f"{spec.name} is whole and runs on {network.provider}")


def _networks_of(camera: Camera) -> Iterable[tuple[str | None, Task]]:
    yield camera.model, task_of(camera)
    if isinstance(camera.plan, TramPlan):
        if camera.plan.track_model:
            yield camera.plan.track_model, Task.TRACK
        if camera.plan.settings.finds_objects:
            yield None, Task.BED
