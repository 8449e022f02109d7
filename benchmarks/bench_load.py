"""How fast are answers, and how many pictures are dropped, while many read and cameras play?

Who asks, and who reads, are processes of their own: what the readers do is no answer's delay.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import re
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from benchmarks.served import served
from benchmarks.stamped_result import ROOT, percentiles, stamp, write_result

CLIP = "lot_day"
START_WITHIN_S = 180.0
SETTLE_S = 10.0  # until the first states of all spots are told
CONNECTIONS = 40  # over which requests are sent; each waits for its answer
BESIDE_RATE_HZ = 20.0  # of the empty route while the service is under load
OPENING_S = 6.0  # asked for so long while all readers come at once
OPEN_AFTER_S = 1.0  # of it; then they come
OPEN_WITHIN_S = 120.0
LIMIT_P99_RATIO = 40.0  # service under full load ÷ empty route beside it
OF_THE_SERVICE = ("cameras_only", "while_readers_open", "with_readers")
EMPTY_ROUTE = """
import fastapi, uvicorn, socket
app = fastapi.FastAPI()
@app.get("/")
def empty():
    return {}
taken = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{taken.getsockname()[1]}", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run(sockets=[taken])
"""


def main() -> int:
    """Serve, read, ask and count; 1 when readers or answers were lost, or answers came too late."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cameras", type=int, default=20)
    parser.add_argument("--readers", type=int, default=500, help="of the event stream")
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    parser.add_argument("--seconds", type=float, default=30.0, help="per phase")
    parser.add_argument("--pictures", type=float, default=1.0, help="a second and camera")
    options = parser.parse_args()
    content = asyncio.run(measure(options))
    result = write_result("load", stamp() | content)
    print(json.dumps({"result": str(result), **content}))
    return 0 if content["is_kept"] else 1


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    """The empty route alone, then the service with cameras only, then with readers, too.

    How it is while all readers come in the same moment is told apart from how it is with them.
    """
    rate_hz, seconds = options.rate, options.seconds
    with (
        tempfile.TemporaryDirectory() as folder,
        served([sys.executable, "-c", EMPTY_ROUTE]) as bare,
        ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as asker,
    ):
        site_file = load_site(Path(folder), options.cameras, options.pictures)
        (alone,) = await ask_apart(asker, (bare, ["/"], rate_hz, seconds))
        with running_service(site_file, Path(folder)) as address:
            lots = [f"/api/v1/lots/lot{row}?site=load" for row in range(options.cameras)]
            check(address, lots)
            await asyncio.sleep(SETTLE_S)
            before = counts(address)
            (cameras_only,) = await ask_apart(asker, (address, lots, rate_hz, seconds))
            between = counts(address)
            asking = asyncio.create_task(ask_apart(asker, (address, lots, rate_hz, OPENING_S)))
            await asyncio.sleep(OPEN_AFTER_S)
            async with readers(address, options.readers) as heard:
                (opening,) = await asking
                begun = counts(address)
                under_load, beside = await ask_apart(
                    asker,
                    (address, lots, rate_hz, seconds),
                    (bare, ["/"], BESIDE_RATE_HZ, seconds),
                )
                lost = heard.lost
            after = counts(address)
    content = {
        "cameras": options.cameras,
        "pictures_per_s_and_camera": options.pictures,
        "readers": options.readers,
        "requests_per_s": rate_hz,
        "seconds": seconds,
        "empty_route": alone,
        "empty_route_beside_the_load": beside,
        "cameras_only": cameras_only | pictures(before, between),
        "while_readers_open": opening | {"opened_in_s": heard.opened_in_s},
        "with_readers": under_load | pictures(begun, after),
        "events_per_reader": heard.summary(),
        "readers_lost": lost,
        "p99_ratio": round(under_load["ms"]["p99"] / beside["ms"]["p99"], 2),
        "limit_p99_ratio": LIMIT_P99_RATIO,
    }
    return content | {"is_kept": is_kept(content)}


def is_kept(content: dict[str, Any]) -> bool:
    """Whether every reader was kept, and every answer came, and not too late."""
    failed = sum(content[name]["failed"] for name in OF_THE_SERVICE)
    return content["p99_ratio"] <= LIMIT_P99_RATIO and not content["readers_lost"] and not failed


def load_site(folder: Path, cameras: int, pictures_per_s: float) -> Path:
    """A site of many cameras over the same clip, each with a lot of its own."""
    original = ROOT / "sample_videos" / f"{CLIP}.site.yaml"
    camera = yaml.safe_load(original.read_text(encoding="utf-8"))["cameras"][0]
    site = {
        "site": "load",
        "lots": [{"id": f"lot{row}"} for row in range(cameras)],
        "cameras": [
            {
                "id": f"camera{row}",
                "mission": "parking",
                "source": str(original.parent / camera["source"]),
                "loop": True,
                "frames": {"mode": "limit", "per_second": pictures_per_s},
                "spots": [
                    {"id": f"{row}-{spot['id']}", "lot": f"lot{row}", "polygon": spot["polygon"]}
                    for spot in camera["spots"]
                ],
            }
            for row in range(cameras)
        ],
    }
    path = folder / "load.yaml"
    path.write_text(yaml.safe_dump(site), encoding="utf-8")
    return path


@contextlib.contextmanager
def running_service(site_file: Path, folder: Path) -> Iterator[str]:
    """The service with a database, once every camera has shown a picture."""
    program = Path(sys.executable).with_name("wayside")
    command = [program, "serve", site_file, "--port", "0", "--no-access", "--threads", "1"]
    with served([*command, "--database", folder / "load.sqlite"]) as address:
        deadline = time.monotonic() + START_WITHIN_S
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if all(each["frames"] for each in counts(address).values()):
                    yield address
                    return
            time.sleep(0.5)
        raise SystemExit("the cameras showed no pictures in time")


def counts(address: str) -> dict[str, dict[str, int]]:
    """Pictures looked at and dropped, by camera."""
    cameras = httpx.get(f"{address}/api/v1/cameras", timeout=60).json()
    return {
        each["camera_id"]: {name: each[name] for name in ("frames", "dropped", "damaged")}
        for each in cameras
    }


def pictures(
    before: dict[str, dict[str, int]], after: dict[str, dict[str, int]]
) -> dict[str, int | float]:
    """What all cameras looked at and dropped meanwhile."""
    grown = {
        name: sum(after[each][name] - before[each][name] for each in after)
        for name in ("frames", "dropped", "damaged")
    }
    share = grown["dropped"] / max(grown["frames"] + grown["dropped"], 1)
    return {**grown, "dropped_share": round(share, 4)}


def check(address: str, lots: Sequence[str]) -> None:
    """The answers that are timed are right ones."""
    for lot in lots:
        answer = httpx.get(f"{address}{lot}", timeout=60)
        assert answer.status_code == 200, answer.text
        assert answer.json()["total"] > 0


class Heard:
    """What the readers of the event stream were told."""

    def __init__(self, count: int) -> None:
        self.events = [0] * count
        self.open = self.lost = 0
        self.opened_in_s = 0.0

    def summary(self) -> dict[str, float]:
        """Least, middle and most."""
        if not self.events:
            return {}
        middle = statistics.median(self.events)
        return {"least": min(self.events), "median": middle, "most": max(self.events)}


class Reader(asyncio.Protocol):
    """Counts the events that one reader is told."""

    def __init__(self, heard: Heard, row: int, is_over: asyncio.Event) -> None:
        self._heard, self._row, self._is_over = heard, row, is_over
        self._is_open = False

    def data_received(self, data: bytes) -> None:
        """Some blocks of the stream came."""
        self._heard.open += not self._is_open
        self._is_open = True
        self._heard.events[self._row] += data.count(b"\ndata: ")

    def connection_lost(self, _: Exception | None) -> None:
        """The service has cut this reader off, or all is over."""
        self._heard.lost += not self._is_over.is_set()


@contextlib.asynccontextmanager
async def readers(address: str, count: int) -> AsyncIterator[Heard]:
    """Many who come at once and read the event stream until the end of the block."""
    began_s = time.perf_counter()
    heard = Heard(count)
    parts = urlsplit(address)
    is_over = asyncio.Event()

    async def open_reader(row: int) -> asyncio.Transport:
        def make() -> Reader:
            return Reader(heard, row, is_over)

        transport, _ = await asyncio.get_running_loop().create_connection(
            make, parts.hostname, parts.port
        )
        transport.write(request("/api/v1/events?heartbeat_s=5", parts.netloc))
        return transport

    transports = [await open_reader(row) for row in range(count)]
    try:
        async with asyncio.timeout(OPEN_WITHIN_S):
            while heard.open < count:
                await asyncio.sleep(0.01)
        heard.opened_in_s = round(time.perf_counter() - began_s, 3)
        yield heard
    finally:
        is_over.set()
        for transport in transports:
            transport.abort()


async def ask_apart(
    asker: Executor, *asked: tuple[str, Sequence[str], float, float]
) -> list[dict[str, Any]]:
    """What `ask` gives for each, at the same time, from a process that does nothing else."""
    return await asyncio.get_running_loop().run_in_executor(asker, _ask_all, asked)


def _ask_all(asked: Sequence[tuple[str, Sequence[str], float, float]]) -> list[dict[str, Any]]:
    async def ask_all() -> list[dict[str, Any]]:
        return await asyncio.gather(*(ask(*each) for each in asked))

    return asyncio.run(ask_all())


async def ask(address: str, paths: Sequence[str], rate_hz: float, seconds: float) -> dict[str, Any]:
    """Ask at a steady rate; a late answer counts from when its request was due."""
    parts = urlsplit(address)
    due: asyncio.Queue[tuple[float, str] | None] = asyncio.Queue()
    took_ms: list[float] = []
    failed = 0

    async def send() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        while (wanted := await due.get()) is not None:
            due_s, path = wanted
            writer.write(request(path, parts.netloc))
            failed += await _status(reader) != 200
            took_ms.append((time.perf_counter() - due_s) * 1000)
        writer.close()

    senders = [asyncio.create_task(send()) for _ in range(CONNECTIONS)]
    began_s = time.perf_counter()
    for number in range(round(rate_hz * seconds)):
        due_s = began_s + number / rate_hz
        await asyncio.sleep(max(due_s - time.perf_counter(), 0))
        due.put_nowait((due_s, paths[number % len(paths)]))
    for _ in senders:
        due.put_nowait(None)
    await asyncio.gather(*senders)
    return {"requests": len(took_ms), "failed": failed, "ms": percentiles(took_ms)}


def request(path: str, host: str) -> bytes:
    """One request over a connection that stays open."""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


async def _status(reader: asyncio.StreamReader) -> int:
    """Read one whole answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
    if length is not None:
        await reader.readexactly(int(length[1]))
    return int(head.split()[1])


if __name__ == "__main__":
    sys.exit(main())
