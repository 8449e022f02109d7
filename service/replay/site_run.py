"""All cameras of a site replayed together, from their files to one score."""

from contextlib import ExitStack
from pathlib import Path

from service.cameras.mission_loading import load_mission
from service.errors import MisuseError
from service.live.camera_state import Result
from service.live.records import EventRecord
from service.replay.clip_run import ClipRun, OnPicture
from service.replay.coverage import unseen_truth
from service.replay.figure import missed_limits
from service.replay.recorded_run import configuration_of, recorded
from service.replay.run import Take, replay_together
from service.replay.score import grace_of, score_run
from service.replay.truth import Truth
from service.site.site import ParkingPlan, Site
from streams.source import open_source
from vision.frame import Frame


def run_site(
    site: Site,
    *,
    model: str | None = None,
    threads: int | None = None,
    truth: Truth | None = None,
    keeps_results: bool = False,
    is_realtime: bool = False,
    on_picture: OnPicture | None = None,
) -> ClipRun:
    """Replay the clips of all cameras in order of time, and score what was told of each spot.

    Pictures and results that are kept are those of the first camera. Raises MisuseError where a
    camera has no clip or is no parking camera, and what `run_clip` raises.
    """
    _check(site)
    first = site.cameras[0]
    results: list[Result] = []

    def on_frame(frame: Frame, result: Result, _changes: list[EventRecord]) -> None:
        if keeps_results and frame.camera_id == first.camera_id:
            results.append(result)
        if on_picture is not None:
            on_picture(frame, result)

    configuration = configuration_of(site, first, first.source, model)
    with ExitStack() as stack:
        takes = [
            Take(
                stack.enter_context(
                    open_source(camera.source, camera.camera_id, mode=camera.frames)
                ),
                camera,
                load_mission(camera, model=model, threads=threads),
            )
            for camera in site.cameras
        ]
        report = replay_together(site, takes, on_frame, is_realtime=is_realtime)
    spots = [spot for _, spot in site.spots()]
    run = recorded(first.source, first, configuration, report).model_copy(
        update={
            "clip": site.path.name,
            "spot_ids": tuple(spot.spot_id for spot in spots),
            "closed_spot_ids": tuple(spot.spot_id for spot in spots if spot.is_closed),
        }
    )
    score = None if truth is None else score_run(run, truth, grace_of(first))
    return ClipRun(
        clip=first.source,
        site=site,
        camera=first,
        model=model,
        report=report,
        run=run,
        truth=truth,
        score=score,
        missed=tuple(missed_limits(score.figures, site.expect)) if score else (),
        unseen=tuple(unseen_truth(truth, report, site.cameras)) if truth else (),
        results=tuple(results),
    )


def _check(site: Site) -> None:
    for camera in site.cameras:
        if not isinstance(camera.plan, ParkingPlan):
            raise MisuseError(
                f"camera {camera.camera_id} is on a tram; only parking cameras replay together"
            )
        if not camera.is_file or not Path(camera.source).exists():
            raise MisuseError(
                f"camera {camera.camera_id} has no recorded clip: {camera.public_source};"
                " all cameras of a site replay together only from files"
            )
