"""Pictures out of files: whole, or not at all."""

from pathlib import Path

import cv2
import numpy as np

from vision.arrays import ImageArray


def read_picture(path: Path) -> ImageArray | None:
    """Read a picture as (H, W, 3) uint8 BGR, or None where it is gone or `decode_picture` fails."""
    try:
        return decode_picture(path.read_bytes())
    except OSError:  # gone or locked meanwhile
        return None


def decode_picture(data: bytes) -> ImageArray | None:
    """A file's picture as (H, W, 3) uint8 BGR, or None where not all of it can be decoded.

    Grey is repeated in all three channels, 16 bit is scaled to 8 bit, alpha is left out (the
    colour under it counts), and the orientation that a camera noted is applied. `cv2.imread` would
    make the missing rest of a cut-off JPEG one grey.
    """
    if not data:
        return None
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # too large for OpenCV
        return None
    return None if image is None else np.asarray(image, dtype=np.uint8)
