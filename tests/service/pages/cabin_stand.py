"""The real display page in front of a service whose every message the test decides."""

import asyncio
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
from fastapi import Body, FastAPI, WebSocket
from starlette.websockets import WebSocketDisconnect

from service.live.hub import Hub
from service.server import Server, open_port
from service.site.site_file import load_site
from tests.service.scenes import TRAM_YAML

CHECKOUT = Path(__file__).parents[3]
PERIOD_S = 0.05
CLEAR: dict[str, Any] = {
    "level": "clear",
    "reason": None,
    "nearest": None,
    "alert_id": None,
    "is_acknowledged": False,
    "is_silent": False,
    "overspeed": "none",
    "urgency": 0.0,
    "picture_age_s": 0.04,
    "run": {
        "speed_mps": 8.0,
        "speed_age_s": 0.0,
        "is_estimated": False,
        "along_m": None,
        "limit_mps": None,
        "next_limit_mps": None,
        "next_limit_in_m": None,
    },
}


class Stand:
    """What the display is sent, and what it said."""

    def __init__(self) -> None:
        self.message: dict[str, Any] = dict(CLEAR)
        self.delay_s = 0.0
        self.is_mute = False
        self.heard: list[dict[str, Any]] = []


def add_controls(app: FastAPI, stand: Stand) -> None:
    """Let a test change what is sent over HTTP; what is not named is as on a clear track."""

    @app.post("/stand")
    def put(change: Annotated[dict[str, Any], Body()]) -> None:
        stand.delay_s = change.pop("delay_s", 0.0)
        stand.is_mute = change.pop("is_mute", False)
        stand.message = CLEAR | change

    @app.get("/stand/heard")
    def heard() -> list[dict[str, Any]]:
        said, stand.heard = stand.heard, []
        return said


async def speak(socket: WebSocket, stand: Stand) -> None:
    """The line of a display, as the service would speak, but late or not at all if told so."""
    await socket.accept()
    pongs: list[dict[str, float]] = []
    late: list[tuple[float, str]] = []

    async def hear() -> None:
        try:
            while True:
                said = json.loads(await socket.receive_text())
                if said["type"] == "ping":
                    now_ms = time.monotonic() * 1000
                    pongs.append({"page_ms": said["page_ms"], "service_ms": now_ms})
                else:
                    stand.heard.append(said)
        except (WebSocketDisconnect, KeyError, RuntimeError):
            return

    hearing = asyncio.ensure_future(hear())
    try:
        for sequence in itertools.count(1):
            if hearing.done():
                return
            message = stand.message | {
                "sequence": sequence,
                "observed_at": str(sequence),
                "service_ms": time.monotonic() * 1000,
                "pong": pongs.pop() if pongs else None,
            }
            late.append((time.monotonic() + stand.delay_s, json.dumps(message)))
            while late and late[0][0] <= time.monotonic() and not stand.is_mute:
                await socket.send_text(late.pop(0)[1])
            await asyncio.sleep(PERIOD_S)
    except (WebSocketDisconnect, RuntimeError):
        return
    finally:
        hearing.cancel()


@contextmanager
def cabin_stand() -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A running stand: its root address and its process, which the test may stop or kill."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.service.pages.cabin_stand"],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        root = process.stdout.readline().strip()
        httpx.get(f"{root}/health/live", timeout=60)
        yield root, process
    finally:
        process.kill()
        process.communicate()


def main() -> None:
    """Serve until killed; `sys.argv` may name the port."""
    stand = Stand()
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    with tempfile.TemporaryDirectory() as folder, open_port("127.0.0.1", port) as taken:
        path = Path(folder, "line.yaml")
        path.write_text(TRAM_YAML)
        server = Server(Hub([load_site(path)]))
        app = server.config.app
        assert isinstance(app, FastAPI)
        add_controls(app, stand)

        @app.websocket("/api/v1/alerts/{camera_id}/live")
        async def live(socket: WebSocket) -> None:
            await speak(socket, stand)

        routes = app.router.routes
        routes.insert(0, routes.pop())  # before the service's own
        print(f"http://127.0.0.1:{taken.getsockname()[1]}", flush=True)
        server.run(sockets=[taken])


if __name__ == "__main__":
    main()
