"""A really running server over a hub, on a port of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from service.hub import Hub
from service.server import Server, open_port
from tests.streams.cameras import wait_until


@contextmanager
def running_server(hub: Hub) -> Iterator[str]:
    """Serve until the end of the block; gives the root address."""
    taken = open_port("127.0.0.1", 0)
    server = Server(hub)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
    thread.start()
    assert wait_until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        taken.close()
        assert not thread.is_alive(), "the server did not stop"
