import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from service.cli.demo import bundled_sites
from service.cli.serve import looping
from service.errors import MisuseError, ServeError
from service.site.site_file import load_site
from tests.service.cli.programs import start_wayside, write_car_detector
from tests.service.scenes import LOT_YAML, lot_picture, write_clip
from tests.streams.cameras import wait_until

SECOND_CAMERA = """\
  - id: south
    mission: parking
    source: {source}
    spots: [{{id: Z1, lot: main, polygon: [[1, 1], [50, 1], [50, 50]]}}]
"""


@contextmanager
def served(folder: Path, second_source: str) -> Iterator[tuple[httpx.Client, object]]:
    """A really running service: one sound camera and one more."""
    write_clip(folder / "yard.mp4", [lot_picture({"A1"}, seed) for seed in range(20)])
    text = LOT_YAML.replace("yard.mp4", "yard.mp4\n    loop: true")
    text += SECOND_CAMERA.format(source=second_source)
    model = write_car_detector(folder / "car.onnx")
    text = text.replace("    mission:", f"    model: {model}\n    mission:")
    (folder / "yard.yaml").write_text(text)
    process = start_wayside("serve", folder / "yard.yaml", "--port", 0, "--no-access")
    try:
        assert process.stdout is not None
        root = re.search(r"http://\S+:\d+", process.stdout.readline())
        assert root, process.stderr and process.stderr.read()
        with httpx.Client(base_url=root[0], timeout=10) as client:
            assert wait_until(lambda: client.get("/health/live").status_code == 200)
            yield client, process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("none.mp4", id="missing clip"),
        pytest.param("rtsp://me:s3cret@127.0.0.1:9/live", id="unreachable camera"),
    ],
)
def test_bad_camera_does_not_stop_the_other(tmp_path, source):
    with served(tmp_path, source) as (client, process):

        def states() -> dict[str, tuple[str, str | None]]:
            spots = client.get("/api/v1/spots").json()
            return {each["spot_id"]: (each["status"], each["reason"]) for each in spots}

        assert wait_until(lambda: states()["A1"][0] == "occupied")
        assert wait_until(lambda: states()["Z1"] == ("unknown", "camera_lost"))
        south = client.get("/api/v1/cameras/south").json()
        assert south["status"] == "lost"
        assert south["reason"]
        assert client.get("/health/ready").status_code == 200
        lot = "/api/v1/lots/main"
        assert wait_until(lambda: client.get(lot).json()["text"] == "2–3 free")
        process.send_signal(signal.SIGTERM)
        began_s = time.monotonic()
        out, err = process.communicate(timeout=20)
        assert time.monotonic() - began_s < 5
        assert process.returncode == 0
        assert "s3cret" not in out + err
        assert "Traceback" not in err


CLIPS = ("lot_day", "lot_rain", "tram_crossing")


@pytest.mark.parametrize(
    ("names", "played"),
    [
        pytest.param((), ["lot_day", "tram_crossing"], id="a few by default"),
        pytest.param(("lot_rain",), ["lot_rain"], id="by name"),
    ],
)
def test_demo_finds_the_bundled_clips(tmp_path, names, played):
    for name in CLIPS:
        (tmp_path / f"{name}.site.yaml").touch()
    found = bundled_sites(names, tmp_path)
    assert [path.name for path in found] == [f"{name}.site.yaml" for name in played]


def test_demo_says_what_is_missing(tmp_path):
    with pytest.raises(ServeError, match=r"holds no \*\.site\.yaml: clone the repository"):
        bundled_sites((), tmp_path)
    (tmp_path / "lot_day.site.yaml").touch()
    with pytest.raises(MisuseError, match="there is no clip 'lot_nigth'; there are lot_day"):
        bundled_sites(("lot_nigth",), tmp_path)


def test_demo_plays_clips_again_and_again(tmp_path):
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    assert [camera.loop for camera in looping(load_site(tmp_path / "yard.yaml")).cameras] == [True]
