import pytest

from service.publish.topics import Acknowledgement, acknowledgement


@pytest.mark.parametrize(
    ("topic", "payload", "meant"),
    [
        pytest.param("w/line/trams/cab/acknowledge", b"", Acknowledgement("cab", None), id="empty"),
        pytest.param(
            "w/line/trams/cab/acknowledge",
            b"PRESS",
            Acknowledgement("cab", None),
            id="button of Home Assistant",
        ),
        pytest.param("w/line/trams/cab/acknowledge", b"3", Acknowledgement("cab", 3), id="number"),
        pytest.param(
            "w/line/trams/cab/acknowledge", b'{"alert_id": 3}', Acknowledgement("cab", 3), id="JSON"
        ),
        pytest.param("w/line/trams/cab/acknowledge", b"yes!", None, id="no JSON"),
        pytest.param("w/line/trams/cab/acknowledge", b"[3]", None, id="a list"),
        pytest.param("w/line/trams/cab/acknowledge", b"true", None, id="a truth value"),
        pytest.param("w/line/trams/cab", b"3", None, id="another topic"),
    ],
)
def test_command_that_acknowledges(topic, payload, meant):
    assert acknowledgement(topic, payload) == meant
