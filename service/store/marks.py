"""Small numbers that outlive a restart."""

from sqlalchemy import Connection, select

from service.store.database import Database
from service.store.inserting import insert_or_replace
from service.store.tables import marks


def alive_mark(site_id: str) -> str:
    """Under which name it is kept when a site was last served."""
    return f"alive_ns:{site_id}"


def event_mark(site_id: str) -> str:
    """Under which name a site's last event id is kept."""
    return f"event_id:{site_id}"


class Marks:
    """The table `marks`: a whole number per name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> int | None:
        """The number of this name."""
        with self._database.reading() as connection:
            return self.read(connection, name)

    @staticmethod
    def read(connection: Connection, name: str) -> int | None:
        """The number of this name, within a transaction."""
        return connection.execute(select(marks.c.value).where(marks.c.name == name)).scalar()

    def all(self, prefix: str) -> dict[str, int]:
        """All numbers whose names begin so."""
        is_of_them = marks.c.name.startswith(prefix, autoescape=True)
        query = select(marks.c.name, marks.c.value).where(is_of_them)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(marks.c.name)).mappings()
            return {row["name"]: row["value"] for row in rows}

    @staticmethod
    def put(connection: Connection, name: str, value: int) -> None:
        """Keep a number within a transaction."""
        insert_or_replace(connection, marks, [{"name": name, "value": value}])
