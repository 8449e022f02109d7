"""The bundled clips with the embedded networks: the same bytes on every run."""

from pathlib import Path

import pytest

from models.catalogue import Catalogue
from models.spec import Task
from service.mission_loading import load_mission
from service.replay.run import replay
from service.site_file import load_site
from streams.source import open_source

CLIPS_DIR = Path(__file__).parents[3] / "sample_videos"
NEEDED = {"lot_day": Task.PARKING, "tram_crossing": Task.OBSTACLES}


def clips_with_a_network() -> list[str]:
    defaults = Catalogue.load().defaults
    return [name for name, task in NEEDED.items() if task in defaults]


def events_of(name: str, threads: int) -> bytes:
    site = load_site(CLIPS_DIR / f"{name}.site.yaml")
    (camera,) = site.cameras
    mission = load_mission(camera, threads=threads)
    with open_source(camera.source, camera.camera_id, mode=camera.frames) as source:
        report = replay(source, site, camera, mission)
    return "\n".join(event.json_line() for event in report.events).encode()


@pytest.mark.parametrize("name", clips_with_a_network())
def test_two_runs_and_two_threads_give_the_same_bytes(name):
    first = events_of(name, threads=1)
    assert first.count(b"\n") > 2
    assert events_of(name, threads=1) == first
    assert events_of(name, threads=2) == first
