"""`wayside serve`: cameras, API and pages of one or more sites."""

import ipaddress
import os
import socket
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from models.precision import Precision
from service.access.caller import Access
from service.access.camera_addresses import CameraRules, check_cameras
from service.access.doorkeeper import Doorkeeper
from service.access.settings import AccessSettings, read_access_settings, read_camera_rules
from service.arrival import Arrival
from service.cabin.alert_ring import rings_in
from service.cameras.kept_reference import references_in
from service.cameras.mission_loading import load_mission
from service.cameras.patient_mission import patient
from service.cameras.workers import Workers
from service.cli.options import Database, Host, ModelName, Port, Threads
from service.errors import MisuseError, SiteFileError
from service.live.hub import Hub
from service.live.keeping import earlier_events, first_event_id, open_store
from service.logs import log_level, set_up_logs
from service.metrics.metrics import Metrics
from service.publish.publishers import publishers_of
from service.publish.publishing import Publishing
from service.server import open_port, run_service
from service.site.saved_layouts import SavedSites
from service.site.site import Site
from service.site.site_file import load_site
from service.station import ReadSites, Station
from service.store.address import data_folder
from service.store.store import Store
from service.tls import Tls, read_tls
from service.traces import open_traces

OWN_FILES_ONLY = 0o077  # pictures around alerts, descriptors of views: nobody else's to read


def serve(
    site_files: Annotated[list[Path], typer.Argument(metavar="SITE.yaml…", help="Site files.")],
    host: Host = "127.0.0.1",
    port: Port = 8080,
    model: ModelName = None,
    threads: Threads = None,
    precision: Annotated[
        Precision, typer.Option(help="Form of the networks; auto takes the fastest good one.")
    ] = Precision.AUTO,
    database: Database = None,
    with_access: Annotated[
        bool,
        typer.Option(
            "--access/--no-access",
            help="Want keys (wayside keys add); without, only this machine is let in.",
        ),
    ] = True,
    tls_cert: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Serve HTTPS with this certificate (PEM).")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Key of the certificate (PEM).")
    ] = None,
    traces: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="WAYSIDE_TRACES",
            help="Send OpenTelemetry traces to this OTLP/HTTP address (extra `traces`).",
        ),
    ] = None,
) -> None:
    """Watch the cameras of one or more sites and serve API and pages until stopped.

    Residents read the counts of lots without a key; everything else wants one.
    """
    os.umask(OWN_FILES_ONLY)
    settings = read_access_settings(os.environ) if with_access else None
    rules = read_camera_rules(os.environ)
    tls = read_tls(tls_cert, tls_key)
    serve_sites(
        lambda: [_checked(load_site(path), rules) for path in site_files],
        host,
        port,
        model,
        threads,
        precision,
        open_store(database),
        settings,
        tls,
        traces,
    )


def serve_sites(
    read_sites: ReadSites,
    host: str,
    port: int,
    model: str | None,
    threads: int | None,
    precision: Precision,
    store: Store,
    settings: AccessSettings | None = None,
    tls: Tls | None = None,
    traces_to: str | None = None,
) -> None:
    """Run the service over the sites, which may be read anew; returns when told to stop.

    Without access `settings` everybody may do everything, so it listens on loopback only.
    """

    def read() -> Sequence[Site]:
        sites = read_sites()
        _refuse_doubled_sites(sites)
        return sites

    saved = SavedSites(read, store)
    sites = saved()
    traces = open_traces(traces_to) if traces_to else None
    door = Doorkeeper(store, settings, data_folder())
    with open_port(host, port) as taken:
        if settings is None:
            _refuse_network(host, taken)
        set_up_logs(log_level())
        hub = Hub(
            sites,
            first_event_id=first_event_id(store, sites),
            earlier=earlier_events(store, sites),
        )
        publishing = Publishing(publishers_of(sites, hub, store))
        metrics = Metrics(hub, store=store, publishers=lambda: publishing.statuses)
        workers = Workers(
            sites,
            hub,
            make_mission=patient(
                partial(load_mission, model=model, threads=threads, precision=precision)
            ),
            observers=[metrics.observe, *([traces.observe] if traces else [])],
            open_ring=rings_in(data_folder() / "alerts", hub),
            open_reference=references_in(data_folder() / "references"),
        )
        station = Station(saved, hub, workers, metrics, store=store, publishing=publishing)
        _say_where(sites, host, taken, "https" if tls else "http")
        if saved.are_provisional:
            typer.echo(f"  {store.shown} does not answer: changes wait for it, live answers go on")
        if door.access is not None:
            _say_keys(door.access)
        try:
            arrival = Arrival(saved, station, hub, store)
            run_service(hub, station, [taken], store, door, arrival, tls)
        finally:
            if traces is not None:
                traces.close()


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


def _checked(site: Site, rules: CameraRules) -> Site:
    check_cameras(site, rules)
    return site


def _refuse_network(host: str, taken: socket.socket) -> None:
    """What wants no key must not be reached from elsewhere."""
    if not ipaddress.ip_address(taken.getsockname()[0]).is_loopback:
        raise MisuseError(
            f"without keys the service listens on this machine only, got --host {host}:"
            " use wayside serve with keys (wayside keys add)"
        )


def _say_keys(access: Access) -> None:
    """The first start tells how to get in."""
    if access.keys.refresh() and not any(
        key.is_good(access.clock_ns()) for key in access.keys.known()
    ):
        typer.echo("  No key yet: wayside keys add NAME --role admin")


def _say_where(sites: Sequence[Site], host: str, taken: socket.socket, scheme: str) -> None:
    shown = "127.0.0.1" if host in ("0.0.0.0", "") else host  # noqa: S104  compared, not bound
    shown = f"[{shown}]" if ":" in shown else shown
    root = f"{scheme}://{shown}:{taken.getsockname()[1]}"
    typer.echo(f"Wayside serves {root}/ (stop with Ctrl-C)")
    for site in sites:
        if any(True for _ in site.spots()):
            typer.echo(f"  {site.name}: {root}/sites/{site.site_id}/parking")
        for camera in site.cameras:
            if camera.mission == "tram":
                page = f"{root}/sites/{site.site_id}/trams/{camera.camera_id}"
                typer.echo(f"  {site.name}, {camera.name}: {page}")
