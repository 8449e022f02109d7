"""How long each site keeps what is kept of it, as its file said last; outlives its being served."""

from dataclasses import asdict, fields

from sqlalchemy import Connection

from service.site.retention import Retention
from service.store.database import Database
from service.store.marks import Marks

DAY_S = 86_400
MOST_DAYS = 1e6  # longer than anybody has kept anything


def keep_retention(connection: Connection, site_id: str, retention: Retention) -> None:
    """Keep what a site's file says now, within a transaction."""
    for name, days in asdict(retention).items():
        Marks.put(connection, _mark(site_id, name), round(min(days, MOST_DAYS) * DAY_S))


def kept_retention(database: Database, site_id: str) -> Retention | None:
    """What a site's file said last; None where that was never kept, or not all of it."""
    found = Marks(database).all(_mark(site_id, ""))
    names = [field.name for field in fields(Retention)]
    seconds = [found.get(_mark(site_id, name)) for name in names]
    days = [each / DAY_S for each in seconds if each is not None]
    return Retention(*days) if len(days) == len(names) else None


def _mark(site_id: str, name: str) -> str:
    return f"retention_s:{site_id}:{name}"
