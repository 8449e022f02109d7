"""A real PostgreSQL server of the tests' own, which they may stop and start."""

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy


def postgresql_programs() -> Path | None:
    """The folder with initdb and pg_ctl, if a server may be run here."""
    if importlib.util.find_spec("psycopg") is None:
        return None
    if os.geteuid() == 0 and (_user() is None or shutil.which("setpriv") is None):
        return None
    named = shutil.which("initdb")
    found = [Path(named).parent] if named else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in found if (folder / "initdb").exists()), None)


def _user() -> pwd.struct_passwd | None:
    """Whom the server runs as where the tests run as root, which it refuses."""
    names = {each.pw_name: each for each in pwd.getpwall()}
    return names.get("postgres") or names.get("nobody")


class PostgresServer:
    """One server on a port of its own, with a database per test."""

    def __init__(self) -> None:
        programs = postgresql_programs()
        assert programs is not None
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="wayside-pg-"))
        if os.geteuid() == 0:
            user = _user()
            assert user is not None
            os.chown(self._folder, user.pw_uid, user.pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._count = 0
        data = str(self._folder / "data")
        self._run("initdb", "-D", data, "-U", "wayside", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers; once more does no harm."""
        if self._is_running:
            return
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1"
        options += " -c max_connections=40 -c shared_buffers=16MB -c fsync=off"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", self._data, "-o", options, "-l", log, "-w", "-t", "60", "start")

    def stop(self) -> None:
        """End it at once, connections and all, as a crash would; once more does no harm."""
        if self._is_running:
            self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def new_database(self, template: str = "template1") -> str:
        """The address of a new database: empty, or a copy of the named one."""
        self._count += 1
        name = f"test{self._count}"
        self.run_sql(self._address("postgres"), f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._address(name)

    def run_sql(self, address: str, *statements: str) -> None:
        """Do so in the database of this address, each statement by itself."""
        with _engine(address).connect() as connection:
            for statement in statements:
                connection.execute(sqlalchemy.text(statement))

    def tables(self, address: str, schema: str) -> list[str]:
        """The names of a schema's tables."""
        return sqlalchemy.inspect(_engine(address)).get_table_names(schema)

    def remove(self) -> None:
        """End it and forget everything."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _is_running(self) -> bool:
        return (self._folder / "data" / "postmaster.pid").exists()

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _address(self, database: str) -> str:
        return f"postgresql://wayside@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = [str(self._programs / program), *arguments]
        if os.geteuid() == 0:
            user = _user()
            assert user is not None
            who = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
            command = ["setpriv", *who, "--", *command]
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        with (self._folder / "out").open("ab") as out:
            done = subprocess.run(
                command, cwd="/", env=environment, stdout=out, stderr=out, check=False
            )
        assert done.returncode == 0, (self._folder / "out").read_text()


def _engine(address: str) -> sqlalchemy.Engine:
    url = address.replace("postgresql://", "postgresql+psycopg://")
    return sqlalchemy.create_engine(
        url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool
    )
