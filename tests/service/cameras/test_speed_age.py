"""How old the own speed is that a tram's picture was judged by."""

import itertools
from dataclasses import dataclass, replace

import pytest

from service.cameras.mission import TramMission
from service.ego_speed.reading import SpeedReading
from service.ego_speed.receiver import Receiver
from service.live.site_state import SiteState
from service.site.site import Site, TramPlan
from service.site.site_file import load_site
from service.timestamps import NS_PER_S
from tests.service.scenes import TRAM_YAML, BrightPersons, track_picture
from vision.frame import Frame
from vision.stages import UNTIMED
from vision.tram.watch import TramResult


@dataclass
class OncePerSecond:
    """A satellite receiver that speaks at 0, 1 and 2 s, and then no more."""

    is_estimated = False
    now_s: float = 0.0

    def open(self) -> Receiver:
        receiver = Receiver("gnss", "", lambda *_: None, 5.0, clock_s=lambda: self.now_s)
        for self.now_s in (0.0, 1.0, 2.0):
            receiver.take(SpeedReading(8.0))
        return receiver


@pytest.fixture
def line(tmp_path) -> Site:
    (tmp_path / "line.yaml").write_text(TRAM_YAML)
    return load_site(tmp_path / "line.yaml")


def seen_at(line: Site, *, at_s: tuple[float, ...], held_s: float = 0.0) -> TramResult:
    """The last of these pictures; a speed that comes no more is held for `held_s`."""
    plan, source = line.cameras[0].plan, OncePerSecond()
    assert isinstance(plan, TramPlan)
    alert = replace(plan.settings.alert, speed_valid_for_s=held_s)
    settings = replace(plan.settings, alert=alert)
    plan = replace(plan, speed=source, settings=settings)  # type: ignore[arg-type]
    mission = TramMission("cab", plan, BrightPersons())
    for number, source.now_s in enumerate(at_s):
        now_ns = round(source.now_s * NS_PER_S)
        frame = Frame("cab", number, now_ns, track_picture(None, number))
        result = mission.update(frame, now_ns, UNTIMED)
    return result


@pytest.mark.parametrize(
    ("at_s", "held_s", "age_s"),
    [
        pytest.param((2.0,), 0.0, 0.0, id="just told"),
        pytest.param((2.2, 2.9), 0.0, 0.9, id="carried on until it is told again"),
        pytest.param((2.9, 3.4), 0.0, 1.4, id="overdue"),
        pytest.param((3.4, 3.6), 1.0, 1.6, id="held by the watch"),
    ],
)
def test_speed_is_as_old_as_its_last_telling(line, at_s, held_s, age_s):
    drive = seen_at(line, at_s=at_s, held_s=held_s).drive
    assert drive is not None
    assert drive.speed_mps == pytest.approx(8.0)
    assert drive.speed_age_s == pytest.approx(age_s)


def test_age_reaches_the_clients(line):
    state = SiteState(line, itertools.count(1))
    state.update(seen_at(line, at_s=(2.9, 3.4)))
    (alert,) = state.alerts(round(3.4 * NS_PER_S))
    assert alert.run is not None
    assert alert.run.speed_age_s == pytest.approx(1.4)


def test_speed_that_came_no_more_is_none(line):
    drive = seen_at(line, at_s=(3.4, 3.6)).drive
    assert drive is not None
    assert drive.speed_mps is None
