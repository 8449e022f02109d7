"""How a lot's count went, from the store, or from the last events where there is none."""

from service.hub import RING_SIZE
from service.pages.plot import CountAt
from service.records import LotRecord
from service.routes.context import Context


def lot_counts(context: Context, lot: LotRecord, begin_ns: int, end_ns: int) -> list[CountAt]:
    """The changes of a lot's count in a stretch of time, oldest first, and the one before."""
    return _recent_counts(context, lot, begin_ns, end_ns)


def _recent_counts(context: Context, lot: LotRecord, begin_ns: int, end_ns: int) -> list[CountAt]:
    """What the hub still remembers, with the present count at the end."""
    counts = [
        CountAt(event.timestamp_ns, event.data["free_min"], event.data["free_max"])
        for event in context.hub.recent(RING_SIZE)
        if event.type == "lot.changed"
        and (event.site_id, event.subject) == (lot.site_id, lot.lot_id)
        and begin_ns <= event.timestamp_ns < end_ns
    ]
    return [*counts, CountAt(end_ns, lot.free_min, lot.free_max)] if counts else []
