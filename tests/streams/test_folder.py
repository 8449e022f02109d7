from pathlib import Path

import pytest

from streams.errors import NotAVideoError
from streams.mode import FrameMode
from streams.settings import SourceSettings
from streams.source import open_source
from tests.streams.clips import read_number, write_folder

S = 1_000_000_000


def test_pictures_come_in_the_order_a_person_would_number_them(tmp_path: Path) -> None:
    write_folder(tmp_path, ["img1.png", "img2.JPG", "Img10.png", "img11.bmp", "img100.webp"])
    (tmp_path / "notes.txt").write_text("not a picture")
    frames = list(open_source(tmp_path, "lot"))
    assert [read_number(frame.image) for frame in frames] == [0, 1, 2, 3, 4]
    assert [frame.frame_id for frame in frames] == [0, 1, 2, 3, 4]
    assert [frame.timestamp_ns for frame in frames] == [n * S for n in range(5)]


def test_a_given_rate_sets_the_times(tmp_path: Path) -> None:
    write_folder(tmp_path, ["1.png", "2.png", "3.png"])
    source = open_source(tmp_path, settings=SourceSettings(folder_rate_hz=4))
    assert [frame.timestamp_ns for frame in source] == [0, S // 4, S // 2]


@pytest.mark.parametrize(
    "names",
    [
        ["2015-11-12_0730.jpg", "2015-11-12_0800.jpg", "2015-11-13_0730.jpg"],
        ["cam3_20151112_073000.jpg", "cam3_20151112_080000.jpg", "cam3_20151113_073000.jpg"],
        ["2015-11-12T07-30-00.jpg", "2015-11-12T08-00-00.jpg", "2015-11-13T07-30-00.jpg"],
    ],
)
def test_times_in_the_names_are_used(tmp_path: Path, names: list[str]) -> None:
    source = open_source(write_folder(tmp_path, names))
    assert [frame.timestamp_ns for frame in source] == [0, 1800 * S, 86400 * S]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["20151112_0730.jpg", "20151112_0730_b.jpg"], id="one time for two"),
        pytest.param(["20151112_0730.jpg", "overview.jpg"], id="one without a time"),
        pytest.param(["99999999_9999.jpg", "99999999_9999_1.jpg"], id="digits that are no date"),
    ],
)
def test_names_that_tell_no_time_fall_back_to_one_a_second(
    tmp_path: Path, names: list[str]
) -> None:
    source = open_source(write_folder(tmp_path, names))
    assert [frame.timestamp_ns for frame in source] == [0, S]


def test_a_picture_that_cannot_be_read_is_skipped_and_counted(tmp_path: Path) -> None:
    write_folder(tmp_path, ["1.png", "2.png", "3.png", "4.png"])
    (tmp_path / "2.png").write_text("not a picture at all")
    (tmp_path / "3.png").write_bytes(b"")
    source = open_source(tmp_path)
    assert [frame.frame_id for frame in source] == [0, 3]
    assert (source.stats.frames, source.stats.damaged) == (2, 2)


def test_the_rate_limit_goes_by_the_times(tmp_path: Path) -> None:
    write_folder(tmp_path, [f"{n}.png" for n in range(6)])
    source = open_source(tmp_path, mode=FrameMode(max_rate_hz=0.5))
    assert [frame.frame_id for frame in source] == [0, 2, 4]
    assert source.stats.skipped == 3


def test_folders_without_a_picture(tmp_path: Path) -> None:
    with pytest.raises(NotAVideoError, match=r"holds no pictures: wanted \.bmp, \.jpeg"):
        open_source(tmp_path)
    (tmp_path / "1.png").write_text("not a picture")
    with pytest.raises(NotAVideoError, match="holds no picture that can be decoded"):
        list(open_source(tmp_path))
