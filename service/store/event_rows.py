"""An event as the row in which it is kept."""

from typing import Any

from sqlalchemy import Table

from service.live.records import EventRecord
from service.store.tables import alerts, camera_changes, lot_counts, spot_changes
from service.timestamps import iso_to_ns

COUNTS = ("total", "free_min", "free_max", "occupied", "unknown", "closed")


def event_row(event: EventRecord) -> tuple[Table, dict[str, Any]] | None:
    """The table and row of an event; None for a kind that is kept in another way."""
    data = event.data
    row: dict[str, Any] = {
        "site_id": event.site_id,
        "at_ns": event.timestamp_ns,
        "event_id": event.id,
    }
    if event.type == "lot.changed":
        row["lot_id"] = event.subject
        return lot_counts, row | {name: data[name] for name in COUNTS}
    if event.type not in ("spot.changed", "camera.changed", "alert.changed"):
        return None
    row |= {"camera_id": event.camera_id, "reason": data["reason"], "frame_id": event.frame_id}
    if event.type == "spot.changed":
        return spot_changes, row | {
            "lot_id": data["lot_id"],
            "spot_id": event.subject,
            "spot_group": data["group"],
            "status": data["status"],
            "confidence": data["confidence"],
            "observed_at_ns": _ns(data["observed_at"]),
            "changed_at_ns": _ns(data["changed_at"]),
        }
    if event.type == "camera.changed":
        return camera_changes, row | {"status": data["status"]}
    nearest = data["nearest"] or {}
    return alerts, row | {
        "alert_id": data["alert_id"],
        "level": data["level"],
        "is_acknowledged": data["is_acknowledged"],
        "kind": nearest.get("kind"),
        "distance_m": nearest.get("distance_m"),
        "time_to_collision_s": nearest.get("time_to_collision_s"),
        "confidence": data["confidence"],
        "state": data,
    }


def _ns(moment: str | None) -> int | None:
    return None if moment is None else iso_to_ns(moment)
