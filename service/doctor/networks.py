"""Whether the networks are here, whole, and can be run."""

from collections.abc import Iterable, Sequence

from models.errors import ModelError
from models.precision import Precision
from models.spec import Task
from service.cameras.mission_loading import task_of
from service.cameras.model_loading import open_model
from service.doctor.finding import Finding, bad, good
from service.site.site import Site, TramPlan

DEFAULTS: tuple[tuple[str | None, Task], ...] = (
    (None, Task.PARKING),
    (None, Task.OBSTACLES),
    (None, Task.BED),
)


def check_networks(sites: Sequence[Site]) -> Iterable[Finding]:
    """Every network that the sites' cameras run, or the embedded ones without a site.

    Each in the form that `wayside serve` takes by itself.
    """
    cameras = [camera for site in sites for camera in site.cameras]
    wanted = {(camera.model, task_of(camera)) for camera in cameras}
    if any(
        isinstance(each.plan, TramPlan) and each.plan.settings.finds_objects for each in cameras
    ):
        wanted.add((None, Task.BED))
    for name, task in sorted(wanted or DEFAULTS, key=lambda each: (each[1].value, each[0] or "")):
        part = f"network for {task.value}"
        try:
            network, spec = open_model(name, task, precision=Precision.AUTO)
        except ModelError as error:
            advice = "see wayside models list and wayside models verify"
            yield bad(part, f"{name or 'the embedded one'} cannot be used: {error}", advice)
        else:
            yield good(part, f"{spec.name} is whole and runs on {network.provider}")
