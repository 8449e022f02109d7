"""What every spot was told as, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from service.store.history import History
from service.store.latest import latest_rows
from service.store.page import Span
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

    def latest(self, site_id: str, before_ns: int | None = None) -> dict[str, SpotChange]:
        """The last change of every spot, by spot id; with `before_ns`, the last one before it."""
        with self._database.reading() as connection:
            rows = latest_rows(connection, spot_changes, "spot_id", site_id, before_ns)
        return {row["spot_id"]: SpotChange(**row) for row in rows}

    def within(self, site_id: str, span: Span) -> Sequence[SpotChange]:
        """All changes of a site in a span, in order of time."""
        query = select(spot_changes).where(spot_changes.c.site_id == site_id)
        if span.begin_ns is not None:
            query = query.where(spot_changes.c.at_ns >= span.begin_ns)
        if span.end_ns is not None:
            query = query.where(spot_changes.c.at_ns < span.end_ns)
        query = query.order_by(spot_changes.c.at_ns, spot_changes.c.id)
        with self._database.reading() as connection:
            return [SpotChange(**row) for row in connection.execute(query).mappings()]

    def first_ns(self, site_id: str) -> int | None:
        """When the history of a site begins."""
        query = select(func.min(spot_changes.c.at_ns)).where(spot_changes.c.site_id == site_id)
        with self._database.reading() as connection:
            return connection.execute(query).scalar()
