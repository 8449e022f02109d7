"""A source of frames, whatever stands behind its address."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from streams.folder import FolderSource
from streams.mode import EVERY_FRAME, FrameMode
from streams.settings import SourceSettings
from streams.tally import SourceStats
from streams.urls import SourceKind, source_kind
from streams.video import VideoSource
from vision.frame import Frame


class Source(Protocol):
    """Gives frames in order, once, to the one thread that opened it."""

    camera_id: str
    name: str
    """The address, without credentials."""

    @property
    def is_live(self) -> bool:
        """Whether timestamps are UTC capture times; else they count from the first picture."""

    @property
    def stats(self) -> SourceStats:
        """What became of the pictures so far."""

    def __iter__(self) -> Iterator[Frame]: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def interrupt(self) -> None:
        """Ask, from any thread, that the iteration ends as soon as something comes."""

    def close(self) -> None:
        """Release what is held open."""


def open_source(
    url: str | Path,
    camera_id: str = "camera",
    *,
    mode: FrameMode = EVERY_FRAME,
    settings: SourceSettings | None = None,
) -> Source:
    """Open a video file, a folder of pictures, rtsp://…, http://…, usb:0 or /dev/video0.

    Raises SourceError, whose message is one sentence and never shows credentials.
    """
    address = str(url)
    if source_kind(address) is SourceKind.FOLDER:
        return FolderSource(address, camera_id, mode=mode, settings=settings)
    return VideoSource(address, camera_id, mode=mode, settings=settings)
