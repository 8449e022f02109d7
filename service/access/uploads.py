"""Pictures that somebody sends: bounded in bytes and pixels before anything is decoded.

A picture's size stands in its first bytes. It is read from there, so that a small file that
unfolds into a huge picture is refused for what it says, and decoding stays within a fraction of a
second.
"""

import struct
from collections.abc import Iterator

from service.access.bodies import MOST_UPLOAD_BYTES, too_large
from service.routes.problems import Problem
from streams import picture_file
from vision.arrays import ImageArray

MOST_PIXELS = 40_000_000
LONGEST_SIDE_PX = 16_384
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers that carry a JPEG's size."""
_JPEG_BARE = frozenset((0x01, *range(0xD0, 0xD8)))
"""Markers without a length."""


def decode_picture(data: bytes) -> ImageArray:
    """The picture (H, W, 3) BGR in a JPEG or PNG file.

    Raises a Problem: 413 when it is too large, 415 for another kind of file, 422 for a damaged one.
    """
    if len(data) > MOST_UPLOAD_BYTES:
        raise Problem(413, too_large(MOST_UPLOAD_BYTES))
    width_px, height_px = picture_size_px(data)
    if not (0 < width_px <= LONGEST_SIDE_PX and 0 < height_px <= LONGEST_SIDE_PX):
        raise Problem(
            413, f"sides up to {LONGEST_SIDE_PX} px are taken, got {width_px} × {height_px} px"
        )
    if width_px * height_px > MOST_PIXELS:
        raise Problem(
            413,
            f"pictures up to {MOST_PIXELS / 1e6:.0f} million pixels are taken,"
            f" got {width_px} × {height_px}",
        )
    image = picture_file.decode_picture(data)
    if image is None:
        raise Problem(422, "the picture is damaged and cannot be decoded")
    return image


def picture_size_px(data: bytes) -> tuple[int, int]:
    """Width and height as the file's first bytes say; a Problem 415 for other kinds of files."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and len(data) >= 24:
        width_px, height_px = struct.unpack(">II", data[16:24])
        return int(width_px), int(height_px)
    if data.startswith(b"\xff\xd8"):
        for marker, begin in _jpeg_segments(data):
            if marker in _JPEG_SIZES and len(data) >= begin + 7:
                height_px, width_px = struct.unpack(">HH", data[begin + 3 : begin + 7])
                return int(width_px), int(height_px)
        raise Problem(422, "the picture is damaged: a JPEG file without a size")
    raise Problem(415, "wanted a picture as JPEG or PNG file, got something else")


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Marker and begin of every segment up to the picture itself."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return
        marker = data[at + 1]
        if marker == 0xFF:  # filling
            at += 1
        elif marker in _JPEG_BARE:
            at += 2
        else:
            yield marker, at + 2
            at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
