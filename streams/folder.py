"""Frames of a folder of pictures, in the order a person would number them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self

from streams.errors import NotAVideoError
from streams.mode import EVERY_FRAME, FrameMode, RateLimit
from streams.picture_file import read_picture
from streams.settings import SourceSettings
from streams.tally import SourceStats, Tally
from streams.urls import local_path
from vision.frame import NS_PER_S, Frame

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
_DEFAULT_RATE_HZ = 1.0
# 2015-11-12_0930, 20151112T093015, 2015-11-12_09-30-15 …
_TIME_IN_NAME = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})[T_ -]?(\d{2})[-:.h]?(\d{2})(?:[-:.m]?(\d{2}))?(?!\d)"
)


class FolderSource:
    """The pictures of one folder; iterating gives them as frames once.

    Timestamps count from the first picture: by `folder_rate_hz` if given, else by the times in
    the names if every name holds one and they rise, else one picture per second.
    """

    is_live = False

    def __init__(
        self,
        url: str,
        camera_id: str,
        *,
        mode: FrameMode = EVERY_FRAME,
        settings: SourceSettings | None = None,
    ) -> None:
        """List the folder; raises NotAVideoError if it holds no pictures."""
        folder = local_path(url)
        self.camera_id = camera_id
        self.name = str(folder)
        self._paths = pictures_of(folder)
        rate_hz = (settings or SourceSettings()).folder_rate_hz
        self._timestamps_ns = _timestamps_ns(self._paths, rate_hz)
        self._rate_limit = RateLimit(mode)
        self._tally = Tally()
        self._is_interrupted = False

    def __repr__(self) -> str:
        return f"FolderSource({self.name!r}, camera_id={self.camera_id!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def stats(self) -> SourceStats:
        """What became of the pictures so far."""
        return self._tally.stats

    def interrupt(self) -> None:
        """Ask, from any thread, that the iteration ends at the next picture."""
        self._is_interrupted = True

    def close(self) -> None:
        """Nothing is held open between two pictures."""

    def __iter__(self) -> Iterator[Frame]:
        """Give the pictures in natural order; those that cannot be read are counted as damaged.

        Raises NotAVideoError if not one of them can be read.
        """
        for number, (path, timestamp_ns) in enumerate(
            zip(self._paths, self._timestamps_ns, strict=True)
        ):
            if self._is_interrupted:
                return
            if not self._rate_limit.is_due(timestamp_ns):
                self._tally.count_skipped()
                continue
            image = read_picture(path)
            if image is None:
                self._tally.count_damaged()
                continue
            self._tally.count_frame(image.shape[1], image.shape[0])
            yield Frame(self.camera_id, number, timestamp_ns, image)
        if not self.stats.frames:
            raise NotAVideoError(f"{self.name} holds no picture that can be decoded")


def pictures_of(folder: Path) -> list[Path]:
    """List the pictures of a folder in natural order: 2.png comes before 10.png."""
    paths = [path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES]
    if not paths:
        raise NotAVideoError(
            f"{folder} holds no pictures: wanted {', '.join(sorted(PICTURE_SUFFIXES))}"
        )
    return sorted(paths, key=lambda path: _natural_key(path.name))


def _natural_key(name: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", name.lower())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


def _timestamps_ns(paths: list[Path], rate_hz: float | None) -> list[int]:
    if rate_hz is None:
        named_ns = _timestamps_of_names_ns(paths)
        if named_ns is not None:
            return named_ns
    period_ns = NS_PER_S / (rate_hz or _DEFAULT_RATE_HZ)
    return [round(number * period_ns) for number in range(len(paths))]


def _timestamps_of_names_ns(paths: list[Path]) -> list[int] | None:
    """Times since the first picture, or None unless every name holds one and they rise."""
    times = [_time_in(path.stem) for path in paths]
    known = [time for time in times if time is not None]
    if len(known) < len(times):
        return None
    since_s = [(time - known[0]).total_seconds() for time in known]
    if any(later <= earlier for earlier, later in pairwise(since_s)):
        return None
    return [round(seconds * NS_PER_S) for seconds in since_s]


def _time_in(name: str) -> datetime | None:
    found = _TIME_IN_NAME.search(name)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None  # digits that are no date, such as a serial number
