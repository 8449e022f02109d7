"""Every version of every camera's layout: who saved it, when and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from service.store.database import Database
from service.store.errors import StoreConflict
from service.store.tables import layouts

ACTIVE, REPLACED = "active", "replaced"


@dataclass(frozen=True, slots=True)
class LayoutVersion:
    """One version of one camera's layout."""

    id: int
    site_id: str
    camera_id: str
    version: int
    status: str
    """active (the one in use) or replaced."""
    document: Any
    """JSON, as its owner defines it."""
    saved_ns: int
    saved_by: str
    note: str


class Layouts:
    """The table `layouts`; every method answers when its change is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(
        self,
        site_id: str,
        camera_id: str,
        document: Any,
        *,
        saved_by: str,
        now_ns: int,
        note: str = "",
        base_version: int | None = None,
    ) -> LayoutVersion:
        """Keep a new version, which replaces the one that was active before.

        Raises StoreConflict where `base_version`, the one that was edited, is not the newest kept.
        """
        with self._database.writing() as connection:
            _replace_active(connection, site_id, camera_id)  # whoever else saves waits from here on
            mine = (layouts.c.site_id == site_id) & (layouts.c.camera_id == camera_id)
            newest = connection.execute(select(func.max(layouts.c.version)).where(mine)).scalar()
            if base_version is not None and newest not in (None, base_version):
                raise StoreConflict(
                    f"camera {camera_id!r} is at version {newest} of its layout, "
                    f"the change is to version {base_version}"
                )
            row = {
                "site_id": site_id,
                "camera_id": camera_id,
                "version": (newest or 0) + 1,
                "status": ACTIVE,
                "document": document,
                "saved_ns": now_ns,
                "saved_by": saved_by,
                "note": note,
            }
            number = connection.execute(insert(layouts).values(row).returning(layouts.c.id))
            return LayoutVersion(id=number.scalar_one(), **row)

    def versions(self, site_id: str, camera_id: str) -> Sequence[LayoutVersion]:
        """All versions, newest first."""
        query = (
            select(layouts)
            .where(layouts.c.site_id == site_id, layouts.c.camera_id == camera_id)
            .order_by(layouts.c.version.desc())
        )
        with self._database.reading() as connection:
            return [LayoutVersion(**row) for row in connection.execute(query).mappings()]

    def get(self, site_id: str, camera_id: str, version: int) -> LayoutVersion | None:
        """One version."""
        return next((v for v in self.versions(site_id, camera_id) if v.version == version), None)


def _replace_active(connection: Connection, site_id: str, camera_id: str) -> None:
    connection.execute(
        update(layouts)
        .where(
            layouts.c.site_id == site_id,
            layouts.c.camera_id == camera_id,
            layouts.c.status == ACTIVE,
        )
        .values(status=REPLACED)
    )
