"""An event in the envelope of CloudEvents 1.0, which other systems' tools understand."""

from typing import Any

from service.live.records import EventRecord
from service.timestamps import ns_to_iso

MEDIA_TYPE = "application/cloudevents+json"
BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"
TYPE_PREFIX = "wayside."


def cloud_event(event: EventRecord) -> dict[str, Any]:
    """The event as structured CloudEvents JSON; `time` is when its picture was taken."""
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(event.id),
        "source": f"/sites/{event.site_id}/cameras/{event.camera_id}",
        "type": f"{TYPE_PREFIX}{event.type}",
        "subject": event.subject,
        "time": ns_to_iso(event.timestamp_ns),
        "datacontenttype": "application/json",
        "data": event.data,
    }
    if event.frame_id is not None:
        envelope["frameid"] = event.frame_id
    return envelope


def gap_cloud_event(site_id: str, after_id: int, now_ns: int) -> dict[str, Any]:
    """What is told in place of changes that are gone: whoever counts on all reads the states."""
    return {
        "specversion": "1.0",
        "id": f"gap-{after_id}",
        "source": f"/sites/{site_id}",
        "type": f"{TYPE_PREFIX}gap",
        "time": ns_to_iso(now_ns),
        "datacontenttype": "application/json",
        "data": {"after_id": after_id, "detail": "changes are gone: read the states anew"},
    }
