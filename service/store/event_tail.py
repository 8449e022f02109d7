"""The newest events as they were sent, so that readers resume over a restart."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, delete, select

from service.live.records import EventRecord
from service.store.database import Database
from service.store.inserting import insert_new
from service.store.tables import event_tail

LONGEST_TAIL = 4096  # events of a site; more than the service keeps in memory


class EventTail:
    """The table `event_tail`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def keep(connection: Connection, events: Sequence[EventRecord]) -> None:
        """Add events within a transaction of the writer, and forget the oldest."""
        rows = [
            {"site_id": event.site_id, "event_id": event.id, "body": event.json_line()}
            for event in events
        ]
        insert_new(connection, event_tail, rows)
        for site_id in {event.site_id for event in events}:
            of_site = event_tail.c.site_id == site_id
            newest_first = select(event_tail.c.event_id).where(of_site)
            newest_first = newest_first.order_by(event_tail.c.event_id.desc())
            last = connection.execute(newest_first.offset(LONGEST_TAIL).limit(1)).scalar()
            if last is not None:
                old = event_tail.c.event_id <= last
                connection.execute(delete(event_tail).where(of_site, old))

    def newest(self, site_ids: Collection[str], limit: int = LONGEST_TAIL) -> list[EventRecord]:
        """The last events of these sites together, oldest first."""
        query = select(event_tail.c.body).where(event_tail.c.site_id.in_(site_ids))
        query = query.order_by(event_tail.c.event_id.desc()).limit(limit)
        with self._database.reading() as connection:
            bodies = connection.execute(query).scalars().all()
        return [EventRecord.model_validate_json(body) for body in reversed(bodies)]
