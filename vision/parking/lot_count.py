"""How many spots of a lot are free, as a range when some are unknown."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from vision.parking.spot_state import SpotState, SpotStatus


@dataclass(frozen=True, slots=True)
class LotCount:
    """The spots of one lot by status; as text, for example, "41–44 free"."""

    lot_id: str
    total: int
    """All spots, the closed ones included."""
    free_min: int
    """Spots that are known to be free."""
    free_max: int
    """The same and the unknown ones."""
    occupied: int
    unknown: int
    closed: int

    def __str__(self) -> str:
        if self.free_min == self.free_max:
            return f"{self.free_min} free"
        return f"{self.free_min}–{self.free_max} free"


def count_lot(lot_id: str, states: Iterable[SpotState]) -> LotCount:
    """The count over the states of a lot's spots."""
    counts = Counter(state.status for state in states)
    free, unknown = counts[SpotStatus.FREE], counts[SpotStatus.UNKNOWN]
    return LotCount(
        lot_id=lot_id,
        total=counts.total(),
        free_min=free,
        free_max=free + unknown,
        occupied=counts[SpotStatus.OCCUPIED],
        unknown=unknown,
        closed=counts[SpotStatus.CLOSED],
    )
