"""The same tests on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.store.store import Store
from tests.service.store.postgres_server import PostgresServer

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgresql"))]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests; use with `@pytest.mark.needs("postgresql")`."""
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def _migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "migrated.sqlite"
    Store.open(str(path)).close()
    return path


@pytest.fixture(scope="session")
def _migrated_database(postgres: PostgresServer) -> str:
    address = postgres.new_database()
    Store.open(address).close()
    return address.rpartition("/")[2]


@pytest.fixture(params=KINDS)
def empty_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind in which nothing is."""
    if request.param == "sqlite":
        return str(tmp_path / "store.sqlite")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind with all tables and no row."""
    if request.param == "sqlite":
        path = tmp_path / "store.sqlite"
        shutil.copy(request.getfixturevalue("_migrated_file"), path)
        return str(path)
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database(request.getfixturevalue("_migrated_database"))


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """An open store on each kind of database."""
    store = Store.open(address)
    yield store
    store.close()
