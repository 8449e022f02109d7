"""`wayside keys`: make, list and revoke the keys of the service."""

import json
import time
from contextlib import closing
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.access.keys import Key, new_key
from service.access.roles import Role
from service.access.stored_keys import StoredKeys
from service.cli.options import AsJson, Database
from service.errors import MisuseError
from service.store.store import Store
from service.timestamps import NS_PER_S, ns_to_iso

app = typer.Typer(
    no_args_is_help=True, help="Keys of the service, each with a role: make, list, revoke them."
)
LONGEST_NAME = 100
MOST_DAYS = 36_500
NS_PER_DAY = 86_400 * NS_PER_S


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Whom or what the key is for.")],
    role: Annotated[Role, typer.Option(help="What it may do.")],
    days: Annotated[int | None, typer.Option(min=1, help="Expires after so many days.")] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, once: only its digest is kept. Into a file goes the key alone."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise MisuseError(f"wanted a name of 1 to {LONGEST_NAME} signs, got {name!r}")
    if days is not None and days > MOST_DAYS:
        raise MisuseError(f"wanted at most {MOST_DAYS} days, got {days}")
    now_ns = time.time_ns()
    expires_at_ns = now_ns + days * NS_PER_DAY if days else None
    key, text = new_key(name, role, now_ns, expires_at_ns=expires_at_ns, created_by="wayside keys")
    with closing(Store.open(database)) as store:
        StoredKeys(store.keys).add(key)
    if as_json:
        typer.echo(json.dumps({**_shown(key), "key": text}))
    else:
        said = f"Key {key.key_id} for {name} ({role.value}); keep it, it is not shown again:"
        typer.echo(said, err=True)  # so that `> FILE` keeps the key alone
        typer.echo(text)


@app.command("list")
def list_keys(database: Database = None, as_json: AsJson = False) -> None:
    """List all keys, revoked ones included."""
    with closing(Store.open(database)) as store:
        keys = StoredKeys(store.keys).read()
    if as_json:
        typer.echo(json.dumps({"keys": [_shown(key) for key in keys]}))
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("key", "for", "role", "made", "state"):
        table.add_column(heading, no_wrap=heading != "for")
    for key in keys:
        table.add_row(
            key.key_id, Text(key.name), key.role.value, ns_to_iso(key.created_at_ns), _state(key)
        )
    Console().print(table)


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="Its public part, as listed.")],
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Void a key; a running service refuses it within a few seconds."""
    with closing(Store.open(database)) as store:
        keys = StoredKeys(store.keys)
        key = keys.revoke(key_id.removeprefix("wsk_")[:12], time.time_ns())
    if key is None:
        raise MisuseError(f"there is no key {key_id[:12]!r}; see wayside keys list")
    typer.echo(json.dumps(_shown(key)) if as_json else f"Key {key.key_id} ({key.name}) is void")


def _state(key: Key) -> str:
    if key.revoked_at_ns is not None:
        return f"revoked {ns_to_iso(key.revoked_at_ns)}"
    if key.expires_at_ns is None:
        return "good"
    word = "good until" if key.is_good(time.time_ns()) else "expired"
    return f"{word} {ns_to_iso(key.expires_at_ns)}"


def _shown(key: Key) -> dict[str, object]:
    """Everything but the digest."""

    def moment(at_ns: int | None) -> str | None:
        return None if at_ns is None else ns_to_iso(at_ns)

    return {
        "key_id": key.key_id,
        "name": key.name,
        "role": key.role.value,
        "created_at": moment(key.created_at_ns),
        "expires_at": moment(key.expires_at_ns),
        "revoked_at": moment(key.revoked_at_ns),
        "is_good": key.is_good(time.time_ns()),
    }
