"""Clips and folders of numbered pictures, with faults made on purpose."""

import random
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import PictureType

from vision.arrays import ImageArray

N_BITS = 10
MS = Fraction(1, 1000)


def numbered_picture(number: int, width_px: int = 160, height_px: int = 96) -> ImageArray:
    """A picture whose number can be read back after compression: one bar per bit."""
    image = np.full((height_px, width_px, 3), 60, np.uint8)
    for bit in range(N_BITS):
        left, right = bit * width_px // N_BITS, (bit + 1) * width_px // N_BITS
        image[height_px // 4 : 3 * height_px // 4, left:right] = 220 if number >> bit & 1 else 20
    return image


def read_number(image: ImageArray) -> int:
    """The number of a picture made by `numbered_picture`."""
    row = image[image.shape[0] // 2].mean(axis=-1)
    centres = [(2 * bit + 1) * image.shape[1] // (2 * N_BITS) for bit in range(N_BITS)]
    return sum(1 << bit for bit, x in enumerate(centres) if row[x] > 120)


def write_clip(
    path: Path,
    n_pictures: int = 20,
    *,
    rate_hz: int = 10,
    pts_ms: Sequence[int] | None = None,
    size_px: tuple[int, int] = (160, 96),
    key_every: int = 10,
    keys_at: Sequence[int] = (),
    b_frames: int = 0,
    rotation_deg: int = 0,
    codec: str = "libx264",
    first_number: int = 0,
    faststart: bool = False,
) -> Path:
    """A clip of numbered pictures; its index stands at the front with `faststart`.

    Key frames come every `key_every` pictures, and at the numbers in `keys_at` besides.
    """
    options = {"movflags": "faststart"} if faststart else {}
    with av.open(str(path), "w", container_options=options) as container:
        stream = container.add_stream(codec, rate=rate_hz)
        stream.width, stream.height = size_px
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = MS
        stream.codec_context.gop_size = key_every
        stream.codec_context.max_b_frames = b_frames
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "bf": str(b_frames), "sc_threshold": "0"}
        if rotation_deg:
            stream.set_display_rotation(rotation_deg)
        for index in range(n_pictures):
            image = numbered_picture(first_number + index, *size_px)
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts = pts_ms[index] if pts_ms else index * 1000 // rate_hz
            frame.time_base = MS
            if index in keys_at:
                frame.pict_type = PictureType.I
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def drop_packets(clip: Path, into: Path, dropped: set[int]) -> Path:
    """Copy a clip without some of its coded pictures, as a bad network does."""
    with av.open(str(clip)) as source, av.open(str(into), "w") as copy:
        stream = source.streams.video[0]
        copied = copy.add_stream_from_template(stream)
        for index, packet in enumerate(source.demux(stream)):
            if packet.size and index not in dropped:
                packet.stream = copied
                copy.mux(packet)
    return into


def scramble(clip: Path, first_share: float, n_bytes: int) -> Path:
    """Overwrite a stretch of bytes with noise, in place."""
    data = bytearray(clip.read_bytes())
    begin = int(len(data) * first_share)
    data[begin : begin + n_bytes] = random.Random(1).randbytes(n_bytes)
    clip.write_bytes(data)
    return clip


def cut(clip: Path, kept_share: float) -> Path:
    """Cut the end off a file, in place."""
    data = clip.read_bytes()
    clip.write_bytes(data[: int(len(data) * kept_share)])
    return clip


def join(into: Path, *clips: Path) -> Path:
    """Lay transport streams end to end: times begin again, and sizes may change."""
    into.write_bytes(b"".join(clip.read_bytes() for clip in clips))
    return into


def write_folder(folder: Path, names: Sequence[str]) -> Path:
    """Numbered pictures under the given names, in their order."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        assert cv2.imwrite(str(folder / name), numbered_picture(number))
    return folder
