"""`wayside store`: look into the database, bring it up to date, let old rows go, export."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from service.cli.options import AsJson, Database
from service.errors import MisuseError
from service.site.retention import DEFAULT, Retention
from service.site.site_file import load_site
from service.store.ageing import retain_service, retain_site, row_counts
from service.store.database import newest_schema
from service.store.export import EXPORTS, What, csv_lines, export_rows, write_parquet
from service.store.page import Span, nearest_kept_ns
from service.store.store import Store
from service.timestamps import iso_to_ns, ns_to_iso

app = typer.Typer(
    no_args_is_help=True, help="The database: look into it, migrate, let old rows go, export."
)


@app.command()
def info(database: Database = None, as_json: AsJson = False) -> None:
    """Say which database it is, its schema, its sites, and how many rows each table holds."""
    with _opened(database) as store:
        path = store.database.path
        counts = row_counts(store.database)
        told: dict[str, Any] = {
            "database": store.shown,
            "schema": store.database.schema_version(),
            "newest_schema": newest_schema(),
            "bytes": _size(path) if path else None,
            "sites": {site_id: ns_to_iso(at_ns) for site_id, at_ns in store.served_sites().items()},
            "rows": counts,
        }
    if as_json:
        typer.echo(json.dumps(told))
        return
    size = "" if told["bytes"] is None else f", {told['bytes'] / 1e6:.1f} MB"
    typer.echo(f"{told['database']}: schema {told['schema']}{size}")
    for site_id, moment in told["sites"].items():
        typer.echo(f"  site {site_id}, last served {moment}")
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("table")
    table.add_column("rows", justify="right")
    for name, count in counts.items():
        table.add_row(name, str(count))
    Console().print(table)


@app.command()
def migrate(database: Database = None, as_json: AsJson = False) -> None:
    """Bring the schema up to date, as `wayside serve` does at its start."""
    with closing(Store(database)) as store:
        before = store.database.schema_version()
        store.database.open()
        after = store.database.schema_version()
    if as_json:
        typer.echo(json.dumps({"database": store.shown, "from": before, "to": after}))
    elif before == after:
        typer.echo(f"{store.shown} is up to date (schema {after})")
    else:
        typer.echo(f"{store.shown}: schema {before or 'none'} → {after}")


@app.command()
def retain(
    site_files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[SITE.yaml…]",
            help="By their `retention:`; without any, all sites by the four options.",
        ),
    ] = None,
    changes_days: Annotated[float | None, typer.Option(help="Changes and incidents.")] = None,
    alerts_days: Annotated[float | None, typer.Option(help="What displays showed.")] = None,
    usage_days: Annotated[float | None, typer.Option(help="Hours and days.")] = None,
    pictures_days: Annotated[float | None, typer.Option(help="Pictures of audits.")] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Remove what is older than it is to be kept; the last state of everything stays."""
    named = {
        "changes_days": changes_days,
        "alerts_days": alerts_days,
        "usage_days": usage_days,
        "pictures_days": pictures_days,
    }
    chosen = {name: days for name, days in named.items() if days is not None}
    for name, days in chosen.items():
        if not days > 0:
            raise MisuseError(f"{_option(name)} wants days above 0, got {days:g}")
    missing = [_option(name) for name in named if name not in chosen]
    if missing and not site_files:
        raise MisuseError(f"give the site files, whose retention counts, or {', '.join(missing)}")
    sites = [load_site(path) for path in site_files or ()]
    gone: dict[str, dict[str, int]] = {}
    with _opened(database) as store:
        kept: dict[str, Retention] = {site.site_id: site.retention for site in sites}
        for site_id in kept or store.served_sites():
            retention = replace(kept.get(site_id, DEFAULT), **chosen)
            gone[site_id] = retain_site(store.database, site_id, retention, time.time_ns())
        gone["service"] = retain_service(store.database, time.time_ns())
    if as_json:
        typer.echo(json.dumps({"removed": gone}))
        return
    for site_id, tables in gone.items():
        told = ", ".join(f"{count} of {name}" for name, count in tables.items() if count)
        typer.echo(f"{site_id}: {told or 'nothing was old enough'}")


@app.command()
def export(
    what: Annotated[str, typer.Argument(help=f"One of {', '.join(EXPORTS)}.")],
    out: Annotated[Path, typer.Argument(metavar="FILE", help=".csv or .parquet; - for stdout.")],
    site: Annotated[list[str] | None, typer.Option(help="Only this site; may be repeated.")] = None,
    begin: Annotated[str | None, typer.Option("--from", metavar="TIME", help="ISO 8601.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", help="ISO 8601.")] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Write history as CSV or Parquet."""
    if what not in EXPORTS:
        raise MisuseError(f"wanted one of {', '.join(EXPORTS)}, got {what!r}")
    if str(out) != "-" and out.suffix not in (".csv", ".parquet"):
        raise MisuseError(f"wanted a file that ends in .csv or .parquet, got {out.name}")
    span = Span(_ns("--from", begin), _ns("--to", end))
    with _opened(database) as store:
        served = store.served_sites()
        unknown = [name for name in site or () if name not in served]
        if unknown:
            known = ", ".join(served) or "none"
            raise MisuseError(f"the database has no site {unknown[0]!r}; it has {known}")
        count = _write(store, what, site or list(served), span, out)  # type: ignore[arg-type]
    if as_json:
        typer.echo(json.dumps({"file": str(out), "rows": count}))
    elif str(out) != "-":
        typer.echo(f"{count} rows written to {out}")


def _write(store: Store, what: What, site_ids: Sequence[str], span: Span, out: Path) -> int:
    columns = EXPORTS[what]
    total = 0

    def counted() -> Iterator[tuple[Any, ...]]:
        nonlocal total
        for row in export_rows(store, what, site_ids, span):
            total += 1
            if total % 1000 == 0:
                progress.update(task, description=f"{total} rows")
            yield row

    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), console=Console(stderr=True)
    ) as progress:
        task = progress.add_task("0 rows", total=None)
        if str(out) == "-":
            sys.stdout.writelines(csv_lines(columns, counted()))
            return total
        try:
            if out.suffix == ".csv":
                with out.open("w", encoding="utf-8", newline="") as text:
                    text.writelines(csv_lines(columns, counted()))
            else:
                with out.open("wb") as file:
                    write_parquet(file, columns, counted())
        except OSError as error:
            raise MisuseError(f"cannot write {out}: {error.strerror}") from error
    return total


def _opened(named: str | None) -> closing[Store]:
    """The store of a database that is there: a mistaken name must not make an empty one."""
    path = Store(named).database.path
    if path is not None and not path.exists():
        raise MisuseError(f"there is no database {path}; see --database and WAYSIDE_DATA")
    return closing(Store.open(named))


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _ns(option: str, moment: str | None) -> int | None:
    if moment is None:
        return None
    try:
        return nearest_kept_ns(iso_to_ns(moment))
    except (ValueError, OverflowError) as error:
        wanted = "wanted a time with its offset, such as 2026-05-01T12:00:00Z"
        raise MisuseError(f"{option}: {wanted}, got {moment!r}") from error


def _size(path: Path) -> int:
    files = [path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))]
    return sum(each.stat().st_size for each in files if each.exists())
