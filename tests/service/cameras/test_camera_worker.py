import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest

from service.cameras.camera_worker import CameraWorker
from service.cameras.mission import ParkingMission, TramMission
from service.cameras.turns import Turns
from service.live.camera_state import Result
from service.live.hub import Hub
from service.live.picture_report import PictureObserver, PictureReport
from service.metrics.metrics import Metrics
from service.site.site import Camera, ParkingPlan, Site, TramPlan
from service.site.site_file import load_site
from service.timestamps import NS_PER_S
from streams.backoff import Backoff
from streams.status import ReaderState
from streams.tally import SourceStats
from tests.service.readers import HandReader
from tests.service.scenes import (
    LOT_YAML,
    TRAM_YAML,
    BrightPersons,
    BrightSpots,
    lot_picture,
    track_picture,
)
from tests.streams.cameras import wait_until
from vision.arrays import FloatArray, ImageArray
from vision.errors import LayoutError
from vision.frame import Frame
from vision.ground import ground_to_image
from vision.stages import Stages
from vision.tram.alert_state import AlertLevel, AlertState
from vision.tram.watch import TramResult

QUICK = Backoff(first_s=0.02, limit_s=0.02)


@pytest.fixture
def yard(tmp_path) -> Site:
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    return load_site(tmp_path / "yard.yaml")


@pytest.fixture
def line(tmp_path) -> Site:
    (tmp_path / "line.yaml").write_text(TRAM_YAML)
    return load_site(tmp_path / "line.yaml")


def parking_mission(camera: Camera) -> ParkingMission:
    assert isinstance(camera.plan, ParkingPlan)
    return ParkingMission(camera.plan, BrightSpots())


@contextmanager
def running(
    site: Site,
    hub: Hub,
    mission,
    reader: HandReader,
    turns: Turns | None = None,
    observers: Sequence[PictureObserver] = (),
) -> Iterator[CameraWorker]:
    worker = CameraWorker(
        site.site_id,
        site.cameras[0],
        mission,
        hub,
        open_reader=lambda _camera: reader,
        backoff=QUICK,
        turns=turns,
        observers=observers,
    )
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def camera_status(hub: Hub) -> tuple[str, str | None]:
    camera = hub.cameras(hub.sites[0].site_id)[0]
    return camera.status, camera.reason


def show_until(reader: HandReader, picture, is_so) -> bool:
    """Deliver fresh pictures, twenty a second, until something is so."""
    count = 0

    def deliver() -> bool:
        nonlocal count
        count += 1
        reader.show(picture(count))
        time.sleep(0.05)
        return is_so()

    return wait_until(deliver)


def spot_states(hub: Hub) -> dict[str, str]:
    return {spot.spot_id: spot.status for spot in hub.spots("yard", time.time_ns())}


def test_pictures_become_states_with_times(yard):
    hub, reader = Hub([yard]), HandReader("north")
    with running(yard, hub, parking_mission(yard.cameras[0]), reader):
        assert camera_status(hub) == ("starting", None)
        assert show_until(
            reader,
            lambda count: lot_picture({"A1"}, count),
            lambda: spot_states(hub)["A1"] == "occupied",
        )
        camera = hub.cameras("yard")[0]
    assert camera.status == "live"
    assert {"wait", "health", "classify", "settle", "publish"} <= set(camera.stage_ms)
    assert camera.latency_ms is not None
    assert camera.latency_ms >= camera.stage_ms["classify"]
    assert (camera.width_px, camera.height_px) == (320, 180)


class AnnouncedTurns(Turns):
    """One turn at a time, and whoever asks for one says so."""

    def __init__(self) -> None:
        super().__init__(1)
        self.is_asked = threading.Event()

    @contextmanager
    def taken(self) -> Iterator[None]:
        self.is_asked.set()
        with super().taken():
            yield


def test_a_camera_that_waits_for_its_turn_looks_at_the_newest_picture(yard):
    hub, reader, turns = Hub([yard]), HandReader("north"), AnnouncedTurns()
    with running(yard, hub, parking_mission(yard.cameras[0]), reader, turns):
        with turns.taken():
            turns.is_asked.clear()
            reader.show(lot_picture(set(), 1))
            assert turns.is_asked.wait(10)
            newest = reader.show(lot_picture({"A1"}, 2))
        assert wait_until(lambda: hub.cameras("yard")[0].frames == 1)
        camera = hub.cameras("yard")[0]
    assert camera.frame_id == newest
    assert camera.dropped == 1, "the picture that grew old meanwhile is counted"


def test_what_is_decoded_is_told_to_clients_and_engineers(yard):
    hub, reader = Hub([yard]), HandReader("north")
    reader.decode(SourceStats(is_key_frames_only=True, key_frame_interval_s=2.0))
    with running(yard, hub, parking_mission(yard.cameras[0]), reader):
        assert show_until(
            reader,
            lambda count: lot_picture((), count),
            lambda: hub.cameras("yard")[0].decoded == "key_frames",
        )
        told = Metrics(hub).text()[0].decode()
        assert hub.cameras("yard")[0].key_frame_interval_s == 2.0
        reader.decode(SourceStats(key_frame_interval_s=30.0))
        assert show_until(
            reader,
            lambda count: lot_picture((), count),
            lambda: hub.cameras("yard")[0].decoded == "every_picture",
        )
    assert 'wayside_camera_key_frames_only{camera="north",site="yard"} 1.0' in told
    assert 'wayside_camera_key_frame_interval_seconds{camera="north",site="yard"} 2.0' in told


def test_lost_camera_is_told_at_once_and_recovers(yard):
    hub, reader = Hub([yard]), HandReader("north")
    with running(yard, hub, parking_mission(yard.cameras[0]), reader):
        assert show_until(
            reader, lambda count: lot_picture((), count), lambda: spot_states(hub)["A1"] == "free"
        )
        reader.become(ReaderState.STALLED, "sent no picture for 10.0 s")
        assert wait_until(lambda: camera_status(hub) == ("stalled", "sent no picture for 10.0 s"))
        spots = hub.spots("yard", time.time_ns())
        assert {(spot.status, spot.reason) for spot in spots} == {("unknown", "camera_lost")}
        assert show_until(
            reader, lambda count: lot_picture((), count), lambda: spot_states(hub)["A1"] == "free"
        )
        assert wait_until(lambda: camera_status(hub)[0] == "live")


def test_camera_unreachable_from_the_start_is_lost(yard):
    hub, reader = Hub([yard]), HandReader("north")
    with running(yard, hub, parking_mission(yard.cameras[0]), reader):
        reader.become(ReaderState.CONNECTING, "rtsp://camera does not answer")
        assert wait_until(lambda: camera_status(hub) == ("lost", "rtsp://camera does not answer"))
        assert hub.spots("yard", time.time_ns())[0].reason == "camera_lost"


class FailingMission:
    """Fails on every picture until it is mended."""

    def __init__(self, healthy: ParkingMission, error: Exception) -> None:
        self.healthy, self.error, self.is_mended = healthy, error, False

    def update(self, frame: Frame, clip_ns: int, stages: Stages) -> Result:
        if not self.is_mended:
            with stages("broken"):
                raise self.error
        return self.healthy.update(frame, clip_ns, stages)

    def lose(self, now_ns: int) -> Result:
        return self.healthy.lose(now_ns)

    def forget(self, *, is_new_clip: bool = True) -> None:
        self.healthy.forget(is_new_clip=is_new_clip)

    def acknowledge(self, alert_id: int | None) -> None:
        self.healthy.acknowledge(alert_id)

    def start(self) -> None:
        self.healthy.start()

    def stop(self) -> None:
        self.healthy.stop()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        pytest.param(KeyError("secret"), "internal error: KeyError", id="own mistake"),
        pytest.param(LayoutError("spot A1 leaves"), "spot A1 leaves", id="bad layout"),
    ],
)
def test_camera_that_raises_is_degraded_and_tried_again(yard, error, reason):
    hub, reader = Hub([yard]), HandReader("north")
    mission = FailingMission(parking_mission(yard.cameras[0]), error)
    reports: list[PictureReport] = []
    with running(yard, hub, mission, reader, observers=[reports.append]):
        assert show_until(
            reader,
            lambda count: lot_picture((), count),
            lambda: camera_status(hub) == ("degraded", reason),
        )
        assert set(spot_states(hub).values()) == {"unknown"}
        mission.is_mended = True
        assert show_until(
            reader, lambda count: lot_picture((), count), lambda: camera_status(hub)[0] == "live"
        )
    assert "broken" not in {span.stage for span in reports[0].spans}, "that was another picture's"


def test_camera_that_raises_does_not_stop_the_other(yard, line):
    hub = Hub([yard, line])
    bad, good = HandReader("north"), HandReader("cab")
    plan = line.cameras[0].plan
    assert isinstance(plan, TramPlan)
    failing = FailingMission(parking_mission(yard.cameras[0]), RuntimeError("broken"))
    with (
        running(yard, hub, failing, bad),
        running(line, hub, TramMission("cab", plan, BrightPersons()), good),
    ):
        bad.show(lot_picture((), 0))
        assert wait_until(lambda: hub.cameras("yard")[0].status == "degraded")
        assert show_until(
            good,
            lambda count: track_picture(None, count),
            lambda: hub.alerts("line", time.time_ns())[0].level == "clear",
        )


def test_tram_without_pictures_becomes_unavailable_by_an_event(line):
    hub, reader = Hub([line]), HandReader("cab")
    plan = line.cameras[0].plan
    assert isinstance(plan, TramPlan)
    with running(line, hub, TramMission("cab", plan, BrightPersons()), reader):
        assert show_until(
            reader,
            lambda count: track_picture(None, count),
            lambda: hub.alerts("line", time.time_ns())[0].level == "clear",
        )
        # The link stands, but nothing comes any more: the reader itself has not noticed yet.
        assert wait_until(lambda: camera_status(hub) == ("stalled", "no picture in time"))
    levels = [each.data["level"] for each in hub.recent(99) if each.type == "alert.changed"]
    assert levels == ["clear", "unavailable"]


class PressedMeanwhile(TramMission):
    """A driver presses while the first picture of an alarm is still being looked at."""

    def __init__(self, plan: TramPlan, hub: Hub) -> None:
        super().__init__("cab", plan, BrightPersons())
        self.hub = hub
        self.alarms: list[AlertState] = []

    def update(self, frame: Frame, clip_ns: int, stages: Stages) -> TramResult:
        result = super().update(frame, clip_ns, stages)
        if result.alert.level is AlertLevel.ALARM:
            if not self.alarms:
                self.hub.driver_keys.acknowledge("line", "cab", result.alert.alert_id)
            self.alarms.append(result.alert)
        return result


def test_key_pressed_before_the_alarm_was_shown_does_not_acknowledge_it(line):
    hub, reader, plan = Hub([line]), HandReader("cab"), line.cameras[0].plan
    assert isinstance(plan, TramPlan)
    mission, camera = PressedMeanwhile(plan, hub), plan.settings.camera
    start_ns = time.time_ns()
    with running(line, hub, mission, reader):
        for picture in range(40):
            place_m = np.array([[40 - 0.8 * picture, 0.0]])  # 8 m/s, ten pictures a second
            foot_px = round(ground_to_image(camera, place_m)[0, 1])
            reader.show(track_picture(foot_px, picture), start_ns + picture * NS_PER_S // 10)
            assert wait_until(lambda count=picture + 1: hub.cameras("line")[0].frames == count)
            if len(mission.alarms) == 3:
                hub.driver_keys.acknowledge("line", "cab", mission.alarms[-1].alert_id)
    assert [each.is_acknowledged for each in mission.alarms[:5]] == [False] * 3 + [True] * 2


def test_picture_that_comes_late_is_no_stall(yard):
    hub, reader = Hub([yard]), HandReader("north")
    with running(yard, hub, parking_mission(yard.cameras[0]), reader):
        reader.show(lot_picture((), 1), time.time_ns() - 90 * NS_PER_S)
        assert wait_until(lambda: hub.cameras("yard")[0].frames == 1)
        assert not wait_until(lambda: camera_status(hub) != ("live", None), timeout_s=0.5)


class Blind:
    """A classifier that never gets to see anything."""

    def __call__(
        self, image: ImageArray, polygons: list[FloatArray], among: list[FloatArray]
    ) -> FloatArray:
        raise AssertionError(
            f"{image.shape} with {len(polygons)} of {len(among)} spots was to be refused before"
        )


def test_spot_outside_the_picture_degrades_with_its_name(yard):
    hub, reader = Hub([yard]), HandReader("north")
    plan = yard.cameras[0].plan
    assert isinstance(plan, ParkingPlan)
    with running(yard, hub, ParkingMission(plan, Blind()), reader):
        small = lot_picture((), 1)[:120, :200].copy()
        assert show_until(reader, lambda _count: small, lambda: camera_status(hub)[0] == "degraded")
        assert "spot A1 of camera north leaves the picture" in (camera_status(hub)[1] or "")
