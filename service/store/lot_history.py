"""How many spots of every lot were free, and when that changed."""

from dataclasses import dataclass

from service.store.history import History
from service.store.tables import lot_counts


@dataclass(frozen=True, slots=True)
class LotCountRow:
    """A lot's count from `at_ns` on."""

    id: int
    site_id: str
    lot_id: str
    at_ns: int
    total: int
    free_min: int
    free_max: int
    occupied: int
    unknown: int
    closed: int
    event_id: int | None
    """None where the service was not running from then on."""


class LotHistory(History[LotCountRow]):
    """The table `lot_counts`."""

    table, row_type = lot_counts, LotCountRow
