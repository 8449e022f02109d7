"""How every camera was doing, and when that changed."""

from dataclasses import dataclass

from service.store.history import History
from service.store.tables import camera_changes


@dataclass(frozen=True, slots=True)
class CameraChange:
    """A camera's health from `at_ns` on."""

    id: int
    site_id: str
    camera_id: str
    status: str
    reason: str | None
    at_ns: int
    frame_id: int | None
    event_id: int | None
    """None where the service was not running from then on."""


class CameraHistory(History[CameraChange]):
    """The table `camera_changes`."""

    table, row_type = camera_changes, CameraChange
