"""`wayside serve`: cameras, API and pages of one or more sites."""

import socket
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from models.precision import Precision
from service.errors import SiteFileError
from service.hub import Hub
from service.keeping import first_event_id, open_store
from service.logs import set_up_logs
from service.mission_loading import load_mission
from service.server import open_port, run_service
from service.site import Site
from service.site_file import load_site
from service.store.store import Store
from service.workers import Workers

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")]
ModelName = Annotated[
    str | None, typer.Option(help="Manifest name or path, in place of the sites' own.")
]
Database = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|URL",
        help="A SQLite file or postgresql://…; default WAYSIDE_DATABASE, else a file in"
        " WAYSIDE_DATA.",
        show_default=False,
    ),
]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads per network.")]


def serve(
    site_files: Annotated[list[Path], typer.Argument(metavar="SITE.yaml…", help="Site files.")],
    host: Host = "127.0.0.1",
    port: Port = 8080,
    model: ModelName = None,
    threads: Threads = None,
    precision: Annotated[
        Precision, typer.Option(help="Form of the networks; auto takes 8 bits where faster.")
    ] = Precision.AUTO,
    database: Database = None,
) -> None:
    """Watch the cameras of one or more sites and serve API and pages until stopped."""
    serve_sites(
        [load_site(path) for path in site_files],
        host,
        port,
        model,
        threads,
        precision,
        open_store(database),
    )


def serve_sites(
    sites: Sequence[Site],
    host: str,
    port: int,
    model: str | None,
    threads: int | None,
    precision: Precision = Precision.AUTO,
    store: Store | None = None,
) -> None:
    """Run the service over `sites`; returns when told to stop."""
    _refuse_doubled_sites(sites)
    with open_port(host, port) as taken:
        set_up_logs()
        hub = Hub(sites, first_event_id=first_event_id(store, sites))
        workers = Workers(
            sites,
            hub,
            make_mission=partial(load_mission, model=model, threads=threads, precision=precision),
        )
        _say_where(sites, host, taken)
        run_service(hub, workers, [taken], store)


def looping(site: Site) -> Site:
    """The same site with every clip played again and again."""
    cameras = tuple(replace(camera, loop=camera.is_file) for camera in site.cameras)
    return replace(site, cameras=cameras)


def _refuse_doubled_sites(sites: Sequence[Site]) -> None:
    first: dict[str, Path] = {}
    for site in sites:
        if site.site_id in first:
            taken = first[site.site_id]
            raise SiteFileError(f"{site.path}: site {site.site_id!r} is already named by {taken}")
        first[site.site_id] = site.path


def _say_where(sites: Sequence[Site], host: str, taken: socket.socket) -> None:
    shown = "127.0.0.1" if host in ("0.0.0.0", "") else host  # noqa: S104  compared, not bound
    shown = f"[{shown}]" if ":" in shown else shown
    root = f"http://{shown}:{taken.getsockname()[1]}"
    typer.echo(f"Wayside serves {root}/ (stop with Ctrl-C)")
    for site in sites:
        if any(True for _ in site.spots()):
            typer.echo(f"  {site.name}: {root}/sites/{site.site_id}/parking")
        for camera in site.cameras:
            if camera.mission == "tram":
                page = f"{root}/sites/{site.site_id}/trams/{camera.camera_id}"
                typer.echo(f"  {site.name}, {camera.name}: {page}")
