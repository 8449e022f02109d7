"""What can be checked of the deployment files without a daemon."""

import json
import re
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.cameras.stage_timer import StageSpan
from service.live.camera_state import CameraState, CameraStatus
from service.live.hub import Hub
from service.live.picture_report import PictureReport
from service.metrics.metrics import Metrics
from service.publish.publisher_status import PublisherStatus
from service.store.outbox import Letter
from service.store.store import Store
from tests.service.publish.yard import Yard, drive, line_site, yard_site

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "service/deploy"


@pytest.mark.needs("systemd")
def test_systemd_takes_the_unit_and_finds_it_well_confined(tmp_path):
    text = (DEPLOY / "wayside.service").read_text()
    unit = tmp_path / "wayside.service"
    unit.write_text(text.replace("/opt/wayside/bin/wayside", "/bin/true"))
    verified = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", unit]
    rated = subprocess.run(command, capture_output=True, text=True, check=False)
    exposure = re.search(r"exposure level for wayside.service: ([\d.]+)", rated.stdout)
    assert exposure, rated.stderr
    assert float(exposure[1]) < 3


def test_container_is_confined_and_says_how_it_is():
    wayside = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["wayside"]
    assert wayside["read_only"] is True
    assert wayside["cap_drop"] == ["ALL"]
    assert wayside["user"].split(":")[0] != "0"
    assert "/health/live" in wayside["healthcheck"]["test"][-1]
    recipe = (DEPLOY / "Dockerfile").read_text()
    for word in ("USER 10001:10001", "HEALTHCHECK", "STOPSIGNAL SIGTERM", "--require-hashes"):
        assert word in recipe
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", recipe, re.MULTILINE):
        assert all((ROOT / each).exists() for each in source.split()), source


def test_no_key_goes_over_a_network_in_the_clear():
    """Only this machine's proxy reaches the service, and is believed who it asks for."""
    assert "WAYSIDE_HOST=127.0.0.1 " in (DEPLOY / "wayside.service").read_text()
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    gateway = ip_address("172.18.0.1")  # as a container sees the machine that it runs on
    assert gateway in ip_network(services["wayside"]["environment"]["FORWARDED_ALLOW_IPS"])


def test_environment_file_may_say_where_the_service_listens():
    """An option would overrule it."""
    text = (DEPLOY / "wayside.service").read_text()
    assert text.index("WAYSIDE_HOST=127.0.0.1") < text.index("EnvironmentFile=")
    assert not re.search("--(host|port)", text)


def test_files_that_containers_mount_are_here():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    mounted = [
        volume.split(":")[0].removeprefix("./")
        for service in services.values()
        for volume in service.get("volumes", ())
        if volume.startswith("./")
    ]
    assert mounted
    assert [name for name in mounted if not (DEPLOY / name).exists()] == []


def expressions(node: Any) -> list[str]:
    """Every query of a dashboard."""
    if isinstance(node, dict):
        own = [node["expr"]] if "expr" in node else []
        return own + [each for value in node.values() for each in expressions(value)]
    if isinstance(node, list):
        return [each for value in node for each in expressions(value)]
    return []


def test_dashboard_asks_only_for_what_is_told(tmp_path):
    yard, line = yard_site(tmp_path), line_site(tmp_path)
    hub, store = Hub([yard, line]), Store.open(str(tmp_path / "t.sqlite"))
    metrics = Metrics(hub, store=store, publishers=lambda: [PublisherStatus("mqtt yard")])
    store.outbox.add([Letter("signs", "yard/1", "{}", 0, 0)])
    Yard(yard, hub).park({"A1"})
    drive(line, hub)
    hub.publish_camera("yard", "north", CameraState(CameraStatus.LIVE, observed_at_ns=1), 1)
    metrics.observe(PictureReport("line", "cab", 1, 0, 1, 2, [StageSpan("detect", 1, 2)]))
    text = metrics.text()[0].decode()
    store.close()
    told = set(re.findall(r"^(wayside_\w+)", text, re.MULTILINE))
    asked = {
        name
        for each in expressions(json.loads((DEPLOY / "grafana_dashboard.json").read_text()))
        for name in re.findall(r"wayside_\w+", each)
    }
    assert len(asked) > 15
    assert asked <= told
