"""A clip with its results drawn in, written as it is made."""

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import cv2
from av.video.stream import VideoStream

from service.errors import ClipError
from service.timestamps import NS_PER_MS
from vision.arrays import ImageArray

CODEC = "libvpx-vp9"  # free to use, and browsers play it
OPTIONS = {"deadline": "realtime", "cpu-used": "8", "crf": "32", "b": "0"}
TIME_BASE = Fraction(1, 1000)
PART = ".part"


class AnnotatedVideo:
    """An MP4 file; a context manager completes it.

    It appears whole or not at all; after an error what stood there before is kept.
    """

    def __init__(self, path: Path) -> None:
        """Open a part beside `path` for writing; raises ClipError."""
        if path.exists() and not path.is_file():
            raise ClipError(f"cannot write {path}: it is no file")
        self._path = path.resolve()
        self._part = self._path.with_name(f"{self._path.name}{PART}")
        try:
            self._part.open("wb").close()  # libav would not notice before the first picture
            self._container = av.open(str(self._part), "w", format="mp4")
        except (OSError, av.FFmpegError) as error:
            raise ClipError(f"cannot write {path}: {error.strerror}") from error
        self._stream: VideoStream | None = None
        self._first_ns = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._stream is not None and error is None:
                self._container.mux(self._stream.encode(None))
            self._container.close()
            if error is None:
                self._part.replace(self._path)
        finally:
            self._part.unlink(missing_ok=True)

    def add(self, image: ImageArray, timestamp_ns: int) -> None:
        """Append one picture; later ones are brought to the size of the first."""
        if self._stream is None:
            self._first_ns = timestamp_ns
            self._stream = self._begin(image)
        size = (self._stream.width, self._stream.height)
        if (image.shape[1], image.shape[0]) != size:
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(image.dtype)
        frame = av.VideoFrame.from_ndarray(image, format="bgr24")
        frame.pts = round((timestamp_ns - self._first_ns) / NS_PER_MS)
        frame.time_base = TIME_BASE
        self._container.mux(self._stream.encode(frame))

    def _begin(self, image: ImageArray) -> VideoStream:
        stream = self._container.add_stream(CODEC, rate=25, options=OPTIONS)
        assert isinstance(stream, VideoStream)  # noqa: S101  CODEC is one of video
        stream.width, stream.height = image.shape[1] // 2 * 2, image.shape[0] // 2 * 2
        stream.pix_fmt = "yuv420p"
        stream.time_base = TIME_BASE
        stream.codec_context.time_base = TIME_BASE
        return stream
