"""One database: connections, transactions, and the schema brought up to date at the first use."""

import errno
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy.exc
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from service.store.address import shown
from service.store.errors import StoreAway, StoreError, StoreRefused

MIGRATIONS = Path(__file__).with_name("migrations")
MIGRATION_LOCK = 0x77617973  # "ways": one service at a time changes a server's schema
BUSY_S = 5.0  # another process may hold SQLite's write lock for so long
CONNECT_S = 3
STATEMENT_MS = 30_000
OPEN_AGAIN_S = 1.0  # whoever asks sooner is told what the last try found, and waits for nothing
OUR_FAULT = (
    sqlalchemy.exc.IntegrityError,
    sqlalchemy.exc.DataError,
    sqlalchemy.exc.ProgrammingError,
)
"""Errors of a statement, not of the database: waiting does not help."""
NOT_AS_WANTED = ("42501", "42P01", "42703", "3F000")  # no right, no table, no column, no schema
"""States in which a PostgreSQL server is not ready for us, such as while a backup is put back."""
CANNOT_BE_KEPT = (
    sqlalchemy.exc.SQLAlchemyError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
)
"""What a row raises that is not as the tables want it; the database itself is well."""
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
SQLITE_BEGINS = b"SQLite format 3\0"  # https://www.sqlite.org/fileformat.html
_migrating = threading.Lock()  # Alembic's `op` is one for the whole process


class Database:
    """Connections to one database; every method may be called from any thread.

    Nothing is touched before the first use. A database that is away raises StoreAway, each time,
    until it is back; that may be at the first use, too.
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self._engine = _engine(url)
        level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._readers = self._engine.execution_options(**level)
        self._opening = threading.Lock()
        self._is_open = False
        self._refusal: StoreError | None = None
        self._refused_at_s = -OPEN_AGAIN_S

    @property
    def is_open(self) -> bool:
        """Whether it was there once, and its schema is ours; it may be away again."""
        return self._is_open

    @property
    def is_sqlite(self) -> bool:
        """Whether it is one file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path | None:
        """The file, where it is one."""
        return Path(str(self.url.database)) if self.is_sqlite else None

    def open(self) -> None:
        """Bring the schema up to date; raises StoreAway or StoreRefused."""
        if not self._is_open:
            self._open_once()

    def _open_once(self) -> None:
        with self._opening:
            if self._is_open:
                return
            if self._refusal and time.monotonic() - self._refused_at_s < OPEN_AGAIN_S:
                raise type(self._refusal)(str(self._refusal))
            try:
                self._make_ready()
            except StoreError as refusal:
                self._refusal, self._refused_at_s = refusal, time.monotonic()
                raise
            self._is_open, self._refusal = True, None

    def _make_ready(self) -> None:
        if self.path is not None:
            _make_file(self.path)
        with self._told(), self._engine.connect() as connection:
            _migrate(connection, self.is_sqlite)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database throughout."""
        self.open()
        with self._told(), self._readers.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, undone by an error in it."""
        self.open()
        with self.bare_connection() as connection:
            yield connection

    @contextmanager
    def bare_connection(self) -> Iterator[Connection]:
        """A writing transaction on the database as it is, whatever its schema."""
        with self._told(), self._engine.connect() as connection:
            connection.execution_options(writes=True)
            with connection.begin():
                yield connection

    def schema_version(self) -> str | None:
        """The revision that the database is at; None before the first."""
        if self.path is not None and not self.path.exists():
            return None
        with self._told(), self._engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of the database as one of ours."""
        try:
            yield
        except (sqlalchemy.exc.DBAPIError, sqlalchemy.exc.TimeoutError) as error:
            if isinstance(error, OUR_FAULT) and not _is_not_as_wanted(error):
                raise
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise StoreAway(f"the database {shown(self.url)} does not answer: {reason}") from error


def _is_not_as_wanted(error: sqlalchemy.exc.DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in NOT_AS_WANTED


def newest_schema() -> str:
    """The revision that this program wants."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    assert head is not None  # noqa: S101  there is a first one
    return head


def migration_config(connection: Connection) -> Config:
    """Alembic's settings for work over `connection`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _migrate(connection: Connection, is_sqlite: bool) -> None:
    known = {each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    with _migrating:
        connection.execution_options(writes=True)
        with connection.begin():
            if not is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": MIGRATION_LOCK})
            current = MigrationContext.configure(connection).get_current_revision()
            if current is not None and current not in known:
                raise StoreRefused(
                    f"the database is of schema {current}, newer than this program's"
                    f" {newest_schema()}: use the newer program, or another database"
                )
            if current != newest_schema():
                command.upgrade(migration_config(connection), "head")


def _make_file(path: Path) -> None:
    """An empty file that nobody else may read: it will hold the secrets of webhooks."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
        with path.open("rb+") as file:
            begins = file.read(len(SQLITE_BEGINS))
    except OSError as error:
        refusal = StoreAway if error.errno in DISK_FULL else StoreRefused
        raise refusal(f"cannot keep data in {path}: {error.strerror}") from error
    if begins not in (b"", SQLITE_BEGINS):
        raise StoreRefused(f"cannot keep data in {path}: it is not a database")


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": BUSY_S})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    named = url.normalized_query.get("options", ())  # such as -csearch_path=…
    options = " ".join([*named, f"-c statement_timeout={STATEMENT_MS} -c timezone=UTC"])
    arguments = {
        "connect_timeout": CONNECT_S,
        "client_encoding": "utf8",  # whatever the database's own is, such as SQL_ASCII
        "options": options,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }
    try:
        return create_engine(
            url, connect_args=arguments, pool_pre_ping=True, pool_timeout=CONNECT_S
        )
    except ModuleNotFoundError as error:
        raise StoreRefused(
            "PostgreSQL needs the extra `postgres`: pip install 'wayside-vision[postgres]'"
        ) from error


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """Readers never wait for the writer (WAL), and a commit survives a power cut (FULL)."""
    connection.isolation_level = None  # transactions begin where we say, see below
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at its begin: taken later, it may be refused half-way."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
