"""Which pictures train, which choose, and which only judge."""

import re
from collections.abc import Sequence
from pathlib import Path

from models.training.obstacles.pictures import Picture

VALIDATION_SHARE = 0.25  # the last quarter in time of each video is for judging
INNER_SPAN = (0.23, 0.36)  # a block in the middle of what is left, for choosing
HOLDOUT_EVERY = 6  # of the sets without time: every sixth picture is for choosing


def video_of(path: Path) -> tuple[str, int]:
    """The video and the frame number of a file named like `night_012.jpg`.

    Raises:
        ValueError: the name has another form.
    """
    match = re.fullmatch(r"(.+)_(\d+)", path.stem)
    if match is None:
        raise ValueError(f"a frame is named video_number, got {path.name}")
    return match[1], int(match[2])


def split_videos(pictures: Sequence[Picture]) -> tuple[list[Picture], list[Picture]]:
    """Frames before the validation block, and the block itself, over all videos."""
    videos: dict[str, list[Picture]] = {}
    for picture in pictures:
        videos.setdefault(video_of(picture.path)[0], []).append(picture)
    before, block = [], []
    for frames in videos.values():
        frames.sort(key=lambda picture: video_of(picture.path)[1])
        cut = int(len(frames) * (1 - VALIDATION_SHARE))
        before += frames[:cut]
        block += frames[cut:]
    return before, block


def split_inner(pictures: Sequence[Picture]) -> tuple[list[Picture], list[Picture]]:
    """Frames to train on and the inner block that chooses, over all videos.

    Only the training part of the videos may be given.
    """
    videos: dict[str, list[Picture]] = {}
    for picture in pictures:
        videos.setdefault(video_of(picture.path)[0], []).append(picture)
    train, inner = [], []
    for frames in videos.values():
        frames.sort(key=lambda picture: video_of(picture.path)[1])
        first, last = (round(len(frames) * share) for share in INNER_SPAN)
        train += frames[:first] + frames[last:]
        inner += frames[first:last]
    return train, inner


def split_every(pictures: Sequence[Picture]) -> tuple[list[Picture], list[Picture]]:
    """Pictures to train on, and every sixth one to choose by."""
    train = [p for i, p in enumerate(pictures) if i % HOLDOUT_EVERY]
    return train, list(pictures[::HOLDOUT_EVERY])


def thin(pictures: Sequence[Picture], at_most: int | None) -> list[Picture]:
    """Every so many-th picture, so that no more are left; all of them for None."""
    return list(pictures[:: 1 if at_most is None else -(-len(pictures) // at_most) or 1])
