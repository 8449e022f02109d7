"""The web server: takes a port, runs until told to stop, and stops within seconds."""

import asyncio
import errno
import gc
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import uvicorn

from service.access.caller import Access
from service.access.change_log import Report, log_change
from service.access.doorkeeper import Doorkeeper
from service.access.heads import BoundedHeads
from service.access.local_host import LocalHost
from service.app import create_app
from service.arrival import Arrival
from service.errors import ServeError
from service.live.hub import Hub
from service.live.keeping import kept
from service.station import Station
from service.store.store import Store
from service.tls import Tls

GRACE_S = 1  # for answers under way when the service is told to stop


def open_port(host: str, port: int) -> socket.socket:
    """Take a port for listening, any free one for 0; raises ServeError when it cannot be had."""
    taken: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        taken = socket.socket(family, kind, protocol)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen(128)
    except OSError as error:
        if taken is not None:
            taken.close()
        raise ServeError(_refusal(host, port, error)) from error
    return taken


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is already in use: choose another with --port"
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine: choose another with --host"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this user has: choose one above 1023"
    return f"cannot listen on port {port} of {host}: {error.strerror}"


class Server(uvicorn.Server):
    """Ends the event streams before it waits for answers under way; exits with 0 on SIGTERM."""

    def __init__(
        self,
        hub: Hub,
        store: Store | None = None,
        *,
        station: Station | None = None,
        access: Access | None = None,
        report: Report = log_change,
        tls: Tls | None = None,
        is_local_only: bool = False,
    ) -> None:
        app = create_app(hub, store=store, station=station, access=access, report=report)
        if is_local_only:
            app.add_middleware(LocalHost)
        super().__init__(
            uvicorn.Config(
                app,
                ssl_certfile=tls.certificate if tls else None,
                ssl_keyfile=tls.key if tls else None,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                http=BoundedHeads,
                ws="websockets-sansio",
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        self._hub = hub
        self._station = station

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, streams first."""
        self._hub.close()
        await asyncio.sleep(0)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM, read site files anew on SIGHUP; none is a failure."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self.handle_exit)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        if self._station is not None:
            before[signal.SIGHUP] = signal.signal(signal.SIGHUP, self._reload)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _reload(self, _number: int, _frame: FrameType | None) -> None:
        """Read the site files anew, in a thread: networks may have to be loaded."""
        if self._station is not None:
            threading.Thread(target=self._station.try_reload, name="reload", daemon=True).start()


def run_service(
    hub: Hub,
    station: Station,
    sockets: Sequence[socket.socket],
    store: Store,
    door: Doorkeeper,
    arrival: Arrival,
    tls: Tls | None = None,
) -> None:
    """Run cameras, publishers and server until SIGINT or SIGTERM.

    What changes is kept in `store`; it ends within five seconds, whatever a camera, a broker or
    a receiver does.
    """
    with kept(hub, store), door:
        station.start()
        arrival.start()
        try:
            server = Server(
                hub,
                store,
                station=station,
                access=door.access,
                report=door.report,
                tls=tls,
                is_local_only=door.access is None,
            )
            server.run(sockets=list(sockets))
        finally:
            arrival.stop()
            station.stop()
    gc.freeze()  # the process ends: nothing that still lives is worth a search for garbage
