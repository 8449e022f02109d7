"""Who changed what, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from service.store.database import Database
from service.store.page import Page, read_page
from service.store.tables import access_log


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """One change by one person or program."""

    id: int
    at_ns: int
    who: str
    """Id of the key, or who else it was."""
    role: str
    action: str
    """Such as `layout.save`."""
    subject: str
    """Such as `yard/north`."""
    details: Mapping[str, Any]
    address: str
    """Network address that it came from."""


class AccessLog:
    """The table `access_log`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        *,
        at_ns: int,
        who: str,
        role: str,
        action: str,
        subject: str,
        details: Mapping[str, Any] | None = None,
        address: str = "",
    ) -> None:
        """Keep one change; answers when it is committed."""
        row = {
            "at_ns": at_ns,
            "who": who,
            "role": role,
            "action": action,
            "subject": subject,
            "details": dict(details or {}),
            "address": address,
        }
        with self._database.writing() as connection:
            connection.execute(insert(access_log).values(row))

    def page(self, *, limit: int = 100, cursor: str | None = None) -> Page[AccessEntry]:
        """Changes in order of time, newest first."""
        with self._database.reading() as connection:
            return read_page(
                connection,
                access_log,
                select(access_log),
                lambda row: AccessEntry(**row),
                limit=limit,
                cursor=cursor,
                newest_first=True,
            )
