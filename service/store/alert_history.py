"""What every tram's display showed, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from service.store.database import Database
from service.store.page import ALWAYS, Page, Span, read_page
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


class AlertHistory:
    """The table `alerts`; the writer fills it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self,
        site_id: str | None = None,
        *,
        camera_id: str | None = None,
        span: Span = ALWAYS,
        limit: int = 100,
        cursor: str | None = None,
        newest_first: bool = False,
    ) -> Page[AlertChange]:
        """Changes in order of time."""
        query = select(alerts)
        for column, value in {"site_id": site_id, "camera_id": camera_id}.items():
            if value is not None:
                query = query.where(alerts.c[column] == value)
        with self._database.reading() as connection:
            return read_page(
                connection,
                alerts,
                query,
                lambda row: AlertChange(**row),
                span=span,
                limit=limit,
                cursor=cursor,
                newest_first=newest_first,
            )
