"""Which database: an address, a file, or the service's own file."""

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from service.store.errors import StoreRefused

FILE_NAME = "wayside.sqlite"
WANTED = "wanted a file such as wayside.sqlite, or postgresql://USER:PASSWORD@HOST/NAME"


def data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the service keeps its files: WAYSIDE_DATA, or the user's own place for data."""
    named = environment.get("WAYSIDE_DATA")
    return Path(named) if named else Path(platformdirs.user_data_dir("wayside"))


def database_url(named: str | None, environment: Mapping[str, str] = os.environ) -> URL:
    """The address of the database: as named, else WAYSIDE_DATABASE, else a file of our own.

    Raises StoreRefused for an address of another kind.
    """
    named = named or environment.get("WAYSIDE_DATABASE")
    if not named:
        return _file(data_folder(environment) / FILE_NAME)
    if "://" not in named:
        return _file(Path(named))
    try:
        url = make_url(named)
    except (ArgumentError, ValueError) as error:
        raise StoreRefused(f"the database's address cannot be read; {WANTED}") from error
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite")
    if kind in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise StoreRefused(f"cannot keep data in {shown(url)}; {WANTED}")


def shown(url: URL) -> str:
    """The address for people, without its password."""
    return url.difference_update_query(["password"]).render_as_string(hide_password=True)


def _file(path: Path) -> URL:
    return URL.create("sqlite", database=str(path.absolute()))
