import os
import random
from contextlib import ExitStack
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from streams.errors import NotAVideoError, SourceError, SourceNotFoundError, UnknownSourceError
from streams.mode import KEY_FRAMES, FrameMode
from streams.source import open_source
from tests.streams.clips import (
    cut,
    drop_packets,
    join,
    numbered_picture,
    read_number,
    scramble,
    write_clip,
)
from vision.frame import Frame

MS = 1_000_000


def read(path: Path, mode: FrameMode | None = None) -> tuple[list[Frame], object]:
    with open_source(path, "cam", mode=mode or FrameMode()) as source:
        frames = list(source)
        return frames, source.stats


def numbers(frames: list[Frame]) -> list[int]:
    return [read_number(frame.image) for frame in frames]


def times_ms(frames: list[Frame]) -> list[int]:
    return [round(frame.timestamp_ns / MS) for frame in frames]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("clip.mp4", "libx264"),
        ("clip.mkv", "libx264"),
        ("clip.ts", "libx264"),
        ("clip.avi", "mpeg4"),
        ("clip.webm", "libvpx-vp9"),
        ("clip.mov", "mjpeg"),
    ],
)
def test_every_picture_of_a_clip_arrives_in_order(tmp_path: Path, name: str, codec: str) -> None:
    clip = write_clip(tmp_path / name, 20, codec=codec)
    frames, stats = read(clip)
    assert numbers(frames) == list(range(20))
    assert [frame.frame_id for frame in frames] == list(range(20))
    assert times_ms(frames) == [100 * n for n in range(20)]
    assert {frame.camera_id for frame in frames} == {"cam"}
    assert (stats.frames, stats.skipped, stats.damaged, stats.truncated) == (20, 0, 0, "")


def test_pictures_are_blue_green_red(tmp_path: Path) -> None:
    frames, _ = read(write_clip(tmp_path / "clip.mp4", 2, size_px=(320, 192)))
    assert frames[1].image.shape == (192, 320, 3)
    assert frames[1].image.flags.c_contiguous
    difference = frames[1].image.astype(int) - numbered_picture(1, 320, 192)
    assert np.abs(difference).mean() < 4


def test_b_frames_come_in_the_order_of_showing(tmp_path: Path) -> None:
    frames, stats = read(write_clip(tmp_path / "clip.mp4", 30, b_frames=3))
    assert numbers(frames) == list(range(30))
    assert [frame.frame_id for frame in frames] == list(range(30))
    assert stats.damaged == 0


def test_uneven_times_are_kept(tmp_path: Path) -> None:
    pts_ms = [0, 40, 500, 510, 2000, 2040]
    frames, _ = read(write_clip(tmp_path / "clip.mkv", 6, pts_ms=pts_ms))
    assert times_ms(frames) == pts_ms


def test_times_count_from_the_first_picture(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mkv", 3, pts_ms=[7000, 7100, 7200])
    assert times_ms(read(clip)[0]) == [0, 100, 200]


def test_raw_stream_without_times_takes_its_rate(tmp_path: Path) -> None:
    frames, _ = read(write_clip(tmp_path / "clip.h264", 12, rate_hz=25))
    assert numbers(frames) == list(range(12))
    assert all(later.timestamp_ns > earlier.timestamp_ns for earlier, later in pairwise(frames))
    assert times_ms(frames)[-1] == pytest.approx(11 * 40, abs=40)


@pytest.mark.parametrize("rotation_deg", [90, 180, -90])
def test_a_phone_held_sideways_is_turned_upright(tmp_path: Path, rotation_deg: int) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 3, rotation_deg=rotation_deg)
    upright = read(clip)[0][1].image
    stored = np.rot90(upright, -rotation_deg // 90)
    assert upright.shape == ((160, 96, 3) if rotation_deg % 180 else (96, 160, 3))
    assert read_number(stored) == 1


def test_key_frames_only(tmp_path: Path) -> None:
    frames, stats = read(write_clip(tmp_path / "clip.mp4", 35, key_every=10), KEY_FRAMES)
    assert numbers(frames) == [0, 10, 20, 30]
    assert [frame.frame_id for frame in frames] == [0, 10, 20, 30]
    assert times_ms(frames) == [0, 1000, 2000, 3000]
    assert (stats.frames, stats.skipped, stats.damaged) == (4, 31, 0)


AUTO = FrameMode(key_frames_within_s=2.0)


@pytest.mark.parametrize("b_frames", [0, 2])
def test_auto_takes_key_frames_alone_where_they_come_often(tmp_path: Path, b_frames: int) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 305, key_every=10, b_frames=b_frames)
    frames, stats = read(clip, AUTO)
    shown = numbers(frames)
    assert shown[:101] == list(range(101)), "the first 10 s tell how often key frames come"
    assert shown[101:] == list(range(110, 301, 10))
    assert [frame.frame_id for frame in frames] == shown
    assert times_ms(frames) == [100 * number for number in shown]
    assert stats.is_key_frames_only
    assert stats.key_frame_interval_s == pytest.approx(1.0)
    assert (stats.frames + stats.skipped, stats.damaged) == (305, 0)


def test_auto_decodes_every_picture_where_key_frames_are_far_apart(tmp_path: Path) -> None:
    frames, stats = read(write_clip(tmp_path / "clip.mp4", 305, key_every=300), AUTO)
    assert numbers(frames) == list(range(305))
    assert not stats.is_key_frames_only
    assert stats.key_frame_interval_s == pytest.approx(30.0, abs=0.1)


@pytest.mark.parametrize("b_frames", [0, 2])
def test_auto_catches_up_when_a_key_frame_stays_away(tmp_path: Path, b_frames: int) -> None:
    keys = [*range(0, 151, 10), *range(300, 500, 10)]
    clip = write_clip(tmp_path / "clip.mp4", 500, key_every=1000, keys_at=keys, b_frames=b_frames)
    frames, stats = read(clip, AUTO)
    shown = numbers(frames)
    last_rare = shown.index(150)
    first_rare = shown.index(420)
    assert shown[101:last_rare] == [110, 120, 130, 140]
    assert shown[last_rare:first_rare] == [*range(150, 401), 410], "not one is missed"
    assert shown[first_rare:] == list(range(420, 500, 10))
    assert [frame.frame_id for frame in frames] == shown
    assert times_ms(frames) == [100 * number for number in shown]
    assert (stats.frames + stats.skipped, stats.damaged) == (500, 0)


def test_auto_decodes_no_more_pictures_than_wanted_where_all_are_key_frames(
    tmp_path: Path,
) -> None:
    mode = FrameMode(max_rate_hz=2, key_frames_within_s=2.0)
    frames, stats = read(write_clip(tmp_path / "clip.mov", 300, codec="mjpeg"), mode)
    assert numbers(frames) == list(range(0, 300, 5))
    assert (stats.frames, stats.skipped) == (60, 240)


def test_auto_decodes_what_follows_a_late_key_frame_with_it(tmp_path: Path) -> None:
    late_ms = [100 * number + 1500 * (number >= 130) for number in range(180)]
    clip = write_clip(tmp_path / "clip.mp4", 180, key_every=10, pts_ms=late_ms)
    frames, stats = read(clip, FrameMode(max_rate_hz=0.2, key_frames_within_s=2.0))
    assert numbers(frames) == [0, 48, 98, 133], "though the late one itself is not wanted"
    assert (stats.frames + stats.skipped, stats.damaged) == (180, 0)


def test_key_frames_between_b_frames_keep_their_numbers(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 35, key_every=10, b_frames=2)
    frames, stats = read(clip, KEY_FRAMES)
    assert [frame.frame_id for frame in frames] == numbers(frames)
    assert times_ms(frames) == [100 * number for number in numbers(frames)]
    assert stats.frames + stats.skipped == 35


def test_key_frames_far_apart_are_not_taken_for_lost(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 300, key_every=140, b_frames=2)
    frames, stats = read(clip, KEY_FRAMES)
    assert numbers(frames) == [0, 140, 280]
    assert (stats.frames, stats.skipped, stats.damaged) == (3, 297, 0)


def test_at_most_so_many_a_second(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 60, rate_hz=30)
    frames, stats = read(clip, FrameMode(max_rate_hz=10))
    assert [frame.frame_id for frame in frames] == list(range(0, 60, 3))
    assert stats.skipped == 40


def test_key_frames_but_at_most_one_in_two_seconds(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 60, key_every=10)
    frames, _ = read(clip, FrameMode(key_frames_only=True, max_rate_hz=0.5))
    assert numbers(frames) == [0, 20, 40]


def test_noise_in_the_file_costs_only_the_pictures_it_hits(tmp_path: Path) -> None:
    clip = scramble(write_clip(tmp_path / "clip.mp4", 60, faststart=True), 0.5, 300)
    frames, stats = read(clip)
    assert numbers(frames)[-1] == 59, "it runs to its end"
    assert [frame.frame_id for frame in frames] == numbers(frames), "a gap is a damaged picture"
    assert stats.damaged == 60 - len(frames) > 0


def test_a_title_in_unreadable_letters_does_no_harm(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 5)
    clip.write_bytes(clip.read_bytes().replace(b"VideoHandler", b"Vid\xe9oHandler"))
    assert len(read(clip)[0]) == 5


def test_a_name_that_looks_like_a_protocol_is_a_name(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 5).rename(tmp_path / "concat:a|b.mp4")
    assert len(read(clip)[0]) == 5


def test_a_lost_key_frame_takes_its_pictures_with_it(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mp4", 30)
    frames, stats = read(drop_packets(whole, tmp_path / "clip.ts", {10}))
    assert numbers(frames)[:10] == list(range(10))
    assert numbers(frames)[-10:] == list(range(20, 30))
    assert stats.frames + stats.damaged == 29
    assert stats.damaged >= 8, "libav may give the last one, which it holds for recovered"


def test_joining_between_two_key_frames_is_no_damage(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mp4", 30)
    frames, stats = read(drop_packets(whole, tmp_path / "clip.ts", {0}))
    assert numbers(frames) == list(range(10, 30))
    assert (stats.skipped, stats.damaged) == (9, 0)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_clip_cut_short_gives_what_is_there_and_says_so(tmp_path: Path, suffix: str) -> None:
    clip = cut(write_clip(tmp_path / f"clip.{suffix}", 60, faststart=suffix == "mp4"), 0.6)
    frames, stats = read(clip)
    assert 10 < len(frames) < 60
    assert numbers(frames) == list(range(len(frames)))
    assert "cut short" in stats.truncated
    assert stats.truncated.endswith("of 6.0 s")


def test_size_and_time_may_change_on_the_way(tmp_path: Path) -> None:
    small = write_clip(tmp_path / "small.ts", 10)
    large = write_clip(tmp_path / "large.ts", 10, size_px=(320, 192), first_number=10)
    frames, stats = read(join(tmp_path / "clip.ts", small, large, small))
    assert [frame.width_px for frame in frames] == [160] * 10 + [320] * 10 + [160] * 10
    assert stats.resolution_changes == 2
    assert numbers(frames) == [*range(20), *range(10)]
    assert times_ms(frames) == [100 * n for n in range(30)], "three beginnings, one time line"


def broken(tmp_path: Path) -> dict[str, Path]:
    files = {name: tmp_path / f"{name}.mp4" for name in ("text", "empty", "no_index", "missing")}
    files["text"].write_text("This is a shopping list.\n" * 40)
    files["empty"].touch()
    cut(write_clip(files["no_index"], 30), 0.6)
    return files


@pytest.mark.parametrize(
    ("name", "error", "sentence"),
    [
        ("text", NotAVideoError, "is not a video that can be read, or is cut off"),
        ("empty", NotAVideoError, "is empty: wanted a video, got 0 bytes"),
        ("no_index", NotAVideoError, "is not a video that can be read, or is cut off"),
        ("missing", SourceNotFoundError, "does not exist"),
    ],
)
def test_a_file_that_is_no_video_gets_one_clear_sentence(
    tmp_path: Path, name: str, error: type[SourceError], sentence: str
) -> None:
    path = broken(tmp_path)[name]
    with pytest.raises(error) as caught:
        open_source(path)
    assert str(caught.value).startswith(f"{path} {sentence}")
    assert "\n" not in str(caught.value)


def test_a_sound_file_is_no_video(tmp_path: Path) -> None:
    import av

    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        silence = av.AudioFrame.from_ndarray(
            np.zeros((1, 800), np.int16), format="s16", layout="mono"
        )
        silence.sample_rate = 8000
        container.mux(stream.encode(silence))
    with pytest.raises(NotAVideoError, match="holds no video stream"):
        open_source(path)


def test_an_unknown_kind_of_address_lists_the_known_ones() -> None:
    with pytest.raises(UnknownSourceError, match=r"ftp://\*\*\*@host/clip .* rtsp://"):
        open_source("ftp://me:secret@host/clip")


def test_a_usb_camera_that_is_not_there() -> None:
    with pytest.raises(SourceNotFoundError, match="usb:97 does not exist"):
        open_source("usb:97")


def test_an_interrupted_source_ends_quietly(tmp_path: Path) -> None:
    with open_source(write_clip(tmp_path / "clip.mp4", 30)) as source:
        seen = 0
        for _ in source:
            seen += 1
            source.interrupt()
    assert seen < 5
    assert source.stats.truncated == ""


def test_opening_again_and_again_leaves_nothing_open(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 3)
    text = broken(tmp_path)["text"]

    def open_all() -> int:
        for _ in range(20):
            read(clip)
            with pytest.raises(NotAVideoError):
                open_source(text)
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (counts, no paths wanted)

    assert open_all() == open_all()


@pytest.mark.needs("shared")
def test_a_street_camera_with_missing_pictures_runs_to_its_end(shared: Path) -> None:
    times_ns = []
    with open_source(shared / "videos/parking/street_cctv/street_cctv.mp4") as source:
        for frame in source:
            times_ns.append(frame.timestamp_ns)
            assert frame.image.shape == (720, 1280, 3)
    assert source.stats.frames == len(times_ns)
    assert source.stats.frames + source.stats.damaged == 710
    assert source.stats.damaged < 20
    assert times_ns[-1] / 1e9 == pytest.approx(47.2, abs=0.3)
    assert all(later > earlier for earlier, later in pairwise(times_ns))


def test_decoders_beside_each_other_keep_their_counts_apart(tmp_path: Path) -> None:
    """Several cameras in one process, each at its own pace, with pictures held back."""
    clip = write_clip(tmp_path / "clip.mp4", 60, b_frames=2)
    chance = random.Random(1)
    with ExitStack() as opened:
        sources = [opened.enter_context(open_source(str(clip), str(row))) for row in range(4)]
        running = [iter(source) for source in sources]
        while running:
            pictures = chance.choice(running)
            if len(list(islice(pictures, chance.randint(1, 5)))) == 0:
                running.remove(pictures)
        counts = [(source.stats.frames, source.stats.damaged) for source in sources]
    assert counts == [(60, 0)] * 4
