"""How every camera was doing, and when that changed."""

from dataclasses import dataclass

from sqlalchemy import select

from service.store.database import Database
from service.store.page import ALWAYS, Page, Span, read_page
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


class CameraHistory:
    """The table `camera_changes`; the writer fills it."""

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
    ) -> Page[CameraChange]:
        """Changes in order of time."""
        query = select(camera_changes)
        for column, value in {"site_id": site_id, "camera_id": camera_id}.items():
            if value is not None:
                query = query.where(camera_changes.c[column] == value)
        with self._database.reading() as connection:
            return read_page(
                connection,
                camera_changes,
                query,
                lambda row: CameraChange(**row),
                span=span,
                limit=limit,
                cursor=cursor,
                newest_first=newest_first,
            )
