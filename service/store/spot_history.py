"""What every spot was told as, and since when."""

from dataclasses import dataclass

from service.store.history import History
from service.store.tables import spot_changes


@dataclass(frozen=True, slots=True)
class SpotChange:
    """A spot's state from `at_ns` on."""

    id: int
    site_id: str
    lot_id: str
    spot_id: str
    camera_id: str
    spot_group: str
    status: str
    reason: str | None
    confidence: float
    at_ns: int
    observed_at_ns: int | None
    changed_at_ns: int | None
    frame_id: int | None
    event_id: int | None
    """None where the service was not running from then on."""


class SpotHistory(History[SpotChange]):
    """The table `spot_changes`."""

    table, row_type = spot_changes, SpotChange
