import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from service.logs import set_up_logs


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
