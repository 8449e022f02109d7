"""The driver's keys and figures over HTTP and WebSocket, and who may use them."""

import itertools
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from service.access.caller import Access
from service.access.keys import new_key
from service.access.roles import Role
from service.cameras.mission import TramMission
from service.live.hub import Hub
from service.live.keeping import kept
from service.publish.mqtt import MqttPublisher
from service.publish.publishing import Publishing
from service.publish.settings import MqttSettings
from service.site.site import Site, TramPlan
from service.site.site_file import load_site
from service.store.store import Store
from tests.service.access.keys_in_memory import KeysInMemory
from tests.service.publish.broker import Broker, Listener
from tests.service.running import running_server
from tests.service.scenes import TRAM_YAML, BrightPersons, track_picture
from tests.streams.cameras import wait_until
from vision.frame import Frame
from vision.ground import ground_to_image
from vision.stages import UNTIMED

START_NS = 1_800_000_000_000_000_000
ROLES = (Role.READER, Role.DISPLAY, Role.OPERATOR)
FAR_M, NEAR_M = 44.0, 25.0
"""To somebody who stands on the rails and is worth a caution, and an alarm."""
SPEED_MPS, STEP_S = 8.0, 0.1


class Ride:
    """A tram that meets a person at 8 m/s, picture by picture, in a time of its own."""

    def __init__(self, site: Site) -> None:
        plan = site.cameras[0].plan
        assert isinstance(plan, TramPlan)
        self.hub, self.number = Hub([site]), 0
        self.mission, self.camera = TramMission("cab", plan, BrightPersons()), plan.settings.camera

    def clock_ns(self) -> int:
        return START_NS + self.number * 100_000_000

    def drive(self, pictures: int, ahead_m: float | None) -> None:
        """Somebody stands `ahead_m` from where these pictures begin; None: nobody does."""
        for picture in range(pictures):
            self.number += 1
            foot_px = None
            if ahead_m is not None:
                place_m = np.array([[ahead_m - SPEED_MPS * STEP_S * picture, 0.0]])
                foot_px = round(ground_to_image(self.camera, place_m)[0, 1])
            pressed = self.hub.driver_keys.take("line", "cab")
            if pressed is not None:
                self.mission.acknowledge(*pressed)
            frame = Frame("cab", self.number, self.clock_ns(), track_picture(foot_px, self.number))
            result = self.mission.update(frame, 0, UNTIMED)
            self.hub.publish("line", result, frame, self.clock_ns())


@pytest.fixture
def ride(tmp_path) -> Ride:
    (tmp_path / "line.yaml").write_text(TRAM_YAML)
    return Ride(load_site(tmp_path / "line.yaml"))


@pytest.fixture
def door(ride) -> Iterator[tuple[str, dict[Role, str]]]:
    """The service with a key for each role."""
    keys, texts = KeysInMemory(), {}
    for role in ROLES:
        key, texts[role] = new_key(f"the {role}", role, 5)
        keys.add(key)
    access = Access(keys, b"0123456789abcdef0123456789abcdef")
    with running_server(ride.hub, ride.clock_ns, access=access) as root:
        yield root, texts


def line_of(root: str, key: str) -> ClientConnection:
    address = root.replace("http", "ws")
    return connect(f"{address}/api/v1/alerts/cab/live?key={key}", open_timeout=30)


def next_message(line: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(line.recv(timeout=30))
    return message


def test_display_hears_acknowledges_and_calls_false(door, ride):
    root, keys = door
    ride.drive(12, NEAR_M)
    (before,) = ride.hub.alerts("line", ride.clock_ns())
    assert before.level in ("caution", "alarm")
    with line_of(root, keys[Role.DISPLAY]) as line:
        first, second = next_message(line), next_message(line)
        assert (first["sequence"], second["sequence"]) == (1, 2)
        assert first["level"] == before.level
        assert first["run"]["speed_mps"] == 8.0
        assert second["service_ms"] > first["service_ms"]
        line.send(json.dumps({"type": "ping", "page_ms": 12.5}))
        line.send("no JSON")
        line.send(b"no text")
        line.send(json.dumps({"type": "shown", "level": before.level, "age_ms": 80}))
        line.send(json.dumps({"type": "acknowledge", "alert_id": before.alert_id}))
        line.send(json.dumps({"type": "false_alarm", "alert_id": before.alert_id}))
        pongs: list[Any] = []
        assert wait_until(lambda: bool(pongs.append(next_message(line)["pong"]) or pongs[-1]))
        assert pongs[-1]["page_ms"] == 12.5
        headers = {"Authorization": f"Bearer {keys[Role.DISPLAY]}"}
        figures = f"{root}/api/v1/alerts/cab/figures"

        def told() -> dict[str, Any]:
            answer: dict[str, Any] = httpx.get(figures, headers=headers, timeout=20).json()
            return answer

        assert wait_until(lambda: told()["false_alarms"] == 1)
        assert told()["alert_age_ms"] == {"p50": 80, "p95": 80, "p99": 80}
    ride.drive(1, NEAR_M - 10)
    (after,) = ride.hub.alerts("line", ride.clock_ns())
    assert after.is_acknowledged


def test_operator_who_looks_on_does_not_acknowledge_for_the_driver(door, ride):
    root, keys = door
    ride.drive(12, NEAR_M)
    (before,) = ride.hub.alerts("line", ride.clock_ns())
    with line_of(root, keys[Role.OPERATOR]) as line:
        assert next_message(line)["alert_id"] == before.alert_id
        line.send(json.dumps({"type": "acknowledge", "alert_id": before.alert_id}))
        line.send(json.dumps({"type": "ping", "page_ms": 12.5}))
        assert wait_until(lambda: next_message(line)["pong"] is not None)
    ride.drive(1, NEAR_M - 10)
    (after,) = ride.hub.alerts("line", ride.clock_ns())
    assert not after.is_acknowledged
    for role, is_driver in ((Role.OPERATOR, False), (Role.DISPLAY, True)):
        headers = {"Authorization": f"Bearer {keys[role]}"}
        shown = httpx.get(f"{root}/cabin/cab", headers=headers, timeout=20).text
        assert ('id="seen" type="button" disabled hidden' not in shown) == is_driver


def test_display_is_told_when_its_tram_has_been_taken_away(door, ride):
    root, keys = door
    with line_of(root, keys[Role.DISPLAY]) as line:
        next_message(line)
        ride.hub.change_sites([], ride.clock_ns())
        for _ in line:
            pass
        assert line.close_code == 1001


def test_reader_may_look_but_not_answer(door):
    root, keys = door
    headers = {"Authorization": f"Bearer {keys[Role.READER]}"}
    assert httpx.get(f"{root}/api/v1/alerts/cab/figures", headers=headers).status_code == 200
    for name in ("acknowledge", "false-alarm"):
        address = f"{root}/api/v1/alerts/cab/{name}"
        answer = httpx.post(address, json={"alert_id": 1}, headers=headers)
        assert answer.status_code == 403
    with pytest.raises(InvalidStatus, match="403"):
        line_of(root, keys[Role.READER])


def test_acknowledging_an_alert_that_is_gone_is_refused(door, ride):
    root, keys = door
    ride.drive(8, None)
    headers = {"Authorization": f"Bearer {keys[Role.DISPLAY]}"}
    address = f"{root}/api/v1/alerts/cab/acknowledge"
    answer = httpx.post(address, json={"alert_id": 99}, headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "alert 99 does not stand any more",
    )


def test_alert_that_never_was_cannot_be_called_false(door, ride):
    root, keys = door
    ride.drive(12, NEAR_M)
    headers = {"Authorization": f"Bearer {keys[Role.DISPLAY]}"}
    api = f"{root}/api/v1/alerts/cab"
    for never in (1, -1, 2**70, 99999):
        answer = httpx.post(f"{api}/false-alarm", json={"alert_id": never}, headers=headers)
        assert (answer.status_code, answer.json()["detail"]) == (
            409,
            f"camera 'cab' never told of an alert {never}",
        )
    with line_of(root, keys[Role.DISPLAY]) as line:
        line.send(json.dumps({"type": "false_alarm", "alert_id": 123456}))
        line.send(json.dumps({"type": "ping", "page_ms": 12.5}))
        assert wait_until(lambda: next_message(line)["pong"] is not None)
    assert httpx.get(f"{api}/figures", headers=headers).json()["false_alarms"] == 0


def test_alert_of_an_earlier_life_can_be_called_false(ride, tmp_path):
    database = str(tmp_path / "wayside.sqlite")
    with kept(ride.hub, Store.open(database)):
        ride.drive(12, NEAR_M)
        (alert,) = ride.hub.alerts("line", ride.clock_ns())
    hub, store = Hub(ride.hub.sites), Store.open(database)
    with kept(hub, store), running_server(hub, ride.clock_ns, store=store) as root:
        api = f"{root}/api/v1/alerts/cab"
        for _ in range(2):
            answer = httpx.post(f"{api}/false-alarm", json={"alert_id": alert.alert_id}, timeout=20)
            assert answer.status_code == 202
        assert httpx.get(f"{api}/figures", timeout=20).json()["false_alarms"] == 1


def test_days_of_a_trial_outlive_the_nights(tmp_path):
    """The tram meets somebody on two days, which begin at 23 o'clock UTC where it drives."""
    (tmp_path / "line.yaml").write_text(f"{TRAM_YAML}time_zone: Africa/Lagos\n")
    ride, database = Ride(load_site(tmp_path / "line.yaml")), str(tmp_path / "wayside.sqlite")
    alerts = []
    for hours in (0, 15):  # 8 o'clock, and 23 o'clock in UTC
        ride.hub, ride.number = Hub(ride.hub.sites, first_event_id=hours * 1000), hours * 36_000
        ride.mission.forget()
        with kept(ride.hub, Store.open(database)):
            ride.drive(60, None)
            ride.drive(12, NEAR_M)
            alerts += ride.hub.alerts("line", ride.clock_ns())
    hub, store = Hub(ride.hub.sites), Store.open(database)
    with kept(hub, store), running_server(hub, ride.clock_ns, store=store) as root:
        api = f"{root}/api/v1"
        said = {"alert_id": alerts[0].alert_id}
        answer = httpx.post(f"{api}/alerts/cab/false-alarm", json=said, timeout=20)
        assert answer.status_code == 202
        answer = httpx.get(f"{api}/history/alerts/cab/figures?limit=1", timeout=20)
        told, (first,) = answer.json(), answer.json()["days"]
        (second,) = httpx.get(f"{root}{answer.links['next']['url']}", timeout=20).json()["days"]
        page = httpx.get(f"{root}/sites/line/trams/cab/alerts", timeout=20).text
        never = httpx.get(f"{api}/history/alerts/dog/figures", timeout=20)
    assert [day["begin"] for day in (first, second)] == [
        "2027-01-14T23:00:00.000Z",
        "2027-01-15T23:00:00.000Z",
    ]
    assert [day["cautions"] for day in (first, second, told["total"])] == [1, 1, 2]
    assert [day["false_alarms"] for day in (first, second, told["total"])] == [1, 0, 1]
    assert told["total"]["watched_s"] == pytest.approx(first["watched_s"] + second["watched_s"])
    hours, km = told["total"]["watched_s"] / 3600, told["total"]["driven_km"]
    assert told["total"]["warnings_per_hour"] == pytest.approx(2 / hours, rel=0.02)
    assert told["total"]["false_alarms_per_km"] == pytest.approx(1 / km, rel=0.02)
    days = re.findall(r'<th scope="row"><time datetime="([0-9-]+)">', page)
    assert days == ["2027-01-16", "2027-01-15"], "the newest first"
    assert never.status_code == 404


def test_overspeed_reaches_the_record_and_is_an_event(tmp_path):
    limits = "speed_mps: 8.0\n      limits: {stretches: [{from_m: 0, to_m: 900, kmh: 20}]}"
    (tmp_path / "line.yaml").write_text(TRAM_YAML.replace("speed_mps: 8.0", limits))
    ride = Ride(load_site(tmp_path / "line.yaml"))
    ride.drive(12, None)
    (record,) = ride.hub.alerts("line", ride.clock_ns())
    assert (record.level, record.overspeed) == ("clear", "caution")
    assert record.run is not None
    assert record.run.limit_mps == pytest.approx(20 / 3.6, abs=0.01)
    told = [e.data["overspeed"] for e in ride.hub.recent(50) if e.type == "alert.changed"]
    assert told[-1] == "caution"
    assert ride.hub.cabins.tally("line", "cab").overspeeds == 1


def ride_with(folder: Path, *lines: str) -> Ride:
    """The same ride; `lines` are added to the tram's part of the site file."""
    added = "".join(f"\n      {line}" for line in lines)
    (folder / "line.yaml").write_text(TRAM_YAML.rstrip("\n") + added + "\n")
    return Ride(load_site(folder / "line.yaml"))


def told_levels(ride: Ride) -> list[str]:
    """The levels that were recorded, one after the other."""
    levels = [each.data["level"] for each in ride.hub.recent(500) if each.type == "alert.changed"]
    return [level for level, _ in itertools.groupby(levels)]


def test_silent_tram_shows_nothing_records_all_and_its_false_alarms_are_judged_later(tmp_path):
    ride = ride_with(tmp_path, "silent: true")
    with running_server(ride.hub, ride.clock_ns) as root:
        api = f"{root}/api/v1/alerts/cab"
        shown = set()
        with connect(f"{api.replace('http', 'ws')}/live", open_timeout=30) as line:
            for picture in range(60):
                ride.drive(1, 60 - SPEED_MPS * STEP_S * picture)
                message = next_message(line)
                shown.add((message["level"], message["reason"], message["alert_id"]))
        (record,) = ride.hub.alerts("line", ride.clock_ns())
        assert shown == {("unavailable", "silent", None)}
        assert record.level in ("caution", "alarm")
        assert record.is_silent
        answer = httpx.post(f"{api}/false-alarm", json={"alert_id": record.alert_id}, timeout=20)
        assert answer.status_code == 202
        figures = httpx.get(f"{api}/figures", timeout=20).json()
    assert (figures["is_silent"], figures["cautions"], figures["false_alarms"]) == (True, 1, 1)
    hours, km = figures["watched_s"] / 3600, figures["driven_km"]
    assert figures["false_alarms_per_hour"] == pytest.approx(1 / hours, rel=0.02)
    assert figures["false_alarms_per_km"] == pytest.approx(1 / km, rel=0.02)


def test_many_cautions_in_an_hour_are_thinned_and_an_alarm_is_never_hidden(tmp_path):
    ride = ride_with(tmp_path, "alert: {cautions_per_hour: 2}")
    for _ in range(4):
        ride.drive(8, FAR_M)
        ride.drive(20, None)
        ride.mission.forget()  # as after a camera that was away: its cautions count all the same
    meetings = ["caution", "clear"] * 2 + ["information", "clear"] * 2
    assert told_levels(ride) == ["clear", *meetings]
    ride.drive(12, NEAR_M)
    assert told_levels(ride)[-1] == "alarm"


@pytest.mark.needs("mosquitto")
def test_warning_that_nobody_answers_is_escalated_until_a_message_acknowledges_it(tmp_path):
    ride, heard = ride_with(tmp_path, "alert: {escalate_s: 0.5}"), threading.Event()

    def acknowledge(site_id: str, camera_id: str, alert_id: int | None) -> None:
        ride.hub.driver_keys.acknowledge(site_id, camera_id, alert_id)
        heard.set()

    def is_escalated() -> list[bool]:
        return [
            each.data["is_escalated"]
            for each in ride.hub.recent(500)
            if each.type == "alert.changed" and each.data["level"] in ("caution", "alarm")
        ]

    with Broker(tmp_path) as broker, Listener(broker.port) as listener:
        publisher = MqttPublisher(
            "line",
            MqttSettings("127.0.0.1", broker.port),
            ride.hub,
            acknowledge=acknowledge,
            clock_ns=ride.clock_ns,
        )
        publishing = Publishing([publisher])
        publishing.start()
        ride.drive(10, FAR_M)
        assert is_escalated() == [False, True]
        state = "wayside/line/trams/cab"
        assert wait_until(lambda: listener.state(state).get("is_escalated") is True)
        (record,) = ride.hub.alerts("line", ride.clock_ns())
        listener.say(f"{state}/acknowledge", json.dumps({"alert_id": record.alert_id}))

        assert heard.wait(20)
        ride.drive(1, FAR_M - 10 * SPEED_MPS * STEP_S)
        assert ride.hub.alerts("line", ride.clock_ns())[0].is_acknowledged
        publishing.stop()
    assert is_escalated()[-1] is False
