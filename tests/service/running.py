"""A really running server over a hub, on a port of its own."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from service.live.hub import Hub
from service.server import Server, open_port
from tests.streams.cameras import wait_until


@contextmanager
def running_server(
    hub: Hub, clock_ns: Callable[[], int] = time.time_ns, **options: Any
) -> Iterator[str]:
    """Serve until the end of the block; gives the root address. `options` are the server's."""
    taken = open_port("127.0.0.1", 0)
    scheme = "https" if options.get("tls") else "http"
    server = Server(hub, **options)
    state = server.config.app.state  # type: ignore[union-attr]
    state.context = replace(state.context, clock_ns=clock_ns)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    assert wait_until(lambda: server.started)
    try:
        yield f"{scheme}://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        taken.close()
        assert not thread.is_alive(), "the server did not stop"
