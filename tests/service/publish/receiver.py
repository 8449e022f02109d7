"""A receiver of webhooks on this machine, whose answers the test decides."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class Receiver:
    """Keeps what it is sent; answers 204 unless it is told otherwise."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.refused = 0
        self.status = 204
        self.location = ""
        self.is_hanging = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.is_hanging.is_set():
                    receiver._released.wait(30)
                receiver._take(dict(self.headers), body)
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def go_on(self) -> None:
        """Answer what hangs, and hang no more."""
        self.is_hanging.clear()
        self._released.set()

    def url(self, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/in?from=wayside"

    def subjects(self) -> list[str]:
        return [each["subject"] for each in self.taken]

    def reasons(self) -> list[str | None]:
        return [each["data"]["reason"] for each in self.taken]

    def _take(self, headers: dict[str, str], body: bytes) -> None:
        if self.status >= 300:
            self.refused += 1
            return
        self.headers.append({name.lower(): value for name, value in headers.items()})
        self.bodies.append(body)
        self.taken.append(json.loads(body))
