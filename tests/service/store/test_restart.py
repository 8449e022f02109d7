"""Restart at noon: what was known comes back as unknown, and is never told as free."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from service.cameras.mission import ParkingMission, TramMission
from service.cameras.stage_timer import StageTimer
from service.live.hub import Hub
from service.live.keeping import kept
from service.site.site import ParkingPlan, Site, TramPlan
from service.site.site_file import load_site
from service.store.store import Store
from service.timestamps import NS_PER_S, iso_to_ns
from tests.service.cli.programs import PROGRAM, write_car_detector
from tests.service.scenes import (
    LOT_YAML,
    TRAM_YAML,
    BrightPersons,
    BrightSpots,
    lot_picture,
    track_picture,
    write_clip,
)
from tests.service.store.changes import NOON_NS
from tests.streams.cameras import wait_until
from vision.frame import Frame

CHECKOUT = Path(__file__).parents[3]
LONG_S = 60


def yard(folder: Path, text: str = LOT_YAML) -> Site:
    path = folder / "yard.yaml"
    path.write_text(text)
    return load_site(path)


def new_mission(site: Site) -> ParkingMission:
    plan = site.cameras[0].plan
    assert isinstance(plan, ParkingPlan)
    return ParkingMission(plan, BrightSpots())


def show(hub: Hub, mission: ParkingMission, cars: set[str], begin_s: float, until_s: float) -> None:
    """Ten pictures a second with these cars; times in seconds after noon."""
    for count in range(round((until_s - begin_s) * 10)):
        now_ns = NOON_NS + round((begin_s + count / 10) * NS_PER_S)
        frame = Frame("north", count, now_ns, lot_picture(cars, count))
        hub.publish("yard", mission.update(frame, 0, StageTimer()), frame)


def told(hub: Hub, at_s: float) -> dict[str, tuple[str, str | None]]:
    spots = hub.spots("yard", NOON_NS + round(at_s * NS_PER_S))
    return {spot.spot_id: (spot.status, spot.reason) for spot in spots}


def test_restart_at_noon(tmp_path, address):
    site = yard(tmp_path)
    now = [NOON_NS - 60 * NS_PER_S]
    store = Store(address, clock_ns=lambda: now[0])
    hub = Hub([site], first_event_id=1)
    with kept(hub, store):
        show(hub, new_mission(site), {"A1"}, -60, -50)
        assert told(hub, -50)["A1"] == ("occupied", None)
        assert store.writer.flush(LONG_S)
        before = {spot.spot_id: spot for spot in hub.spots("yard", NOON_NS - 50 * NS_PER_S)}
        now[0] = NOON_NS
    # The service is down; at five past twelve it starts again, and the car has gone meanwhile.
    now[0] = NOON_NS + 300 * NS_PER_S
    store = Store(address, clock_ns=lambda: now[0])
    hub = Hub([site], first_event_id=store.newest_event_id(["yard"]) + 1)
    with kept(hub, store):
        assert set(told(hub, 300).values()) == {("unknown", "stale")}
        for spot in hub.spots("yard", NOON_NS + 300 * NS_PER_S):
            assert spot.observed_at is not None
            assert spot.observed_at <= (before[spot.spot_id].observed_at or "")
            assert spot.changed_at == before[spot.spot_id].changed_at
            assert spot.confidence == 0
        assert [lot.text for lot in hub.lots("yard", NOON_NS)] == ["0–3 free", "0–1 free"]
        mission = new_mission(site)
        hub.publish("yard", mission.lose(NOON_NS + 301 * NS_PER_S))
        seen = hub.spots("yard", NOON_NS + 302 * NS_PER_S)[0]
        assert (seen.status, seen.reason) == ("unknown", "camera_lost")
        assert seen.observed_at is not None, "it is still known when it was last seen"
        for at_s in range(305, 310):
            show(hub, mission, set(), at_s, at_s + 1)
            assert told(hub, at_s + 1)["A1"][0] in ("unknown", "free")
        assert told(hub, 310)["A1"] == ("free", None)
        assert store.writer.flush(LONG_S)
    store = Store(address)
    rows = store.spot_history.page("yard", spot_id="A1").rows
    story = [(row.status, row.reason) for row in rows]
    assert story[1:4] == [("occupied", None), ("unknown", "stale"), ("unknown", "camera_lost")]
    assert story[-1] == ("free", None)
    down = next(row for row in rows if row.event_id is None)
    assert (down.status, down.reason) == ("unknown", "stale")
    assert NOON_NS - 50 * NS_PER_S <= down.at_ns <= NOON_NS, "from the last moment it was alive"
    lots = store.lot_history.page("yard", lot_id="main").rows
    nothing_known = next(row for row in lots if row.event_id is None)
    assert (nothing_known.free_min, nothing_known.free_max) == (0, 3)
    store.close()


def test_two_restarts_without_a_picture_keep_the_last_sight(tmp_path, address):
    site = yard(tmp_path)
    store = Store(address)
    hub = Hub([site])
    with kept(hub, store):
        show(hub, new_mission(site), {"A1"}, 0, 5)
    for _ in range(2):
        store = Store(address)
        hub = Hub([site])
        with kept(hub, store):
            (first, *_others) = hub.spots("yard", NOON_NS + 99 * NS_PER_S)
            assert (first.status, first.reason) == ("unknown", "stale")
            assert first.observed_at is not None
            assert iso_to_ns(first.observed_at) <= NOON_NS + 5 * NS_PER_S
    store = Store(address)
    rows = store.spot_history.page("yard", spot_id="A1").rows
    assert len([row for row in rows if row.event_id is None]) == 1
    store.close()


def test_a_spot_that_is_no_longer_in_the_layout_does_not_come_back(tmp_path, address):
    site = yard(tmp_path)
    store = Store(address)
    hub = Hub([site])
    with kept(hub, store):
        show(hub, new_mission(site), {"A1"}, 0, 5)
    smaller = "\n".join(line for line in LOT_YAML.splitlines() if "id: A1" not in line)
    store = Store(address)
    hub = Hub([yard(tmp_path, smaller)])
    with kept(hub, store):
        assert set(told(hub, 60)) == {"A2", "A3", "B1"}


@contextmanager
def served(folder: Path, *options: str) -> Iterator[tuple[httpx.Client, "subprocess.Popen[str]"]]:
    """A really running service with its data in the folder."""
    environment = {**os.environ, "WAYSIDE_DATA": str(folder / "data")}
    command = [*PROGRAM, "serve", str(folder / "yard.yaml"), "--port", "0", *options]
    process = subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        root = re.search(r"http://\S+:\d+", process.stdout.readline())
        assert root
        with httpx.Client(base_url=root[0], timeout=30) as client:
            assert wait_until(lambda: client.get("/health/live").status_code == 200, LONG_S)
            yield client, process
    finally:
        process.kill()
        process.communicate()


def test_a_killed_service_begins_with_what_it_knew(tmp_path):
    write_clip(tmp_path / "yard.mp4", [lot_picture({"A1"}, seed) for seed in range(20)])
    model = write_car_detector(tmp_path / "car.onnx")
    text = LOT_YAML.replace("yard.mp4", f"yard.mp4\n    loop: true\n    model: {model}")
    yard(tmp_path, text)
    with served(tmp_path, "--no-access") as (client, process):

        def status_of(spot_id: str) -> str:
            return str(client.get(f"/api/v1/spots/{spot_id}").json()["status"])

        assert wait_until(lambda: status_of("A1") == "occupied", LONG_S)
        assert wait_until(lambda: status_of("A2") == "free", LONG_S)

        def kept_statuses() -> set[str]:
            changes = client.get("/api/v1/history/spots/A2").json()
            return {change["status"] for change in changes}

        assert wait_until(lambda: "free" in kept_statuses(), LONG_S)
        assert client.get("/health/ready").json()["database"] == "ready"
        seen = client.get("/api/v1/spots/A2").json()
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    # The clip is gone: the camera finds nothing, so only what was kept can be told.
    (tmp_path / "yard.mp4").unlink()
    with served(tmp_path, "--no-access") as (client, process):
        for spot in client.get("/api/v1/spots").json():
            assert spot["status"] == "unknown"
            assert spot["reason"] in ("stale", "camera_lost")
            assert spot["observed_at"] is not None
            assert spot["confidence"] == 0
        assert client.get("/api/v1/spots/A2").json()["observed_at"] <= seen["valid_until"]
        assert client.get("/api/v1/lots/main").json()["text"] == "0–3 free"
        changes = client.get("/api/v1/history/spots/A2?newest_first=true").json()
        assert "free" in {change["status"] for change in changes}
        assert changes[0]["status"] == "unknown"
        down = next(change for change in changes if change["event_id"] is None)
        assert (down["status"], down["reason"]) == ("unknown", "stale")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def ride(hub: Hub, site: Site, begin_s: float) -> None:
    """A new watch, as a new run of the service has one; two persons come onto the rails."""
    plan = site.cameras[0].plan
    assert isinstance(plan, TramPlan)
    mission = TramMission("cab", plan, BrightPersons())
    for turn in range(2):
        for count in range(60):
            now_ns = NOON_NS + round((begin_s + 6 * turn + count / 10) * NS_PER_S)
            foot_px = 130 if 5 < count < 25 else None
            frame = Frame("cab", count, now_ns, track_picture(foot_px, count))
            hub.publish("line", mission.update(frame, 0, StageTimer()), frame)


def test_alert_number_never_comes_again_after_a_restart(tmp_path, address):
    (tmp_path / "line.yaml").write_text(TRAM_YAML)
    site = load_site(tmp_path / "line.yaml")
    for begin_s in (0, 12, 1000):
        store = Store(address)
        hub = Hub([site], first_event_id=store.newest_event_id(["line"]) + 1)
        with kept(hub, store):
            ride(hub, site, begin_s)
            assert store.writer.flush(LONG_S)
    store = Store(address)
    rows = store.alert_history.page("line", camera_id="cab", limit=1000).rows
    store.close()
    began: dict[int, list[int]] = {}
    for row in rows:
        if row.alert_id is not None:
            began.setdefault(row.alert_id, []).append(row.at_ns)
    assert len(began) == 6, "two alerts in each of three runs, and no number twice"
    assert all(max(times) - min(times) < 5 * NS_PER_S for times in began.values())
    assert sorted(began) == sorted(began, key=lambda alert_id: min(began[alert_id]))
