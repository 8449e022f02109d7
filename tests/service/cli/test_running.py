"""One really running service with everything beside it: changed, killed, resumed and stopped."""

import json
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import httpx
import pytest

from tests.service.cli.programs import start_wayside, write_car_detector
from tests.service.publish.broker import Broker, Listener
from tests.service.publish.receiver import Receiver
from tests.service.scenes import LOT_YAML, lot_picture, write_clip
from tests.streams.cameras import wait_until

SOUTH_YAML = """\
  - id: south
    mission: parking
    source: yard.mp4
    loop: true
    spots: [{id: Z1, lot: main, polygon: [[1, 1], [50, 1], [50, 50]]}]
"""
PUBLISH_YAML = """\
publish:
  mqtt: {host: 127.0.0.1, port: %d}
  webhooks: [{id: signs, url: "%s", secret: a-secret-of-sixteen}]
  webhook_networks: [127.0.0.0/8]
"""
STARTS_WITHIN_S = 90.0  # on a machine with much else to do


@contextmanager
def served(folder: Path) -> Iterator[tuple[httpx.Client, "Popen[str]"]]:
    """A running `wayside serve` with a database in the folder."""
    process = start_wayside(
        *("serve", folder / "yard.yaml", "--port", 0, "--no-access"),
        *("--database", folder / "t.sqlite"),
    )
    try:
        assert process.stdout is not None
        root = re.search(r"http://\S+:\d+", process.stdout.readline())
        assert root, process.stderr and process.stderr.read()
        with httpx.Client(base_url=root[0], timeout=30) as client:
            assert wait_until(lambda: answers(client), STARTS_WITHIN_S)
            yield client, process
    finally:
        process.kill()
        process.communicate()


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/health/live").status_code == 200
    except httpx.TransportError:
        return False


def write_site(folder: Path, more: str = "", cameras: str = "") -> None:
    """The yard with a looping clip, a detector that always sees a car on A1, and more."""
    model = folder / "car.onnx"
    if not model.exists():
        write_clip(folder / "yard.mp4", [lot_picture({"A1"}, seed) for seed in range(20)])
        write_car_detector(model)
    text = LOT_YAML.replace("yard.mp4", "yard.mp4\n    loop: true") + cameras
    text = text.replace("    mission:", f"    model: {model}\n    mission:") + more
    (folder / "yard.yaml").write_text(text)


def status_of(client: httpx.Client, spot_id: str) -> str:
    return str(client.get(f"/api/v1/spots/{spot_id}").json().get("status"))


def camera_ids(client: httpx.Client) -> list[str]:
    return [each["camera_id"] for each in client.get("/api/v1/cameras").json()]


def test_site_file_changes_while_the_service_runs(tmp_path):
    write_site(tmp_path)
    file = tmp_path / "yard.yaml"
    with served(tmp_path) as (client, process):
        assert wait_until(lambda: status_of(client, "A1") == "occupied")
        seen_before = client.get("/api/v1/cameras/north").json()["frames"]
        write_site(tmp_path, cameras=SOUTH_YAML)
        process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: camera_ids(client) == ["north", "south"])
        assert wait_until(lambda: status_of(client, "Z1") != "unknown")
        assert client.get("/api/v1/cameras/north").json()["frames"] >= seen_before  # ran on
        assert status_of(client, "A1") == "occupied"
        file.write_text(file.read_text() + "nonsense: [")
        refused = client.post("/api/v1/reload")
        assert refused.status_code == 422
        assert "yard.yaml: line" in refused.json()["detail"]
        (tmp_path / "half.jpg").write_bytes(b"half-copied")
        write_site(tmp_path, cameras=f"{SOUTH_YAML}    reference: half.jpg\n")
        refused = client.post("/api/v1/reload")
        assert refused.status_code == 422
        assert "half.jpg is no picture" in refused.json()["detail"]
        assert camera_ids(client) == ["north", "south"]
        write_site(tmp_path)
        report = client.post("/api/v1/reload").json()
        assert report == {"added": [], "changed": [], "removed": ["yard/south"]}
        assert camera_ids(client) == ["north"]
        assert client.get("/api/v1/spots/Z1").status_code == 404
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "Traceback" not in err
        assert "site files read anew" in err


@pytest.mark.needs("mosquitto")
def test_service_that_is_killed_is_told_offline_and_readers_resume(tmp_path):
    with Broker(tmp_path) as broker, Receiver() as receiver, Listener(broker.port) as listener:
        write_site(tmp_path, PUBLISH_YAML % (broker.port, receiver.url()))
        availability = "wayside/yard/availability"
        with served(tmp_path) as (client, process):
            assert wait_until(lambda: status_of(client, "A1") == "occupied")
            spot = "wayside/yard/spots/A1"
            assert wait_until(lambda: listener.state(spot).get("status") == "occupied")
            assert wait_until(lambda: "A1" in receiver.subjects())
            assert listener.text(availability) == "online"
            first = client.get("/api/v1/events/recent").json()[0]
            process.kill()
            assert wait_until(lambda: listener.text(availability) == "offline")
        with served(tmp_path) as (client, process):
            assert wait_until(lambda: listener.text(availability) == "online")
            address = f"/api/v1/events?last_event_id={first['id']}"
            with client.stream("GET", address) as stream:
                lines = (line for line in stream.iter_lines() if line.startswith("data: "))
                resumed = json.loads(next(lines).removeprefix("data: "))
            assert resumed["type"] != "gap"
            assert resumed["id"] > first["id"]
            receiver.is_hanging.set()
            broker.kill()
            began_s = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
            assert process.returncode == 0
            assert time.monotonic() - began_s < 15  # five on a machine that is not busy
