"""Sampled pictures of spots, and whether a person found right what was told of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, insert, select, update

from service.store.database import Database
from service.store.page import ALWAYS, Page, Span, read_page
from service.store.tables import audits

COLUMNS = [column for column in audits.c if column.name != "picture"]


@dataclass(frozen=True, slots=True)
class Audit:
    """One sample, without its picture."""

    id: int
    site_id: str
    lot_id: str
    camera_id: str
    spot_id: str
    taken_ns: int
    told: str
    """What was told of the spot: free or occupied."""
    confidence: float
    conditions: Mapping[str, Any]
    """Weather, light and what else the owner samples by."""
    verdict: str | None
    """right, wrong or unclear; None until a person has looked."""
    judged_ns: int | None
    judged_by: str | None


class Audits:
    """The table `audits`; every method answers when its change is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        *,
        site_id: str,
        lot_id: str,
        camera_id: str,
        spot_id: str,
        taken_ns: int,
        told: str,
        confidence: float,
        picture: bytes | None,
        conditions: Mapping[str, Any] | None = None,
    ) -> int:
        """Keep a sample with its masked JPEG; returns its number."""
        row = {
            "site_id": site_id,
            "lot_id": lot_id,
            "camera_id": camera_id,
            "spot_id": spot_id,
            "taken_ns": taken_ns,
            "told": told,
            "confidence": confidence,
            "picture": picture,
            "conditions": dict(conditions or {}),
        }
        with self._database.writing() as connection:
            done = connection.execute(insert(audits).values(row).returning(audits.c.id))
            return int(done.scalar_one())

    def judge(self, audit_id: int, verdict: str, *, judged_by: str, now_ns: int) -> bool:
        """Keep a person's verdict; False where there is no such sample."""
        values = {"verdict": verdict, "judged_by": judged_by, "judged_ns": now_ns}
        with self._database.writing() as connection:
            query = update(audits).where(audits.c.id == audit_id).values(values)
            return connection.execute(query).rowcount == 1

    def tell_weather(self, audit_id: int, weather: str) -> bool:
        """Keep what weather a person sees in a sample; False where there is no such sample."""
        with self._database.writing() as connection:
            query = select(audits.c.conditions).where(audits.c.id == audit_id)
            conditions = connection.execute(query).scalar()
            if conditions is None:
                return False
            values = {"conditions": {**conditions, "weather": weather}}
            connection.execute(update(audits).where(audits.c.id == audit_id).values(values))
            return True

    def get(self, audit_id: int) -> Audit | None:
        """One sample."""
        with self._database.reading() as connection:
            query = select(*COLUMNS).where(audits.c.id == audit_id)
            row = connection.execute(query).mappings().first()
            return None if row is None else Audit(**row)

    def picture(self, audit_id: int) -> bytes | None:
        """A sample's JPEG, None where there is none (any more)."""
        with self._database.reading() as connection:
            query = select(audits.c.picture).where(audits.c.id == audit_id)
            found = connection.execute(query).scalar()
            return None if found is None else bytes(found)

    def unjudged(self, site_id: str | None = None, limit: int = 20) -> Sequence[Audit]:
        """Samples that wait for a person and still have a picture, oldest first."""
        query = _of_site(site_id).where(audits.c.verdict.is_(None), audits.c.picture.is_not(None))
        query = query.order_by(audits.c.taken_ns, audits.c.id).limit(limit)
        with self._database.reading() as connection:
            return [Audit(**row) for row in connection.execute(query).mappings()]

    def page(
        self,
        site_id: str | None = None,
        *,
        is_judged: bool | None = None,
        span: Span = ALWAYS,
        limit: int = 1000,
        cursor: str | None = None,
        newest_first: bool = False,
    ) -> Page[Audit]:
        """Samples in order of time."""
        query = _of_site(site_id)
        if is_judged is not None:
            seen = audits.c.verdict.is_not(None)
            query = query.where(seen if is_judged else ~seen)
        with self._database.reading() as connection:
            return read_page(
                connection,
                audits,
                query,
                lambda row: Audit(**row),
                time="taken_ns",
                span=span,
                limit=limit,
                cursor=cursor,
                newest_first=newest_first,
            )


def _of_site(site_id: str | None) -> Select[Any]:
    query = select(*COLUMNS)
    return query if site_id is None else query.where(audits.c.site_id == site_id)
