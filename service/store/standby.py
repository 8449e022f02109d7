"""What the service begins with, copied to this machine: layouts and keys of a database server."""

import hashlib
import threading
from pathlib import Path

import structlog
from sqlalchemy import URL, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError

from service.store.address import shown
from service.store.database import Database
from service.store.errors import StoreError
from service.store.keys import Keys
from service.store.layouts import Layouts
from service.store.tables import keys, layouts


class Standby:
    """A small database of our own, read while the one that it copies has not been there yet.

    Of keys there are only hashes in it, as in the other; nobody else may read the file.
    """

    def __init__(self, source: Database, folder: Path) -> None:
        """Of `source`, in a file of its own in `folder`; touches nothing yet."""
        name = hashlib.sha256(shown(source.url).encode()).hexdigest()[:12]
        path = folder.absolute() / f"standby-{name}.sqlite"
        self._source = source
        self._database = Database(URL.create("sqlite", database=str(path)))
        self._copying = threading.Lock()
        self.layouts = Layouts(self._database)
        self.keys = Keys(self._database)

    def copy(self) -> None:
        """Make it like the source; where that cannot be done the log says so, and it stays."""
        try:
            with self._copying:
                self._copy()
        except (StoreError, SQLAlchemyError) as error:
            reason = str(error).splitlines()[0]
            structlog.get_logger().warning("layouts and keys not copied", reason=reason)

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _copy(self) -> None:
        with self._source.reading() as connection:
            found = {
                table: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in (layouts, keys)
            }
        with self._database.writing() as connection:
            for table, rows in found.items():
                connection.execute(delete(table))
                if rows:
                    connection.execute(insert(table), rows)
