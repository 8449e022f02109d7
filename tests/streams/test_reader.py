import gc
import os
import random
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from streams.backoff import Backoff
from streams.mode import FrameMode
from streams.reader import Reader
from streams.settings import SourceSettings
from streams.status import ReaderState
from tests.streams.cameras import wait_until
from tests.streams.clips import cut, read_number, write_clip, write_folder
from vision.frame import Frame

QUICK = Backoff(first_s=0.02, limit_s=0.05)


def take_all(reader: Reader, limit: int = 10_000) -> list[Frame]:
    frames = []
    while len(frames) < limit:
        frame = reader.mailbox.get(10)
        if frame is None:
            break
        frames.append(frame)
    return frames


def test_a_clip_plays_like_a_live_camera_and_ends(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 10, rate_hz=20)
    before_ns = time.time_ns()
    with Reader(str(clip), "lot") as reader:
        frames = take_all(reader)
    numbers = [read_number(frame.image) for frame in frames]
    assert numbers == [frame.frame_id for frame in frames]
    for earlier, later in pairwise(frames):  # a busy machine may drop one in between
        step_ns = later.timestamp_ns - earlier.timestamp_ns
        assert step_ns == 50_000_000 * (later.frame_id - earlier.frame_id)
    assert before_ns <= frames[0].timestamp_ns <= time.time_ns()
    assert frames[-1].timestamp_ns <= time.time_ns(), "no frame is given out before its time"
    status = reader.status
    assert (status.state, status.reason) == (ReaderState.ENDED, "the clip is over")
    assert (status.pictures.frames, status.connections) == (10, 1)
    assert len(frames) + status.dropped == 10
    assert reader.mailbox.is_closed


def test_a_looping_clip_never_steps_back(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 5, rate_hz=50)
    with Reader(str(clip), loop=True) as reader:
        frames = take_all(reader, 17)
    assert [read_number(frame.image) for frame in frames] == [
        frame.frame_id % 5 for frame in frames
    ]
    ids = [frame.frame_id for frame in frames]
    assert ids == sorted(set(ids))
    assert all(b.timestamp_ns > a.timestamp_ns for a, b in pairwise(frames))
    assert reader.status.connections >= 4
    assert (reader.status.state, reader.status.reason) == (ReaderState.ENDED, "stopped")


def test_a_slow_worker_sees_the_newest_and_the_rest_is_counted(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 30)
    with Reader(str(clip), realtime=False) as reader:
        assert wait_until(lambda: reader.status.state is ReaderState.ENDED)
        frame = reader.mailbox.get(0)
    assert frame is not None
    assert frame.frame_id == 29
    assert reader.status.dropped == 29


def test_a_truncated_clip_says_so_at_its_end(tmp_path: Path) -> None:
    clip = cut(write_clip(tmp_path / "clip.mkv", 30), 0.6)
    with Reader(str(clip), realtime=False) as reader:
        take_all(reader)
    assert reader.status.state is ReaderState.ENDED
    assert "is cut short: it ends after" in reader.status.reason


def test_a_folder_plays_too(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "pictures", ["1.png", "2.png", "3.png"])
    settings = SourceSettings(folder_rate_hz=50)
    with Reader(str(folder), settings=settings) as reader:
        frames = take_all(reader)
    assert [read_number(frame.image) for frame in frames] == [frame.frame_id for frame in frames]
    assert len(frames) + reader.status.dropped == 3


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("missing.mp4", "does not exist"), ("text.mp4", "is not a video that can be read")],
)
def test_a_bad_file_fails_once_and_for_all(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "text.mp4").write_text("no video")
    with Reader(str(tmp_path / name), loop=True) as reader:
        assert reader.mailbox.get(10) is None
        assert wait_until(lambda: reader.status.state is ReaderState.FAILED)
    assert sentence in reader.status.reason


def test_an_unreachable_camera_is_tried_again_and_again() -> None:
    url = "rtsp://admin:hunter2@127.0.0.1:1/camera"
    with Reader(url, backoff=QUICK, rng=random.Random(1)) as reader:
        assert wait_until(lambda: reader.status.failures >= 3)
        status = reader.status
    assert status.state is ReaderState.CONNECTING
    assert status.reason == "rtsp://***@127.0.0.1:1/camera is unreachable: connection refused"
    assert "hunter2" not in f"{reader} {status} {reader.status}"
    assert reader.status.state is ReaderState.ENDED


def test_memory_does_not_grow_while_a_camera_is_away() -> None:
    with Reader("rtsp://127.0.0.1:1/camera", backoff=Backoff(0.001, 0.001)) as reader:

        def held_after(failures: int) -> tuple[int, int, int]:
            assert wait_until(lambda: reader.status.failures >= failures)
            gc.collect()
            files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (counts, no paths wanted)
            return files, threading.active_count(), len(gc.get_objects())

        early = held_after(50)
        late = held_after(500)
    assert late[0] <= early[0] + 1, "a socket may just be open"
    assert late[1] == early[1]
    assert late[2] < early[2] + 200, "450 failed attempts leave nothing behind"


def test_stopping_does_not_wait_for_the_next_frame(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mkv", 3, pts_ms=[0, 60_000, 120_000])
    with Reader(str(clip)) as reader:
        assert reader.mailbox.get(10) is not None
        assert reader.stop(timeout_s=2.0)
    assert reader.mailbox.get(0) is None


def test_a_reader_stopped_before_it_started_is_no_trouble(tmp_path: Path) -> None:
    reader = Reader(str(write_clip(tmp_path / "clip.mp4", 3)))
    assert reader.stop()


def test_the_frame_mode_reaches_the_source(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 30)
    mode = FrameMode(key_frames_only=True)
    with Reader(str(clip), mode=mode, realtime=False) as reader:
        assert wait_until(lambda: reader.status.state is ReaderState.ENDED)
    assert (reader.status.pictures.frames, reader.status.pictures.skipped) == (3, 27)
