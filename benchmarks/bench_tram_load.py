"""How old is an alert on the display at 25 pictures a second, and on half the machine?"""

import argparse
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx
import yaml
from websockets.sync.client import connect

from benchmarks.bench_publish_latency import wait_until_ready
from benchmarks.served import served
from benchmarks.stamped_result import ROOT, percentiles, stamp, write_result

CLIP = "tram_crossing"
RATE_HZ = 25
SPEED_MPS = 8.0
PROMISED_S = 0.5
WARNING = ("information", "caution", "alarm")
GROWTH_LIMIT = 2.0
"""A queue would make the last third of the pictures this much older than the first third."""


@dataclass(slots=True)
class Heard:
    """What one display was told in one run."""

    ages_ms: list[float] = field(default_factory=list)
    """Capture to arrival of each new picture's state, in order."""
    alert_ages_ms: list[float] = field(default_factory=list)
    messages: int = 0
    unavailable: int = 0
    dishonest: int = 0
    """Messages about a picture older than promised that were not unavailable."""
    longest_silence_s: float = 0.0
    missed: int = 0
    """Numbers of messages that did not come."""


def main() -> int:
    """Measure on all cores and on half of them; 1 when something queues or is dishonest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=40.0, help="how long to listen")
    options = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    shares = {"whole machine": cores, "half the machine": cores[: max(1, len(cores) // 2)]}
    content: dict[str, Any] = {"clip": CLIP, "rate_hz": RATE_HZ, "runs": {}}
    with tempfile.TemporaryDirectory() as folder:
        site_file = quick_site(Path(folder))
        for name, used in shares.items():
            content["runs"][name] = measure(site_file, used, options.seconds, Path(folder))
    is_fine = all(run["dishonest"] == 0 and not run["queues"] for run in content["runs"].values())
    print(json.dumps({"result": str(write_result("tram_load", stamp() | content)), **content}))
    return 0 if is_fine else 1


def quick_site(folder: Path) -> Path:
    """The clip's site file with the clip played at 25 pictures a second, again and again."""
    original = ROOT / "sample_videos" / f"{CLIP}.site.yaml"
    site = yaml.safe_load(original.read_text(encoding="utf-8"))
    (camera,) = site["cameras"]
    write_at_rate(original.parent / camera["source"], folder / "quick.mp4")
    camera |= {"source": "quick.mp4", "loop": True}
    camera["tram"].pop("speed_csv", None)
    camera["tram"]["speed_mps"] = SPEED_MPS
    site.pop("expect", None)
    path = folder / "quick.site.yaml"
    path.write_text(yaml.safe_dump(site), encoding="utf-8")
    return path


def write_at_rate(clip: Path, quick: Path) -> None:
    """The same coded pictures, RATE_HZ a second: as much work in less time."""
    with av.open(str(clip)) as source, av.open(str(quick), "w") as target:
        taken = source.streams.video[0]
        given = target.add_stream_from_template(taken)
        assert taken.average_rate, f"{clip} says no rate"
        assert taken.time_base, f"{clip} says no time base"
        quicker = Fraction(RATE_HZ) / taken.average_rate
        given.time_base = taken.time_base / quicker
        for packet in source.demux(taken):
            if packet.dts is None:
                continue
            packet.stream = given
            packet.time_base = given.time_base
            target.mux(packet)


def measure(site_file: Path, cores: Sequence[int], seconds: float, folder: Path) -> dict[str, Any]:
    """One run of the service on these cores; the listener has the others too."""
    with service_on(site_file, cores, folder) as address:
        camera = f"{address}/api/v1/cameras/cab"
        settle(address)
        before, heard = httpx.get(camera, timeout=30).json(), Heard()
        listen(address, seconds, heard)
        after = httpx.get(camera, timeout=30).json()
    third = max(len(heard.ages_ms) // 3, 1)
    first = percentiles(heard.ages_ms[:third])["p50"]
    last = percentiles(heard.ages_ms[-third:])["p50"]
    pictures = after["frames"] - before["frames"]
    dropped = after["dropped"] - before["dropped"]
    return {
        "cores": len(cores),
        "threads": len(cores),
        "seconds": seconds,
        "capture_to_display_ms": percentiles(heard.ages_ms),
        "capture_to_alert_ms": percentiles(heard.alert_ages_ms) if heard.alert_ages_ms else None,
        "results": len(heard.ages_ms),
        "pictures": pictures,
        "dropped": dropped,
        "pictures_per_s": round(pictures / seconds, 1),
        "messages": heard.messages,
        "messages_missed": heard.missed,
        "unavailable_share": round(heard.unavailable / max(heard.messages, 1), 4),
        "dishonest": heard.dishonest,
        "longest_silence_ms": round(heard.longest_silence_s * 1000),
        "p50_first_third_ms": first,
        "p50_last_third_ms": last,
        "queues": last > GROWTH_LIMIT * first,
        "latency_ms_by_stage": after["stage_ms"],
    }


@contextlib.contextmanager
def service_on(site_file: Path, cores: Sequence[int], folder: Path) -> Iterator[str]:
    """The address of a `wayside serve` that may use only these cores."""
    program = Path(sys.executable).with_name("wayside")
    command = ["taskset", "-c", ",".join(map(str, cores)), str(program), "serve", str(site_file)]
    command += ["--port", "0", "--no-access", "--threads", str(len(cores))]
    environment = os.environ | {"WAYSIDE_DATA": str(folder / f"data-{len(cores)}")}
    with served(command, environment) as address:
        wait_until_ready(address)
        yield address


def settle(address: str) -> None:
    """Check the output before the time: the display must have seen a picture it believes."""
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s:
        alert = httpx.get(f"{address}/api/v1/alerts/cab", timeout=30).json()
        if is_believed(alert):
            return
        time.sleep(0.1)
    raise SystemExit(f"the display never believed a picture: {alert['reason']}")


def is_believed(alert: dict[str, Any]) -> bool:
    """Whether an alert's state was seen in a picture."""
    return alert["observed_at"] is not None and alert["level"] != "unavailable"


def listen(address: str, seconds: float, heard: Heard) -> None:
    """Read a display's line; its clock is this machine's, so ages need no guess."""
    deadline_s = time.monotonic() + seconds
    newest, sequence, heard_at_s = "", 0, time.monotonic()
    with connect(f"{address.replace('http', 'ws')}/api/v1/alerts/cab/live") as line:
        while time.monotonic() < deadline_s:
            message = json.loads(line.recv(timeout=30))
            now_s = time.monotonic()
            heard.longest_silence_s = max(heard.longest_silence_s, now_s - heard_at_s)
            heard_at_s = now_s
            heard.messages += 1
            heard.missed += message["sequence"] - sequence - 1
            sequence = message["sequence"]
            is_unavailable = message["level"] == "unavailable"
            heard.unavailable += is_unavailable
            age_s = message["picture_age_s"]
            if age_s is None:
                continue
            heard.dishonest += age_s > PROMISED_S and not is_unavailable
            if message["observed_at"] == newest or message["observed_at"] is None:
                continue  # a repeat is no news
            newest = message["observed_at"]
            age_ms = age_s * 1000 + now_s * 1000 - message["service_ms"]
            heard.ages_ms.append(age_ms)
            if message["level"] in WARNING:
                heard.alert_ages_ms.append(age_ms)


if __name__ == "__main__":
    sys.exit(main())
