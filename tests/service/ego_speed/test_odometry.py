import pytest

from service.ego_speed.odometry import OdometryFormat, OdometryReader


def test_speed_in_kilometres_per_hour_with_its_place():
    reader = OdometryReader()
    reading = reader.read(b'{"speed": 36, "latitude": 33.59, "longitude": -7.61}')
    assert reading is not None
    assert reading.speed_mps == pytest.approx(10.0)
    assert reading.position_deg == (33.59, -7.61)


def test_speed_deep_in_the_message_in_metres_per_second():
    reader = OdometryReader(OdometryFormat("vehicle.speed.value", "m/s"))
    reading = reader.read('{"vehicle": {"speed": {"value": 7.5}}}')
    assert reading is not None
    assert reading.speed_mps == 7.5


def test_sender_that_repeats_itself_says_nothing_new():
    reader = OdometryReader()
    message = '{"speed": 20, "timestamp": "2026-05-01T12:00:00Z"}'
    assert reader.read(message) is not None
    assert reader.read(message) is None
    assert reader.read(message.replace("00Z", "01Z")) is not None


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        pytest.param("fast", "wanted JSON, got 'fast'", id="no JSON"),
        pytest.param("[1]", "wanted a number at 'speed', got None", id="a list"),
        pytest.param('{"speed": "12"}', "wanted a number at 'speed', got '12'", id="text"),
        pytest.param('{"speed": true}', "got True", id="yes"),
        pytest.param('{"speed": NaN}', "got nan", id="not a number"),
        pytest.param('{"speed": ' + "9" * 400 + "}", "wanted a number", id="beyond all numbers"),
        pytest.param("[" * 100_000, "wanted JSON", id="list in list in list"),
        pytest.param('{"speed": 900}', "900 km/h is no speed of a tram", id="too fast"),
    ],
)
def test_message_without_a_speed_is_refused(payload, sentence):
    with pytest.raises(ValueError, match=sentence):
        OdometryReader().read(payload)
