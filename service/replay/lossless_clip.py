"""A part of a clip written so that every pixel and every millisecond comes back."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
from av.video.stream import VideoStream

from service.errors import ClipError
from service.timestamps import NS_PER_MS
from vision.frame import Frame

CODEC = "ffv1"  # lossless, free to use
PIXELS = "bgr0"
TIME_BASE = Fraction(1, 1000)


def write_lossless(path: Path, frames: Iterable[Frame]) -> None:
    """Write the frames as a Matroska file, time counted from the first.

    Raises ClipError.
    """
    first_ns = 0
    stream: VideoStream | None = None
    try:
        with av.open(str(path), "w", format="matroska") as container:
            for frame in frames:
                if stream is None:
                    added = container.add_stream(CODEC, rate=25)
                    assert isinstance(added, VideoStream)  # noqa: S101  CODEC is one of video
                    stream, first_ns = added, frame.timestamp_ns
                    stream.width, stream.height = frame.width_px, frame.height_px
                    stream.pix_fmt = PIXELS
                    stream.time_base = TIME_BASE
                    stream.codec_context.time_base = TIME_BASE
                picture = av.VideoFrame.from_ndarray(frame.image, format="bgr24")
                picture.pts = round((frame.timestamp_ns - first_ns) / NS_PER_MS)
                picture.time_base = TIME_BASE
                container.mux(stream.encode(picture))
            if stream is not None:
                container.mux(stream.encode(None))
    except (OSError, av.FFmpegError) as error:
        raise ClipError(f"cannot write {path}: {error.strerror}") from error
