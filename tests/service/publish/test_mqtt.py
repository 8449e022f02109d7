import asyncio
import gc
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from service.live.hub import Hub
from service.publish.mqtt import LOOK_S, MqttPublisher
from service.publish.publishing import Publishing
from service.publish.settings import MqttSettings
from streams.backoff import Backoff
from tests.service.publish.broker import Authority, Broker, Listener, retained
from tests.service.publish.yard import Yard, change_camera, drive, line_site, yard_site
from tests.streams.cameras import wait_until

pytestmark = pytest.mark.needs("mosquitto")
QUICK = Backoff(first_s=0.05, limit_s=0.2)
PATIENT = Backoff(first_s=2.0, limit_s=2.0)
"""Leaves a listener the time to be there first."""
EVENTS = "wayside/yard/events"
HOME = "homeassistant"


@contextmanager
def published(publisher: MqttPublisher) -> Iterator[Publishing]:
    publishing = Publishing([publisher])
    publishing.start()
    try:
        yield publishing
    finally:
        publishing.stop()


@pytest.fixture
def broker(tmp_path) -> Iterator[Broker]:
    with Broker(tmp_path) as broker:
        yield broker


def at(broker: Broker) -> MqttSettings:
    return MqttSettings("127.0.0.1", broker.port)


def test_states_are_retained_with_an_expiry(broker, tmp_path):
    site = yard_site(tmp_path)
    hub = Hub([site])
    yard = Yard(site, hub)
    yard.park({"A1"})
    with published(MqttPublisher("yard", at(broker), hub, backoff=QUICK)):
        with Listener(broker.port) as listener:
            spot = "wayside/yard/spots/A1"
            assert wait_until(lambda: listener.state(spot).get("status") == "occupied")
            north = "wayside/yard/cameras/north"  # the last one to be told
            assert wait_until(lambda: listener.state(north).get("status") == "live")
            assert listener.state("wayside/yard/lots/main")["text"] == "2 free"
            assert listener.text("wayside/yard/availability") == "online"
            assert listener.state(spot)["valid_until"] is not None
            assert 1 <= listener.expiry_s[spot] <= 60
            yard.park({"A2"})
            assert wait_until(lambda: listener.state(spot).get("status") == "free")
            assert wait_until(lambda: ("wayside/yard/events") in listener.newest)
        late = retained(broker.port)
        assert json.loads(late["wayside/yard/spots/A2"])["status"] == "occupied"
        assert "wayside/yard/events" not in late


def test_display_is_told_again_while_it_holds_and_unavailable_after(broker, tmp_path):
    site = line_site(tmp_path)
    hub = Hub([site])
    drive(site, hub)
    with (
        published(MqttPublisher("line", at(broker), hub, backoff=QUICK)),
        Listener(broker.port) as listener,
    ):
        topic = "wayside/line/trams/cab"
        assert wait_until(lambda: listener.state(topic).get("level") == "unavailable")
        assert listener.state(topic)["reason"] == "no_picture"
        assert listener.expiry_s[topic] <= 60


def test_broker_that_goes_away_and_comes_back_knows_the_latest_states(broker, tmp_path):
    site = yard_site(tmp_path)
    hub = Hub([site])
    yard = Yard(site, hub)
    yard.park({"A1"})
    publisher = MqttPublisher("yard", at(broker), hub, backoff=QUICK)
    with published(publisher), Listener(broker.port) as listener:
        spot = "wayside/yard/spots/A1"
        assert wait_until(lambda: listener.state(spot).get("status") == "occupied")
        broker.kill()
        assert wait_until(lambda: not publisher.status.is_connected)
        assert "does not answer" in publisher.status.reason
        yard.park({"A2", "A3"})  # nothing of this reaches anybody
        for number in range(600):  # more than a reader may lag behind
            change_camera(hub, number)
        listener.forget()
        broker.start()
        assert wait_until(lambda: publisher.status.is_connected)
        assert wait_until(lambda: listener.state(spot).get("status") == "free")
        assert wait_until(lambda: listener.state("wayside/yard/lots/main").get("text") == "1 free")
        assert wait_until(
            lambda: listener.state("wayside/yard/cameras/north").get("reason") == "reason 599"
        )
        assert wait_until(lambda: listener.text("wayside/yard/availability") == "online")
        yard.park(set())
        assert wait_until(lambda: listener.state("wayside/yard/lots/main").get("text") == "3 free")


def test_absent_broker_stops_nothing(tmp_path):
    site = yard_site(tmp_path)
    hub = Hub([site])
    publisher = MqttPublisher("yard", MqttSettings("127.0.0.1", 9), hub, backoff=QUICK)
    with published(publisher):
        Yard(site, hub).park({"A1"})
        assert wait_until(lambda: publisher.status.failures >= 2)
    assert hub.recent(99)


def test_service_that_ends_in_order_says_offline(broker, tmp_path):
    hub = Hub([yard_site(tmp_path)])
    publisher = MqttPublisher("yard", at(broker), hub, backoff=QUICK)
    with Listener(broker.port) as listener:
        with published(publisher):
            assert wait_until(lambda: listener.text("wayside/yard/availability") == "online")
        assert wait_until(lambda: listener.text("wayside/yard/availability") == "offline")


def test_service_that_is_ended_while_the_broker_hangs_is_offline_once_it_is_back(broker, tmp_path):
    hub = Hub([yard_site(tmp_path)])
    publisher = MqttPublisher("yard", at(broker), hub, backoff=QUICK)

    async def life() -> None:
        stopping = asyncio.Event()
        running = asyncio.create_task(publisher.run(stopping))
        assert await asyncio.to_thread(wait_until, lambda: publisher.status.sent > 0)
        broker.freeze()
        change_camera(hub, 1)
        await asyncio.sleep(2 * LOOK_S)  # until it waits for the broker to take that
        stopping.set()
        running.cancel()
        await asyncio.sleep(0)
        broker.thaw()
        await asyncio.wait({running})

    asyncio.run(life())
    availability = "wayside/yard/availability"
    assert wait_until(lambda: retained(broker.port).get(availability) == b"offline", timeout_s=5.0)


def test_alert_is_acknowledged_by_message(broker, tmp_path):
    hub = Hub([line_site(tmp_path)])
    seen: list[tuple[str, str, int | None]] = []
    publisher = MqttPublisher(
        "line",
        at(broker),
        hub,
        acknowledge=lambda site, camera, alert: seen.append((site, camera, alert)),
        backoff=QUICK,
    )
    with Listener(broker.port) as listener:
        command = "wayside/line/trams/cab/acknowledge"
        listener.say(command, "7", retain=True)  # old news: nobody presses a key for ever
        with published(publisher):
            assert wait_until(lambda: publisher.status.sent > 2)
            listener.say(command, '{"alert_id": 3}')
            listener.say(command, "nonsense")
            listener.say(command)
            assert wait_until(lambda: len(seen) == 2)
    assert seen == [("line", "cab", 3), ("line", "cab", None)]


def test_weather_is_reported_by_message(broker, tmp_path):
    hub = Hub([yard_site(tmp_path)])
    publisher = MqttPublisher("yard", at(broker), hub, backoff=QUICK)

    def weather() -> str:
        return hub.weathers.at("yard", time.time_ns()).value

    with Listener(broker.port) as listener:
        topic = "wayside/yard/weather/set"
        listener.say(topic, "snow", retain=True)  # of whatever age
        with published(publisher):
            assert wait_until(lambda: publisher.status.sent > 2)
            assert weather() == "unknown"
            listener.say(topic, "rain")
            assert wait_until(lambda: weather() == "rain")
            listener.say(topic, '{"weather": "hail"}')
            listener.say(topic, '{"weather": "fog", "valid_for_s": 60}')
            assert wait_until(lambda: weather() == "fog")


def test_home_assistant_finds_every_entity_and_forgets_what_is_gone(broker, tmp_path):
    site = yard_site(tmp_path)
    hub = Hub([site])
    settings = replace(at(broker), discovery=HOME)
    gone = f"{HOME}/sensor/wayside_yard/spot_Z9/config"
    others = f"{HOME}/sensor/somebody_else/x/config"
    with Listener(broker.port) as listener:
        listener.say(gone, "{}", retain=True)
        listener.say(others, "{}", retain=True)
        with published(MqttPublisher("yard", settings, hub, backoff=QUICK)):
            topic = f"{HOME}/sensor/wayside_yard/spot_A1/config"
            assert wait_until(lambda: bool(listener.state(topic)))
            entity = listener.state(topic)
            assert entity["unique_id"] == "wayside_yard_spot_A1"
            assert entity["default_entity_id"] == "sensor.wayside_yard_spot_A1"
            assert entity["state_topic"] == "wayside/yard/spots/A1"
            assert entity["availability_topic"] == "wayside/yard/availability"
            assert entity["expire_after"] == 60
            assert entity["device"]["identifiers"] == ["wayside_yard"]
            assert wait_until(lambda: listener.text(gone) == "")
        kept = retained(broker.port)
    assert gone not in kept
    assert others in kept
    names = {topic.split("/")[3] for topic in kept if topic.startswith(f"{HOME}/sensor/wayside")}
    assert names == {"spot_A1", "spot_A2", "spot_A3", "spot_B1", "lot_main", "lot_back"} | {
        "camera_north"
    }


def test_wrong_password_is_told(tmp_path):
    with Broker(tmp_path, user="wayside", password="right") as broker:
        settings = replace(at(broker), username="wayside", password="s3cret")
        publisher = MqttPublisher("yard", settings, Hub([yard_site(tmp_path)]), backoff=QUICK)
        with published(publisher):
            assert wait_until(lambda: publisher.status.failures >= 1)
            assert "authori" in publisher.status.reason.lower()
            assert "s3cret" not in repr(settings) + publisher.status.reason


@pytest.mark.needs("openssl")
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
def test_encrypted_broker_is_trusted_by_its_authority_only(tmp_path):
    own, foreign = Authority(tmp_path, "own"), Authority(tmp_path, "foreign")
    hub = Hub([yard_site(tmp_path)])
    with Broker(tmp_path, user="wayside", password="right", authority=own) as broker:
        login = replace(at(broker), username="wayside", password="right", is_encrypted=True)
        trusted = MqttPublisher("yard", replace(login, ca_file=own.ca_file), hub, backoff=QUICK)
        with published(trusted):
            assert wait_until(lambda: trusted.status.is_connected and trusted.status.sent > 0)
        for mistake, said in (
            ({"ca_file": foreign.ca_file}, "certificate"),
            ({}, "certificate"),  # the system's own authorities do not know it either
            ({"ca_file": own.ca_file, "password": "wr0ng"}, "authori"),
            ({"ca_file": own.ca_file, "host": "localhost"}, "hostname"),
            ({"ca_file": tmp_path / "none.pem"}, "no such file"),
            ({"is_encrypted": False}, ""),
        ):
            publisher = MqttPublisher("yard", replace(login, **mistake), hub, backoff=QUICK)
            with published(publisher):
                assert wait_until(lambda publisher=publisher: publisher.status.failures >= 1)
                assert said in publisher.status.reason.lower()
                assert publisher.status.sent == 0
    gc.collect()  # paho leaves the socket of a refused handshake to the collector


def test_changes_of_an_outage_follow_it_in_order(broker, tmp_path):
    hub = Hub([yard_site(tmp_path)])
    publisher = MqttPublisher("yard", at(broker), hub, backoff=PATIENT)
    with published(publisher):
        with Listener(broker.port, EVENTS) as listener:
            assert wait_until(lambda: publisher.status.is_connected)
            change_camera(hub, 0)
            assert wait_until(lambda: reasons(listener) == ["reason 0"])
            broker.kill()
        assert wait_until(lambda: not publisher.status.is_connected)
        for number in range(1, 300):  # more than a reader may lag behind
            change_camera(hub, number)
        broker.start()
        with Listener(broker.port, EVENTS) as listener:
            assert wait_until(lambda: reasons(listener)[-1:] == ["reason 299"])
            assert reasons(listener) == [f"reason {number}" for number in range(1, 300)]


def test_broker_hears_of_changes_that_are_gone(tmp_path):
    hub = Hub([yard_site(tmp_path)], ring_size=10)
    broker = Broker(tmp_path)
    publisher = MqttPublisher("yard", at(broker), hub, backoff=PATIENT)
    with published(publisher):
        assert wait_until(lambda: publisher.status.failures >= 1)
        for number in range(30):
            change_camera(hub, number)
        with broker, Listener(broker.port, EVENTS) as listener:
            assert wait_until(lambda: reasons(listener)[-1:] == ["reason 29"])
            kinds = [json.loads(text)["type"] for _, text in listener.log]
    assert kinds == ["wayside.gap"] + ["wayside.camera.changed"] * 10


def reasons(listener: Listener) -> list[str]:
    """Why the camera was lost, by the changes heard."""
    told = [json.loads(text)["data"] for _, text in listener.log]
    return [data["reason"] for data in told if "reason" in data]


def test_site_that_is_taken_out_leaves_nothing_behind(broker, tmp_path):
    site = yard_site(tmp_path)
    hub = Hub([site])
    publisher = MqttPublisher("yard", replace(at(broker), discovery=HOME), hub, backoff=QUICK)
    with Listener(broker.port) as listener, published(publisher) as publishing:
        assert wait_until(lambda: "wayside/yard/spots/A1" in listener.newest)
        hub.change_sites([], 1)
        publishing.change([])
        assert wait_until(lambda: listener.text("wayside/yard/availability") == "offline")
        assert publishing.statuses == []
        assert set(retained(broker.port)) == {"wayside/yard/availability"}


def test_same_work_is_the_same_publisher(tmp_path):
    hub = Hub([yard_site(tmp_path)])
    here = MqttSettings("127.0.0.1", 1883)
    assert MqttPublisher("yard", here, hub) == MqttPublisher("yard", here, hub)
    assert MqttPublisher("yard", replace(here, port=1884), hub) != MqttPublisher("yard", here, hub)


def test_two_services_of_one_client_id_say_so(broker, tmp_path):
    hub = Hub([yard_site(tmp_path)])
    patience = Backoff(first_s=0.05, limit_s=60.0)
    one, other = (MqttPublisher("yard", at(broker), hub, backoff=patience) for _ in range(2))
    says = "another service may use the client_id 'wayside-yard', too"
    with published(one), published(other):
        assert wait_until(lambda: says in one.status.reason + other.status.reason)
