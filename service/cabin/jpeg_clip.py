"""JPEG pictures as one clip, each byte of them as it was."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
from av.video.stream import VideoStream

from service.errors import ClipError
from service.timestamps import NS_PER_MS

CODEC, PIXELS = "mjpeg", "yuvj420p"
TIME_BASE = Fraction(1, 1000)


def write_jpeg_clip(
    path: Path, pictures: Sequence[tuple[int, bytes]], size_px: tuple[int, int]
) -> None:
    """Write (timestamp_ns, JPEG) pictures of one size as a Matroska file, without re-encoding.

    Time counts from the first picture. Raises ClipError.
    """
    try:
        with av.open(str(path), "w", format="matroska") as container:
            stream = container.add_stream(CODEC, rate=25)
            assert isinstance(stream, VideoStream)  # noqa: S101  CODEC is one of video
            stream.width, stream.height = size_px
            stream.pix_fmt = PIXELS
            stream.time_base = TIME_BASE
            for timestamp_ns, jpeg in pictures:
                packet = av.Packet(jpeg)
                packet.stream = stream
                packet.time_base = TIME_BASE
                packet.pts = packet.dts = round((timestamp_ns - pictures[0][0]) / NS_PER_MS)
                packet.is_keyframe = True
                container.mux(packet)
    except (OSError, av.FFmpegError) as error:
        raise ClipError(f"cannot write {path}: {error.strerror}") from error
