import json
import logging
from collections.abc import Iterator, Sequence

import pytest
import structlog
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from service.cameras.camera_worker import CameraWorker
from service.cameras.mission import ParkingMission
from service.errors import MisuseError
from service.live.hub import Hub
from service.logs import log_level, set_up_logs
from service.site.site_file import load_site
from tests.service.readers import HandReader
from tests.service.running import running_server
from tests.service.scenes import LOT_YAML, lot_picture
from tests.streams.cameras import wait_until
from vision.arrays import FloatArray, ImageArray


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_lines_are_json_with_camera_and_frame(capsys):
    set_up_logs()
    structlog.get_logger().bind(camera_id="north").error("camera degraded", frame_id=7)
    (line,) = lines(capsys)
    assert (line["event"], line["camera_id"], line["frame_id"], line["level"]) == (
        "camera degraded",
        "north",
        7,
        "error",
    )


def test_credentials_reach_no_log(capsys):
    set_up_logs()
    address = "rtsp://me:s3cret@10.0.0.9/live?token=s3cret"
    logging.getLogger("streams.reader").info("camera north is lost: %s", address)
    structlog.get_logger().info("opening", source=address)
    try:
        raise ValueError(f"cannot open {address}")
    except ValueError as error:
        structlog.get_logger().error("camera degraded", exc_info=error)
    text = json.dumps(lines(capsys))
    assert "s3cret" not in text
    assert "10.0.0.9" in text
    assert "ValueError" in text


def test_lines_of_a_camera_name_site_camera_and_picture(tmp_path, capsys):
    """The worker's own lines, and those of the reader's thread, which knows no site."""
    set_up_logs()
    (tmp_path / "yard.yaml").write_text(LOT_YAML.replace("yard.mp4", "rtsp://127.0.0.1:9/live"))
    site = load_site(tmp_path / "yard.yaml")
    camera, reader = site.cameras[0], HandReader("north")
    broken = CameraWorker(
        "yard",
        camera,
        ParkingMission(camera.plan, confused),
        Hub([site]),
        open_reader=lambda _: reader,
    )
    lost = CameraWorker("yard", camera, ParkingMission(camera.plan, confused), Hub([site]))
    for worker in (broken, lost):
        worker.start()
    reader.show(lot_picture(()))
    frame_id = reader.show(lot_picture(()))
    found: dict[str, dict[str, object]] = {}

    def is_all_told() -> bool:
        found.update({str(line["event"]).split(":")[0]: line for line in lines(capsys)})
        return {"camera degraded", "camera north is connecting"} <= found.keys()

    try:
        assert wait_until(is_all_told)
    finally:
        for worker in (broken, lost):
            worker.stop()
    for line in (found["camera degraded"], found["camera north is connecting"]):
        assert (line["site_id"], line["camera_id"]) == ("yard", "north")
    assert found["camera degraded"]["frame_id"] in (frame_id - 1, frame_id)


def confused(
    image: ImageArray,
    polygons: Sequence[FloatArray],
    among: Sequence[FloatArray],  # noqa: ARG001
) -> FloatArray:
    """A classifier with a mistake in it."""
    raise ZeroDivisionError(f"{len(polygons)} spots in {image.shape}")


def test_refused_socket_is_no_error_of_ours(tmp_path, capsys):
    set_up_logs()
    (tmp_path / "yard.yaml").write_text(LOT_YAML)
    hub = Hub([load_site(tmp_path / "yard.yaml")])
    with running_server(hub) as root, pytest.raises(InvalidStatus):
        connect(f"{root.replace('http', 'ws')}/api/v1/events?lot=nowhere").close()
    told = lines(capsys)
    assert any("connection rejected (404" in str(line["event"]) for line in told)
    assert {line["level"] for line in told} == {"info"}


def test_level_comes_from_the_environment():
    assert log_level({}) == logging.INFO
    assert log_level({"WAYSIDE_LOG_LEVEL": "WARNING"}) == logging.WARNING
    with pytest.raises(MisuseError, match="wanted one of debug, info, warning, error, got 'loud'"):
        log_level({"WAYSIDE_LOG_LEVEL": "loud"})
