"""A really running server over a hub, on a port of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from service.hub import Hub
from service.server import Server, open_port
from tests.streams.cameras import wait_until


@contextmanager
def running_server(hub: Hub, **options: Any) -> Iterator[str]:
    """Serve until the end of the block; gives the root address. `options` are the server's."""
    taken = open_port("127.0.0.1", 0)
    scheme = "https" if options.get("tls") else "http"
    server = Server(hub, **options)
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
