"""A clip replayed from its file to a score."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from service.cameras.mission_loading import load_mission
from service.errors import ClipError, MisuseError
from service.live.camera_state import Result
from service.live.records import EventRecord
from service.replay.coverage import unseen_truth
from service.replay.figure import Score, missed_limits
from service.replay.recorded_run import RecordedRun, configuration_of, recorded, sighting_of
from service.replay.run import ReplayReport, replay
from service.replay.score import grace_of, score_run
from service.replay.truth import Truth
from service.site.site import Camera, Site
from streams.source import open_source
from vision.frame import Frame

OnPicture = Callable[[Frame, Result], None]


@dataclass(frozen=True, slots=True)
class ClipRun:
    """Everything that one replay of a clip gave."""

    clip: str
    site: Site
    camera: Camera
    model: str | None
    """As named on the command line, in place of the site's."""
    report: ReplayReport
    run: RecordedRun
    truth: Truth | None = None
    score: Score | None = None
    missed: tuple[str, ...] = ()
    """Limits of the site's `expect:` that were not kept, in words."""
    unseen: tuple[str, ...] = ()
    """Where the clip ends before its truth does, in words."""
    results: tuple[Result, ...] = field(default=(), repr=False)
    """One per picture, where they were asked for."""

    @property
    def failures(self) -> tuple[str, ...]:
        """All that was not as its truth and its site want it, in words."""
        return (*self.unseen, *self.missed)


def camera_of(site: Site, clip: str, camera_id: str | None = None) -> Camera:
    """The site's camera that took the clip; raises MisuseError when that is left open."""
    if camera_id is not None:
        return named_camera(site, camera_id)
    if len(site.cameras) == 1:
        return site.cameras[0]
    named = [each for each in site.cameras if Path(each.source).name == Path(clip).name]
    if len(named) == 1:
        return named[0]
    raise MisuseError(f"say which camera took the clip by --camera: {_known(site)}")


def named_camera(site: Site, camera_id: str) -> Camera:
    """The site's camera of that name; raises MisuseError when it has none."""
    camera = site.camera(camera_id)
    if camera is None:
        raise MisuseError(f"site {site.site_id} has no camera {camera_id!r}; it has {_known(site)}")
    return camera


def _known(site: Site) -> str:
    return ", ".join(camera.camera_id for camera in site.cameras)


def run_clip(
    clip: str,
    site: Site,
    camera: Camera,
    *,
    model: str | None = None,
    threads: int | None = None,
    truth: Truth | None = None,
    keeps_results: bool = False,
    is_realtime: bool = False,
    on_picture: OnPicture | None = None,
) -> ClipRun:
    """Replay a recorded clip and score it where its truth is given.

    Raises ClipError, SourceError, ModelError and VisionError.
    """
    results: list[Result] = []
    sightings = []
    with open_source(clip, camera.camera_id, mode=camera.frames.decoded_whole) as source:
        if source.is_live:
            raise ClipError(f"{source.name} is a live camera; a replay wants a recorded clip")
        configuration = configuration_of(site, camera, clip, model)
        mission = load_mission(camera, model=model, threads=threads)

        def on_frame(frame: Frame, result: Result, _changes: list[EventRecord]) -> None:
            if keeps_results:
                results.append(result)
            if camera.mission == "tram":
                sightings.append(sighting_of(result))
            if on_picture is not None:
                on_picture(frame, result)

        report = replay(source, site, camera, mission, on_frame, is_realtime=is_realtime)
    run = recorded(clip, camera, configuration, report, sightings)
    score = None if truth is None else score_run(run, truth, grace_of(camera))
    return ClipRun(
        clip=clip,
        site=site,
        camera=camera,
        model=model,
        report=report,
        run=run,
        truth=truth,
        score=score,
        missed=tuple(missed_limits(score.figures, site.expect)) if score else (),
        unseen=tuple(unseen_truth(truth, report, [camera])) if truth else (),
        results=tuple(results),
    )
