import logging
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest

from streams.backoff import Backoff
from streams.errors import AccessRefusedError, SourceNotFoundError, SourceUnreachableError
from streams.mode import KEY_FRAMES, FrameMode
from streams.reader import Reader
from streams.settings import SourceSettings
from streams.source import open_source
from streams.status import ReaderState
from tests.streams.cameras import RtspCamera, wait_until
from tests.streams.clips import read_number, write_clip

pytestmark = pytest.mark.needs("rtsp_server")

IMPATIENT = SourceSettings(open_timeout_s=2.0, stall_after_s=1.0)
QUICK = Backoff(first_s=0.05, limit_s=0.2)
SECRET = "tr0ub4dor:/@3"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rtsp") / "clip.mp4"
    return write_clip(path, 900, rate_hz=20, key_every=10)


@pytest.fixture
def camera(clip: Path) -> Iterator[RtspCamera]:
    with RtspCamera(clip) as camera:
        yield camera


def is_live(reader: Reader, after_connections: int = 0) -> bool:
    status = reader.status
    return status.state is ReaderState.LIVE and status.connections > after_connections


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_pictures_come_in_order_with_utc_times(camera: RtspCamera, transport: str) -> None:
    settings = SourceSettings(transport=transport, open_timeout_s=5, stall_after_s=5)
    began_ns = time.time_ns()
    frames = []
    with open_source(camera.url(), "gate", settings=settings) as source:
        assert source.is_live
        for frame in source:
            assert frame.timestamp_ns <= time.time_ns() + 100_000_000
            frames.append(frame)
            if len(frames) == 30:
                break
    numbers = [read_number(frame.image) for frame in frames]
    assert numbers == list(range(numbers[0], numbers[0] + 30))
    assert began_ns < frames[0].timestamp_ns
    settled = frames[20:]
    spacing_ms = [(b.timestamp_ns - a.timestamp_ns) / 1e6 for a, b in pairwise(settled)]
    assert spacing_ms == pytest.approx([50] * 9, abs=45)


def test_key_frames_only(camera: RtspCamera) -> None:
    with open_source(camera.url(), mode=KEY_FRAMES, settings=IMPATIENT) as source:
        numbers = []
        for frame in source:
            numbers.append(read_number(frame.image))
            if len(numbers) == 3:
                break
    assert {later - earlier for earlier, later in pairwise(numbers)} == {10}
    assert source.stats.skipped >= 18


def test_key_frames_are_taken_where_they_come_often_and_left_when_they_stay_away(
    tmp_path: Path,
) -> None:
    keys = [*range(0, 81, 20), *range(160, 400, 20)]
    path = tmp_path / "changing.mp4"
    changing = write_clip(path, 400, rate_hz=20, key_every=1000, keys_at=keys)
    mode = FrameMode(max_rate_hz=10, key_frames_within_s=1.0)
    settings = replace(IMPATIENT, key_frames_steady_s=2.0)
    with (
        RtspCamera(changing) as camera,
        Reader(camera.url(), mode=mode, settings=settings, backoff=QUICK) as reader,
    ):
        assert wait_until(lambda: reader.status.pictures.is_key_frames_only)
        assert reader.status.pictures.key_frame_interval_s == pytest.approx(1.0, abs=0.05)
        sparse = reader.mailbox.get(5)
        assert sparse is not None
        assert read_number(sparse.image) % 20 == 0
        assert wait_until(lambda: not reader.status.pictures.is_key_frames_only)
        decoded = reader.mailbox.get(5)
        assert decoded is not None
        assert read_number(decoded.image) > 80, "whole again, though built upon pictures not shown"
        assert wait_until(lambda: reader.status.pictures.is_key_frames_only)
        assert reader.status.pictures.damaged == 0
        assert reader.status.connections == 1


def test_a_camera_that_is_unplugged_and_plugged_in_again_recovers(camera: RtspCamera) -> None:
    with Reader(camera.url(), settings=IMPATIENT, backoff=QUICK) as reader:
        assert wait_until(lambda: is_live(reader))
        before = reader.mailbox.get(5)
        camera.kill()
        assert wait_until(lambda: reader.status.state is ReaderState.CONNECTING)
        assert wait_until(lambda: "connection refused" in reader.status.reason)
        camera.start()
        assert wait_until(lambda: is_live(reader, after_connections=1))
        after = reader.mailbox.get(5)
        assert wait_until(lambda: reader.status.failures == 0), "a second picture says it lives"
    assert before is not None
    assert after is not None
    assert after.timestamp_ns > before.timestamp_ns
    assert after.frame_id > before.frame_id + 1, "a gap tells that pictures were lost"


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_camera_that_freezes_is_stalled_and_recovers(camera: RtspCamera, transport: str) -> None:
    settings = replace(IMPATIENT, transport=transport)
    with Reader(camera.url(), settings=settings, backoff=QUICK) as reader:
        assert wait_until(lambda: is_live(reader))
        camera.freeze()
        assert wait_until(lambda: reader.status.state is ReaderState.STALLED)
        assert "sent no picture for 1 s" in reader.status.reason
        assert wait_until(lambda: reader.status.state is ReaderState.CONNECTING)
        assert "did not answer within 2 s" in reader.status.reason
        camera.thaw()
        assert wait_until(lambda: is_live(reader, after_connections=1))
        assert reader.mailbox.get(5) is not None


def test_a_reader_stops_within_two_seconds_though_the_camera_hangs(camera: RtspCamera) -> None:
    settings = SourceSettings(open_timeout_s=2.0, stall_after_s=4.0)
    reader = Reader(camera.url(), settings=settings)
    reader.start()
    assert wait_until(lambda: is_live(reader))
    camera.freeze()
    began_s = time.monotonic()
    reader.stop(timeout_s=1.0)
    assert time.monotonic() - began_s < 2.0
    assert reader.mailbox.is_closed
    assert wait_until(lambda: reader.status.state is ReaderState.ENDED, 10), "and is gone later"


def test_a_bad_camera_does_not_hold_up_the_others(camera: RtspCamera, clip: Path) -> None:
    with RtspCamera(clip) as frozen:
        frozen.freeze()
        bad = Reader(frozen.url(), "bad", settings=IMPATIENT, backoff=QUICK)
        with bad, Reader(camera.url(), "good", settings=IMPATIENT) as good:
            assert wait_until(lambda: bad.status.failures > 0)
            assert is_live(good)
            assert bad.status.state is ReaderState.CONNECTING


def test_the_end_of_a_stream_is_no_stall(tmp_path: Path) -> None:
    short = write_clip(tmp_path / "short.mp4", 20, rate_hz=20)
    patient = replace(IMPATIENT, stall_after_s=5.0)
    with (
        RtspCamera(short) as camera,
        Reader(camera.url(), settings=patient, backoff=QUICK) as reader,
    ):
        assert wait_until(lambda: is_live(reader))
        assert wait_until(lambda: reader.status.state is not ReaderState.LIVE)
        assert reader.status.state is ReaderState.CONNECTING
        assert "ended the stream" in reader.status.reason
        assert wait_until(lambda: is_live(reader, after_connections=1))


def test_user_and_password_open_the_camera_and_are_never_shown(
    clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with RtspCamera(clip, "viewer", SECRET) as camera:
        url = camera.url(f"viewer:{quote(SECRET, safe='')}@")
        with Reader(url, settings=IMPATIENT, backoff=QUICK) as reader:
            assert wait_until(lambda: is_live(reader))
            shown = [repr(reader), repr(reader.status)]
            camera.kill()
            assert wait_until(lambda: reader.status.failures > 2)
            shown += [repr(reader.status), reader.status.reason]
    shown.append(caplog.text)
    assert "***@127.0.0.1" in shown[0]
    assert "tr0ub4dor" not in "".join(shown)


@pytest.mark.parametrize("user_info", ["", "viewer:nottr0ub4dor@"])
def test_a_wrong_password_is_said_without_showing_it(clip: Path, user_info: str) -> None:
    with RtspCamera(clip, "viewer", SECRET) as camera:
        with pytest.raises(AccessRefusedError, match="refuses this user and password") as caught:
            open_source(camera.url(user_info), settings=IMPATIENT)
        error = caught.value
        assert "tr0ub4dor" not in "".join(traceback.format_exception(error))
        assert error.__context__ is None, "libav's own error shows the whole address"


def test_a_stream_that_the_camera_does_not_have(camera: RtspCamera) -> None:
    with pytest.raises(SourceNotFoundError, match="the camera has no such stream"):
        open_source(camera.url() + "2", settings=IMPATIENT)


def test_a_camera_that_does_not_answer(camera: RtspCamera) -> None:
    camera.freeze()
    settings = SourceSettings(open_timeout_s=0.5)
    with pytest.raises(SourceUnreachableError, match=r"did not answer within 0\.5 s"):
        open_source(camera.url(), settings=settings)


@pytest.mark.parametrize("host", ["127.0.0.1:1", "no-such-camera.invalid"])
def test_a_camera_that_is_not_there(host: str) -> None:
    with pytest.raises(SourceUnreachableError, match="is unreachable"):
        open_source(f"rtsp://a:tr0ub4dor@{host}/camera", settings=IMPATIENT)
