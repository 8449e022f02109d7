"""What the history says of a time in which the service was not running: nothing is known."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Table, insert

from service.store.latest import Row, latest_rows
from service.store.tables import alerts, camera_changes, lot_counts, spot_changes
from vision.parking.spot_state import SpotState, SpotStatus, UnknownReason
from vision.tram.alert_state import UnavailableReason

NOT_RUNNING = "service not running"


def keep_interruption(connection: Connection, site_id: str, alive_ns: int) -> None:
    """Write that from `alive_ns` on nothing was known, unless that is what was known before."""
    for table, subject, ignorance in (
        (spot_changes, "spot_id", _unknown_spot),
        (lot_counts, "lot_id", _unknown_lot),
        (alerts, "camera_id", _unknown_display),
        (camera_changes, "camera_id", _unknown_camera),
    ):
        last = latest_rows(connection, table, subject, site_id)
        _end(connection, table, last, ignorance, alive_ns)


def keep_removal(
    connection: Connection, site_id: str, spot_ids: Collection[str], now_ns: int
) -> None:
    """Write that nothing is known of spots that are no longer in the layout."""
    last = latest_rows(connection, spot_changes, "spot_id", site_id)
    gone = [row for row in last if row["spot_id"] not in spot_ids]
    _end(connection, spot_changes, gone, _unknown_spot, now_ns)


def _end(
    connection: Connection,
    table: Table,
    last: Iterable[Row],
    ignorance: Callable[[Row], dict[str, Any]],
    at_ns: int,
) -> None:
    rows = []
    for row in last:
        change = ignorance(row)
        if any(row[name] != value for name, value in change.items()):
            ended = {"event_id": None, "at_ns": max(at_ns, row["at_ns"])}
            rows.append({**row, **change, **ended})
    for each in rows:
        del each["id"]
    if rows:
        connection.execute(insert(table), rows)


def restored_spot_state(row: Row) -> SpotState | None:
    """A spot as it may be told until it is seen again; None where it was never seen or is closed.

    It is unknown, because it may have changed meanwhile; its times are those of its last state.
    """
    observed_ns = row["observed_at_ns"]
    if observed_ns is None or row["status"] == SpotStatus.CLOSED:
        return None
    return SpotState(
        status=SpotStatus.UNKNOWN,
        reason=UnknownReason.STALE,
        confidence=0.0,
        occupied_log_odds=0.0,
        observed_at_ns=observed_ns,
        changed_at_ns=row["changed_at_ns"] or row["at_ns"],
        valid_until_ns=observed_ns,
    )


def _unknown_spot(row: Row) -> dict[str, Any]:
    if row["status"] in (SpotStatus.CLOSED, SpotStatus.UNKNOWN):
        return {}
    return {"status": "unknown", "reason": UnknownReason.STALE.value, "confidence": 0.0}


def _unknown_lot(row: Row) -> dict[str, Any]:
    unknown = row["total"] - row["closed"]
    return {"free_min": 0, "free_max": unknown, "occupied": 0, "unknown": unknown}


def _unknown_display(row: Row) -> dict[str, Any]:
    if row["level"] == "unavailable":
        return {}
    reason = UnavailableReason.NO_PICTURE.value
    state = {**row["state"], "level": "unavailable", "reason": reason, "nearest": None}
    return {
        "level": "unavailable",
        "reason": reason,
        "alert_id": None,
        "kind": None,
        "distance_m": None,
        "time_to_collision_s": None,
        "confidence": 0.0,
        "is_acknowledged": False,
        "state": {**state, "alert_id": None, "confidence": 0.0, "is_acknowledged": False},
    }


def _unknown_camera(_row: Row) -> dict[str, Any]:
    return {"status": "lost", "reason": NOT_RUNNING}
