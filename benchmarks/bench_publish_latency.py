"""How long from the capture of a picture until a client of the running service knows?"""

import argparse
import contextlib
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import yaml

from benchmarks.served import served
from benchmarks.stamped_result import ROOT, percentiles, stamp, write_result

CLIPS = {"parking": "lot_day", "tram": "tram_crossing"}
START_WITHIN_S = 60.0
LIMIT_MS = 500.0  # a cabin display that hears nothing newer shows "unavailable"


def main() -> int:
    """Serve both clips as live cameras, listen as clients do; 1 when the limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=40.0, help="how long to listen")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        site_files = [looping_site(clip, Path(folder)) for clip in CLIPS.values()]
        with running_service(site_files) as address:
            content = listen(address, options.seconds)
    is_within = all(each["latency_ms"]["p95"] <= LIMIT_MS for each in content["missions"].values())
    content["limit_p95_ms"] = LIMIT_MS
    result = write_result("publish_latency", stamp() | content)
    print(json.dumps({"result": str(result), **content}))
    return 0 if is_within else 1


def looping_site(clip: str, folder: Path) -> Path:
    """The clip's site file with the clip played again and again."""
    original = ROOT / "sample_videos" / f"{clip}.site.yaml"
    site = yaml.safe_load(original.read_text(encoding="utf-8"))
    for camera in site["cameras"]:
        camera["source"] = str(original.parent / camera["source"])
        camera["loop"] = True
        if "speed_csv" in camera.get("tram", {}):
            camera["tram"]["speed_csv"] = str(original.parent / camera["tram"]["speed_csv"])
    path = folder / original.name
    path.write_text(yaml.safe_dump(site), encoding="utf-8")
    return path


@contextlib.contextmanager
def running_service(site_files: list[Path]) -> Iterator[str]:
    """The address of a `wayside serve` process of its own."""
    program = Path(sys.executable).with_name("wayside")
    command = [program, "serve", "--no-access", "--port", "0", *site_files]
    with served(command) as address:
        wait_until_ready(address)
        yield address


def wait_until_ready(address: str) -> None:
    """Return once every camera has shown a picture."""
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            cameras = httpx.get(f"{address}/api/v1/cameras").json()
            if cameras and all(camera["frames"] for camera in cameras):
                return
        time.sleep(0.2)
    raise SystemExit("the service showed no pictures in time")


def listen(address: str, seconds: float) -> dict[str, Any]:
    """Latencies at two clients, one per mission, and what the cameras dropped meanwhile."""
    api = f"{address}/api/v1"
    cameras = {each["mission"]: each for each in httpx.get(f"{api}/cameras").json()}
    tram_id = cameras["tram"]["camera_id"]
    streams = {
        "parking": f"{api}/events?type=spot.changed&type=lot.changed",
        "tram": f"{api}/alerts/{tram_id}/live",
    }
    latencies: dict[str, list[float]] = {mission: [] for mission in streams}
    clients = [
        threading.Thread(target=follow, args=(url, seconds, latencies[mission]))
        for mission, url in streams.items()
    ]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    after = {each["mission"]: each for each in httpx.get(f"{api}/cameras").json()}
    return {
        "missions": {
            mission: {
                "results": len(values),
                "latency_ms": percentiles(values),
                "pictures": after[mission]["frames"] - cameras[mission]["frames"],
                "dropped": after[mission]["dropped"] - cameras[mission]["dropped"],
            }
            for mission, values in latencies.items()
        }
    }


def follow(url: str, seconds: float, latencies: list[float]) -> None:
    """Read an event stream and note how old each new result is on arrival, in ms."""
    deadline = time.monotonic() + seconds
    newest_ns = 0
    with (
        contextlib.suppress(httpx.ReadTimeout),  # no news until the deadline
        httpx.stream("GET", url, timeout=httpx.Timeout(10, read=seconds)) as response,
    ):
        for line in response.iter_lines():
            arrived_ns = time.time_ns()
            captured_ns = capture_ns(line)
            if captured_ns is not None and captured_ns > newest_ns:  # a repeat is no news
                newest_ns = captured_ns
                latencies.append((arrived_ns - captured_ns) / 1e6)
            if time.monotonic() > deadline:
                return


def capture_ns(line: str) -> int | None:
    """When the picture behind an event was taken; None for lines that carry no result."""
    if not line.startswith("data: "):
        return None
    record = json.loads(line.removeprefix("data: "))
    if "timestamp_ns" in record:
        return int(record["timestamp_ns"])
    if record.get("observed_at") is None:
        return None
    return round(datetime.fromisoformat(record["observed_at"]).timestamp() * 1e9)


if __name__ == "__main__":
    sys.exit(main())
