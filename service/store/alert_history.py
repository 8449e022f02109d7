"""What every tram's display showed, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.store.history import History
from service.store.tables import alerts


@dataclass(frozen=True, slots=True)
class AlertChange:
    """A display from `at_ns` on."""

    id: int
    site_id: str
    camera_id: str
    alert_id: int | None
    level: str
    reason: str | None
    at_ns: int
    is_acknowledged: bool
    kind: str | None
    """Of the nearest obstacle, as the two distances below."""
    distance_m: float | None
    time_to_collision_s: float | None
    confidence: float
    frame_id: int | None
    state: Mapping[str, Any]
    """The whole record as clients read it."""
    event_id: int | None
    """None where the service was not running from then on."""


class AlertHistory(History[AlertChange]):
    """The table `alerts`."""

    table, row_type = alerts, AlertChange
