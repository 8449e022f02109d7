"""Odometry from a real Mosquitto."""

import pytest

from service.ego_speed.mqtt import MqttOdometry
from service.ego_speed.odometry import OdometryFormat
from tests.service.publish.broker import Broker, Listener
from tests.streams.cameras import wait_until

pytestmark = pytest.mark.needs("mosquitto")
TOPIC = "tram/12/odometry"


def test_speed_arrives_goes_stale_and_comes_back_with_the_broker(tmp_path):
    with Broker(tmp_path) as broker:
        address = f"mqtt://127.0.0.1:{broker.port}/{TOPIC}"
        source = MqttOdometry(address, max_age_s=1.0).open()
        source.start()
        try:

            def is_heard_at(kmh: int) -> bool:
                with Listener(broker.port) as vehicle:
                    vehicle.say(TOPIC, f'{{"speed": {kmh}}}')
                    reading = source.at(0.0)
                    return reading is not None and round(reading.speed_mps * 3.6) == kmh

            assert wait_until(lambda: is_heard_at(36))
            assert wait_until(lambda: source.at(0.0) is None), "an old speed is none"
            broker.kill()
            broker.start()
            assert wait_until(lambda: is_heard_at(18), timeout_s=40)
        finally:
            source.stop()


def test_retained_and_broken_messages_are_no_speed(tmp_path):
    with Broker(tmp_path, user="tram", password="p@ss") as broker:
        address = f"mqtt://tram:p%40ss@127.0.0.1:{broker.port}/{TOPIC}"
        with Listener(broker.port, user="tram", password="p@ss") as vehicle:
            vehicle.say(TOPIC, '{"v": 50}', retain=True)
            source = MqttOdometry(address, 30.0, OdometryFormat("v", "m/s")).open()
            source.start()
            try:

                def is_heard() -> bool:
                    vehicle.say(TOPIC, "no JSON at all")
                    vehicle.say(TOPIC, '{"v": 7}')
                    return source.at(0.0) is not None

                assert wait_until(is_heard)
                reading = source.at(0.0)
                assert reading is not None
                assert reading.speed_mps == 7, "not the retained one of another time"
            finally:
                source.stop()


@pytest.mark.parametrize(
    "address", ["mqtt://host", "mqtt://host/", "http://host/t", "mqtt:///topic", "mqtt://h:x/t"]
)
def test_bad_address_is_refused_without_its_secrets(address):
    with pytest.raises(ValueError, match=r"wanted mqtt://host:port/topic, got"):
        MqttOdometry(address)


def test_secret_is_not_shown():
    with pytest.raises(ValueError, match="got 'mqtt://\\*\\*\\*@host'"):
        MqttOdometry("mqtt://me:s3cret@host")
    assert "s3cret" not in repr(MqttOdometry("mqtt://me:s3cret@host/t"))
