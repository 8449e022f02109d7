"""A site file whose calibration is wrong, told by the running service while the tram drives."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from service.cameras.mission import Mission, TramMission
from service.cameras.workers import Workers
from service.live.hub import Hub
from service.site.site import Camera, TramPlan
from service.site.site_file import load_site
from tests.service.running import running_server
from tests.service.scenes import BrightPersons
from tests.streams.cameras import wait_until

CLIPS = Path(__file__).parents[2] / "sample_videos"


def site_with_pitch(folder: Path, pitch_deg: float) -> Path:
    """The rendered stop, whose camera truly looks down by 4°."""
    text = yaml.safe_load((CLIPS / "tram_platform.site.yaml").read_text())
    (camera,) = text["cameras"]
    camera["source"] = str(CLIPS / camera["source"])
    camera["loop"] = True  # a busy machine drops pictures: then it takes another pass
    camera["tram"]["camera"]["pitch_deg"] = pitch_deg
    path = folder / "line.yaml"
    path.write_text(yaml.safe_dump({"site": "line", "name": "Line", "cameras": [camera]}))
    return path


@pytest.mark.parametrize(
    ("pitch_deg", "verdict", "status"),
    [
        pytest.param(4.0, "agrees", "live", id="right"),
        pytest.param(5.5, "wrong", "impaired", id="wrong"),
    ],
)
def test_wrong_pitch_is_told_everywhere_within_the_clip(tmp_path, pitch_deg, verdict, status):
    site = load_site(site_with_pitch(tmp_path, pitch_deg))
    hub = Hub([site])

    def make_mission(camera: Camera) -> Mission:
        assert isinstance(camera.plan, TramPlan)
        return TramMission(camera.camera_id, camera.plan, BrightPersons())

    workers = Workers([site], hub, make_mission=make_mission)
    with running_server(hub) as root, httpx.Client(base_url=root, timeout=20) as client:
        workers.start()
        try:

            def camera() -> dict[str, Any]:
                record: dict[str, Any] = client.get("/api/v1/cameras/cab").json()
                return record

            assert wait_until(lambda: camera()["calibration"] is not None, timeout_s=120)
            told = camera()
            assert (told["status"], told["calibration"]["verdict"]) == (status, verdict)
            assert told["calibration"]["pitch_deg"] == pytest.approx(4.0, abs=0.2)
            assert told["calibration"]["stated_pitch_deg"] == pitch_deg
            metrics = client.get("/metrics").text
            name = 'wayside_tram_calibration_pitch_off_degrees{camera="cab",site="line"}'
            (line,) = (each for each in metrics.splitlines() if each.startswith(name))
            assert float(line.split()[-1]) == pytest.approx(pitch_deg - 4.0, abs=0.2)
            reasons = [(e.type, e.data["reason"]) for e in hub.recent(200)]
            is_wrong = verdict == "wrong"
            assert (("camera.changed", "calibration") in reasons) == is_wrong
            assert (("alert.changed", "calibration") in reasons) == is_wrong
            # a busy machine may have dropped pictures a moment ago: that passes, a wrong pose stays
            needy = 'data-needy="line/cab"'
            assert wait_until(lambda: (needy in client.get("/").text) == is_wrong, timeout_s=20)
            page = client.get("/sites/line/trams/cab/alerts").text
            assert f'data-calibration="{verdict}"' in page
            assert ("Calibrate the camera anew" in page) == is_wrong
        finally:
            workers.stop()
