"""Events as the hub makes them, in one call."""

from service.live.records import EventRecord
from service.timestamps import NS_PER_S, ns_to_iso

NOON_NS = 1_777_636_800 * NS_PER_S  # 2026-05-01T12:00:00Z


def spot_event(
    number: int,
    spot_id: str = "A1",
    status: str = "free",
    *,
    at_s: float | None = None,
    lot_id: str = "main",
    group: str = "general",
    reason: str | None = None,
    site_id: str = "yard",
) -> EventRecord:
    """A spot's change, `at_s` after noon; by default as many seconds as its number."""
    at_ns = NOON_NS + round((number if at_s is None else at_s) * NS_PER_S)
    moment = ns_to_iso(at_ns)
    data = {
        "site_id": site_id,
        "lot_id": lot_id,
        "spot_id": spot_id,
        "camera_id": "north",
        "group": group,
        "status": status,
        "reason": reason,
        "confidence": 0.95 if status in ("free", "occupied") else 0.0,
        "observed_at": moment,
        "changed_at": moment,
        "valid_until": moment,
    }
    return EventRecord(
        id=number,
        type="spot.changed",
        site_id=site_id,
        camera_id="north",
        subject=spot_id,
        frame_id=number,
        timestamp_ns=at_ns,
        data=data,
    )


def lot_event(number: int, free_min: int, free_max: int, total: int = 4) -> EventRecord:
    """A lot's change."""
    data = {
        "total": total,
        "free_min": free_min,
        "free_max": free_max,
        "occupied": total - free_max,
        "unknown": free_max - free_min,
        "closed": 0,
    }
    return EventRecord(
        id=number,
        type="lot.changed",
        site_id="yard",
        camera_id="north",
        subject="main",
        frame_id=number,
        timestamp_ns=NOON_NS + number * NS_PER_S,
        data=data,
    )


def camera_event(number: int, status: str, reason: str | None = None) -> EventRecord:
    """A camera's change."""
    return EventRecord(
        id=number,
        type="camera.changed",
        site_id="yard",
        camera_id="north",
        subject="north",
        frame_id=number,
        timestamp_ns=NOON_NS + number * NS_PER_S,
        data={"status": status, "reason": reason},
    )


def violation_event(number: int, spot_id: str, began_s: int, ended_s: int | None) -> EventRecord:
    """A vehicle that stood too long on a spot, from so many seconds after noon."""

    def moment(at_s: int) -> str:
        return ns_to_iso(NOON_NS + at_s * NS_PER_S)

    data = {
        "violation_id": 7,
        "kind": "overstay",
        "lot_id": "main",
        "subject": spot_id,
        "began_at": moment(began_s),
        "ended_at": None if ended_s is None else moment(ended_s),
        "text": "a vehicle stands in a spot for longer than allowed",
        "confidence": 0.95,
        "reason": None,
    }
    return EventRecord(
        id=number,
        type="violation.changed",
        site_id="yard",
        camera_id="north",
        subject="7",
        frame_id=number,
        timestamp_ns=NOON_NS + number * NS_PER_S,
        data=data,
    )
