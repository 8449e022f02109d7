import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import pytest

from streams.backoff import Backoff
from streams.errors import AccessRefusedError, ConnectionLostError, SourceUnreachableError
from streams.reader import Reader
from streams.settings import SourceSettings
from streams.source import open_source
from streams.status import ReaderState
from tests.streams.cameras import MjpegCamera, wait_until
from tests.streams.clips import numbered_picture, read_number, write_clip

IMPATIENT = SourceSettings(open_timeout_s=3.0, stall_after_s=1.0)
QUICK = Backoff(first_s=0.05, limit_s=0.2)


def test_an_mjpeg_camera_is_stamped_on_arrival() -> None:
    with MjpegCamera(rate_hz=10) as camera, open_source(camera.url()) as source:
        assert source.is_live
        frames = []
        for frame in source:
            frames.append(frame)
            if len(frames) == 20:
                break
    numbers = [read_number(frame.image) for frame in frames]
    assert numbers == list(range(numbers[0], numbers[0] + 20))
    lasted_ms = (frames[19].timestamp_ns - frames[9].timestamp_ns) / 1e6
    assert lasted_ms > 700, "ten pictures take a second; libav believes in 400 ms"


def test_an_mjpeg_camera_that_ends_its_stream() -> None:
    with MjpegCamera(n_pictures=20) as camera, open_source(camera.url()) as source:
        with pytest.raises(ConnectionLostError, match=r"ended the stream|broke off"):
            for _ in source:
                pass
        assert source.stats.frames >= 19


def test_an_mjpeg_camera_that_hangs_is_stalled_and_recovers() -> None:
    with (
        MjpegCamera() as camera,
        Reader(camera.url(user_info="a:tr0ub4dor@"), settings=IMPATIENT, backoff=QUICK) as reader,
    ):
        assert wait_until(lambda: reader.status.state is ReaderState.LIVE)
        camera.is_hanging.set()
        assert wait_until(lambda: reader.status.state is ReaderState.STALLED)
        assert "tr0ub4dor" not in repr(reader.status)
        camera.is_hanging.clear()
        assert wait_until(lambda: reader.status.state is ReaderState.LIVE)
        assert reader.status.connections >= 2


def test_pictures_that_cannot_be_decoded_are_no_stall() -> None:
    with (
        MjpegCamera() as camera,
        Reader(camera.url(), settings=IMPATIENT, backoff=QUICK) as reader,
    ):
        assert wait_until(lambda: reader.status.state is ReaderState.LIVE)
        camera.is_garbling.set()
        assert wait_until(lambda: reader.status.state is ReaderState.CONNECTING)
        assert "sends pictures, but none could be decoded for 1 s" in reader.status.reason
        assert reader.status.pictures.damaged >= 10
        camera.is_garbling.clear()
        assert wait_until(lambda: reader.status.state is ReaderState.LIVE)


def test_an_http_camera_that_wants_a_password() -> None:
    with MjpegCamera() as camera, pytest.raises(AccessRefusedError):
        open_source(camera.url("/private"), settings=IMPATIENT)


class _QuietFiles(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web_folder(tmp_path: Path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietFiles, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_clip_on_a_web_server_is_a_clip(web_folder: str, tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", 20, faststart=True)
    with open_source(f"{web_folder}/clip.mp4") as source:
        assert not source.is_live
        frames = list(source)
    assert [read_number(frame.image) for frame in frames] == list(range(20))
    assert frames[0].timestamp_ns == 0


def test_a_web_page_is_no_camera(web_folder: str) -> None:
    with pytest.raises(SourceUnreachableError, match="answered, but not with a video"):
        open_source(f"{web_folder}/?token=tr0ub4dor", settings=IMPATIENT)


@pytest.mark.parametrize("name", ["snapshot.jpg", "snapshot"])
def test_an_address_that_gives_a_single_picture_says_so_and_is_asked_less_and_less(
    web_folder: str, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_bytes(cv2.imencode(".jpg", numbered_picture(1))[1].tobytes())
    with Reader(f"{web_folder}/{name}", settings=IMPATIENT, backoff=QUICK) as reader:
        assert wait_until(lambda: reader.status.failures >= 3)
        assert "gives a single picture, wanted a stream of them" in reader.status.reason
        assert reader.status.pictures.frames >= 2
