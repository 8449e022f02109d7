"""Training never sees the block that judges."""

from pathlib import Path

import numpy as np
import pytest

from models.training.obstacles.blocks import split_every, split_inner, split_videos, video_of
from models.training.obstacles.pictures import Picture


def make_frames(video: str, count: int) -> list[Picture]:
    none, kinds = np.zeros((0, 4), np.float32), np.zeros(0, int)
    return [
        Picture(Path(f"{video}_{index:03}.jpg"), "line", 64, 36, none, kinds)
        for index in range(count)
    ]


def names(pictures: list[Picture]) -> list[str]:
    return [picture.path.stem for picture in pictures]


def test_last_quarter_of_each_video_judges() -> None:
    before, block = split_videos(make_frames("night", 8)[::-1] + make_frames("day", 4))
    assert names(block) == ["night_006", "night_007", "day_003"]
    assert names(before)[:6] == [f"night_00{index}" for index in range(6)]


def test_inner_block_is_neither_trained_nor_judged() -> None:
    before, block = split_videos(make_frames("day", 120))
    train, inner = split_inner(before)
    assert inner
    assert not set(names(train)) & set(names(inner))
    assert not set(names(train) + names(inner)) & set(names(block))
    assert len(train) + len(inner) + len(block) == 120


def test_every_sixth_picture_chooses() -> None:
    train, held = split_every(make_frames("coco", 12))
    assert names(held) == ["coco_000", "coco_006"]
    assert len(train) == 10


def test_frame_without_number_is_told() -> None:
    with pytest.raises(ValueError, match="video_number"):
        video_of(Path("night.jpg"))
