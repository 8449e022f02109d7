"""A folder of clips with truth, replayed and scored one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from models.errors import ModelError
from service.errors import ClipError, ServiceError, SiteFileError
from service.replay.clip_run import ClipRun, OnPicture, camera_of, run_clip
from service.replay.site_run import run_site
from service.replay.summary import clip_summary, key_figures
from service.replay.truth import read_truth
from service.site.site_file import load_site
from streams.errors import SourceError
from vision.errors import VisionError


@dataclass(frozen=True, slots=True)
class CollectedClip:
    """A clip with the files beside it, or the clips of a site's cameras that belong together."""

    name: str
    paths: tuple[Path, ...]
    """Empty where the site file that should name them cannot be read."""
    site_path: Path
    truth_path: Path


@dataclass(frozen=True, slots=True)
class CollectedRun:
    """What became of one clip of a collection."""

    name: str
    done: ClipRun | None
    error: str = ""
    """Why it could not be replayed."""

    @property
    def is_ok(self) -> bool:
        """Whether it ran to the end of its truth and kept all limits that its site sets."""
        return self.done is not None and not self.done.failures

    @property
    def verdict(self) -> str:
        """In one word; a clip without limits can neither pass nor fail."""
        if not self.is_ok:
            return "fail"
        return "pass" if self.done and self.done.site.expect else "no limits"

    @property
    def mission(self) -> str | None:
        """Which table it belongs to; None for a clip that did not run."""
        return self.done.camera.mission if self.done is not None else None

    def row(self) -> list[str]:
        """Name, verdict and what matters most."""
        if self.done is None or self.done.score is None:
            return [self.name, self.verdict, self.error]
        return [self.name, self.verdict, *key_figures(self.done.camera.mission, self.done.score)]

    def without_results(self) -> "CollectedRun":
        """The same, without what every single picture gave."""
        return replace(self, done=self.done and replace(self.done, results=()))

    def summary(self) -> dict[str, Any]:
        """As `--json` prints it."""
        parts: dict[str, Any] = {"name": self.name, "ok": self.is_ok, "verdict": self.verdict}
        if self.done is None:
            return {**parts, "error": self.error}
        whole = clip_summary(self.done, None)
        kept = ("mission", "frames", "duration_s", "wall_s", "stage_ms", "configuration", "truth")
        return {**parts, **{name: whole[name] for name in kept}}


def find_clips(folder: Path) -> list[CollectedClip]:
    """Every NAME.site.yaml with NAME.truth.json, whose clip is NAME.mp4, in order of names.

    A NAME.site.yaml without clip and truth of its name is a site whose cameras are replayed
    together; the truth is that of its first camera's clip. What has no truth is passed over, what
    has no clip or a bad site file will fail. Raises ClipError when there is nothing.
    """
    found = [_collected(path) for path in sorted(folder.glob("*.site.yaml"))]
    clips = [each for each in found if each is not None]
    if not clips:
        raise ClipError(
            f"{folder} holds no collection; wanted NAME.mp4 with NAME.site.yaml and NAME.truth.json"
        )
    return clips


def _collected(site_path: Path) -> CollectedClip | None:
    """What the site file stands for; None where there is no truth to score it by."""
    name = site_path.name.removesuffix(".site.yaml")
    own = site_path.with_name(f"{name}.mp4")
    paths: tuple[Path, ...] = (own,)
    if not own.is_file() and not _truth_path(own).is_file():
        try:
            paths = tuple(Path(camera.source) for camera in load_site(site_path).cameras)
        except SiteFileError:
            return CollectedClip(name, (), site_path, _truth_path(own))
    clip = CollectedClip(name, paths, site_path, _truth_path(paths[0]))
    return clip if clip.truth_path.is_file() else None


def _truth_path(clip: Path) -> Path:
    return clip.with_suffix(".truth.json")


def run_collected(
    clip: CollectedClip,
    *,
    model: str | None = None,
    threads: int | None = None,
    estimates_speed: bool = False,
    keeps_results: bool = False,
    on_picture: OnPicture | None = None,
) -> CollectedRun:
    """Replay and score one clip; what cannot be replayed is a failure, not an end."""
    try:
        site, truth = load_site(clip.site_path), read_truth(clip.truth_path)
        if estimates_speed:
            site = site.estimating_speed()
        replay = partial(run_site, site)
        if len(clip.paths) == 1:
            source = str(clip.paths[0])
            replay = partial(run_clip, source, site, camera_of(site, source))
        done = replay(
            model=model,
            threads=threads,
            truth=truth,
            keeps_results=keeps_results,
            on_picture=on_picture,
        )
    except (ServiceError, SourceError, ModelError, VisionError) as error:
        return CollectedRun(clip.name, None, str(error))
    return CollectedRun(clip.name, done)


def failures(runs: list[CollectedRun]) -> Iterator[str]:
    """One line for each limit that was not kept and each clip that did not run, or not whole."""
    for run in runs:
        if run.done is None:
            yield f"{run.name}: {run.error}"
        else:
            yield from (f"{run.name}: {sentence}" for sentence in run.done.failures)
