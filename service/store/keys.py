"""Keys and their roles; of a key only a hash is kept."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import insert, select, update

from service.store.database import Database
from service.store.tables import keys


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key as it is kept."""

    key_id: str
    """Short and public: names the key in lists and logs."""
    hash: str
    role: str
    name: str
    created_ns: int
    created_by: str
    expires_ns: int | None = None
    revoked_ns: int | None = None
    used_ns: int | None = None


class Keys:
    """The table `keys`; every method answers when its change is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: KeyRow) -> None:
        """Keep a new key; an IntegrityError for an id or hash that is taken."""
        with self._database.writing() as connection:
            connection.execute(insert(keys).values(asdict(key)))

    def all(self) -> Sequence[KeyRow]:
        """All keys, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(select(keys).order_by(keys.c.created_ns, keys.c.key_id))
            return [KeyRow(**row) for row in rows.mappings()]

    def revoke(self, key_id: str, now_ns: int) -> bool:
        """End a key; False where there is none that is still good."""
        query = update(keys).where(keys.c.key_id == key_id, keys.c.revoked_ns.is_(None))
        with self._database.writing() as connection:
            return connection.execute(query.values(revoked_ns=now_ns)).rowcount == 1
