"""What lasts and needs a person: overstay, blocked lane, cameras that disagree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from service.live.records import EventRecord
from service.store.database import Database
from service.store.inserting import insert_or_replace
from service.store.page import ALWAYS, Page, Span, read_page
from service.store.tables import incidents
from service.timestamps import iso_to_ns

ONCE = ("site_id", "kind", "subject", "began_ns")


@dataclass(frozen=True, slots=True)
class Incident:
    """One of them, under way while `ended_ns` is None."""

    id: int
    site_id: str
    kind: str
    lot_id: str | None
    camera_id: str | None
    subject: str
    """Id of the spot, lane or camera."""
    began_ns: int
    ended_ns: int | None
    details: Mapping[str, Any]


class Incidents:
    """The table `incidents`; the writer fills it with violations.

    Every method answers when its change is committed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def put(connection: Connection, news: Sequence[EventRecord]) -> None:
        """Keep what violations have become within a transaction of the writer."""
        for event in news:
            data = event.data
            ended = data["ended_at"]
            row = {
                "site_id": event.site_id,
                "kind": data["kind"],
                "lot_id": data["lot_id"],
                "camera_id": event.camera_id,
                "subject": data["subject"],
                "began_ns": iso_to_ns(data["began_at"]),
                "ended_ns": None if ended is None else iso_to_ns(ended),
                "details": {name: data[name] for name in ("text", "confidence", "violation_id")},
            }
            insert_or_replace(connection, incidents, [row], key=ONCE)

    @staticmethod
    def end_all(connection: Connection, site_id: str, ended_ns: int) -> None:
        """End what is under way: nobody looked on."""
        connection.execute(
            update(incidents)
            .where(incidents.c.site_id == site_id, incidents.c.ended_ns.is_(None))
            .values(ended_ns=ended_ns)
        )

    def page(
        self,
        site_id: str | None = None,
        *,
        kind: str | None = None,
        is_open: bool | None = None,
        span: Span = ALWAYS,
        limit: int = 100,
        cursor: str | None = None,
        newest_first: bool = False,
    ) -> Page[Incident]:
        """Incidents in order of their begin."""
        query = select(incidents)
        if site_id is not None:
            query = query.where(incidents.c.site_id == site_id)
        if kind is not None:
            query = query.where(incidents.c.kind == kind)
        if is_open is not None:
            is_over = incidents.c.ended_ns.is_not(None)
            query = query.where(~is_over if is_open else is_over)
        with self._database.reading() as connection:
            return read_page(
                connection,
                incidents,
                query,
                lambda row: Incident(**row),
                time="began_ns",
                span=span,
                limit=limit,
                cursor=cursor,
                newest_first=newest_first,
            )
