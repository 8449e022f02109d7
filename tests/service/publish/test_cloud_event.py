import json

from service.live.records import EventRecord
from service.publish.cloud_event import cloud_event


def test_envelope_has_what_cloudevents_wants():
    event = EventRecord(
        id=17,
        type="spot.changed",
        site_id="yard",
        camera_id="north",
        subject="A1",
        frame_id=4711,
        timestamp_ns=1_777_636_804_250_000_000,
        data={"status": "free"},
    )
    assert cloud_event(event) == {
        "specversion": "1.0",
        "id": "17",
        "source": "/sites/yard/cameras/north",
        "type": "wayside.spot.changed",
        "subject": "A1",
        "time": "2026-05-01T12:00:04.250Z",
        "datacontenttype": "application/json",
        "frameid": 4711,
        "data": {"status": "free"},
    }
    json.dumps(cloud_event(event))


def test_camera_event_without_a_picture_has_no_frame():
    event = EventRecord(
        id=18,
        type="camera.changed",
        site_id="yard",
        camera_id="north",
        subject="north",
        frame_id=None,
        timestamp_ns=0,
        data={},
    )
    assert "frameid" not in cloud_event(event)
