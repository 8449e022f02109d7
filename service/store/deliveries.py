"""Every attempt to deliver a webhook."""

from dataclasses import dataclass

from sqlalchemy import insert, select

from service.store.database import Database
from service.store.page import ALWAYS, Page, Span, read_page
from service.store.tables import deliveries


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt."""

    id: int
    subscription_id: str
    event_key: str
    at_ns: int
    attempt: int
    status_code: int | None
    """What the receiver answered; None where it did not."""
    error: str | None
    took_s: float


class Deliveries:
    """The table `deliveries`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        subscription_id: str,
        event_key: str,
        *,
        at_ns: int,
        attempt: int,
        status_code: int | None,
        error: str | None,
        took_s: float,
    ) -> None:
        """Keep one attempt."""
        row = {
            "subscription_id": subscription_id,
            "event_key": event_key,
            "at_ns": at_ns,
            "attempt": attempt,
            "status_code": status_code,
            "error": error,
            "took_s": took_s,
        }
        with self._database.writing() as connection:
            connection.execute(insert(deliveries).values(row))

    def page(
        self,
        subscription_id: str | None = None,
        *,
        span: Span = ALWAYS,
        limit: int = 100,
        cursor: str | None = None,
        newest_first: bool = True,
    ) -> Page[Delivery]:
        """Attempts in order of time, newest first."""
        query = select(deliveries)
        if subscription_id is not None:
            query = query.where(deliveries.c.subscription_id == subscription_id)
        with self._database.reading() as connection:
            return read_page(
                connection,
                deliveries,
                query,
                lambda row: Delivery(**row),
                span=span,
                limit=limit,
                cursor=cursor,
                newest_first=newest_first,
            )
