"""Real cameras on this machine: an RTSP server in a process, an MJPEG server in a thread."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2

from tests.streams.clips import numbered_picture

SYSTEM_PYTHON = "/usr/bin/python3"  # has the bindings of GStreamer, which no wheel brings
SERVER = Path(__file__).with_name("rtsp_server.py")


def wait_until(is_so: Callable[[], bool], timeout_s: float = 20.0) -> bool:
    """Wait until something is so; False if it has not come about in time."""
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        if is_so():
            return True
        time.sleep(0.01)
    return False


class Freezable:
    """A server in a process of its own that can hang."""

    _process: "subprocess.Popen[str] | subprocess.Popen[bytes] | None"

    def freeze(self) -> None:
        """It hangs: connections stay open, and nobody answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


class RtspCamera(Freezable):
    """A GStreamer RTSP server that can be stopped, started again on its port, and frozen."""

    def __init__(self, clip: Path, user: str = "", password: str = "") -> None:
        self._clip = clip
        self._credentials = (user, password) if user else ()
        self._process: subprocess.Popen[str] | None = None
        self.port = 0
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def url(self, user_info: str = "") -> str:
        return f"rtsp://{user_info}127.0.0.1:{self.port}/camera"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, SERVER, self._clip, str(self.port), *self._credentials],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def kill(self) -> None:
        """The plug is pulled."""
        if self._process is not None:
            assert self._process.stdout is not None
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None


class MjpegCamera:
    """An HTTP camera that sends numbered JPEG pictures for ever, or as many as it is told."""

    def __init__(self, rate_hz: float = 20.0, n_pictures: int | None = None) -> None:
        self.is_hanging = threading.Event()
        self.is_garbling = threading.Event()
        self._is_closed = threading.Event()
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/private":
                    self.send_error(401)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
                self.end_headers()
                try:
                    camera._send_pictures(self.wfile.write, rate_hz, n_pictures)
                except ConnectionError:
                    return  # the reader went away

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
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
        self._is_closed.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, path: str = "/video.mjpg", user_info: str = "") -> str:
        return f"http://{user_info}127.0.0.1:{self._server.server_address[1]}{path}"

    def _send_pictures(
        self, write: Callable[[bytes], object], rate_hz: float, n_pictures: int | None
    ) -> None:
        number = 0
        while not self._is_closed.wait(1 / rate_hz) and number != n_pictures:
            if self.is_hanging.is_set():
                continue
            jpeg = cv2.imencode(".jpg", numbered_picture(number % 1024))[1].tobytes()
            if self.is_garbling.is_set():
                jpeg = jpeg[:2] + bytes(len(jpeg) - 2)
            head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            write(head.encode() + jpeg + b"\r\n")
            number += 1
