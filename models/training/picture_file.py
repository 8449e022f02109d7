"""Pictures and masks on disk."""

from pathlib import Path
from zipfile import ZipFile

import cv2
import numpy as np


def read_image(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 BGR; raises FileNotFoundError where no readable picture is."""
    return _read(path, cv2.IMREAD_COLOR)


def read_mask(path: Path) -> np.ndarray:
    """(H, W) uint8 grey; raises FileNotFoundError where no readable picture is."""
    return _read(path, cv2.IMREAD_GRAYSCALE)


def read_member(archive: ZipFile, name: str) -> np.ndarray:
    """(H, W, 3) uint8 BGR of a picture in an archive; raises FileNotFoundError as `read_image`."""
    data = np.frombuffer(archive.read(name), np.uint8)
    return _decoded(data, cv2.IMREAD_COLOR, f"{archive.filename}/{name}")


def write_image(path: Path, image: np.ndarray) -> None:
    """Write a picture (H, W, 3) or a mask (H, W) uint8, whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(cv2.imencode(path.suffix, image)[1])
    fresh.replace(path)


def _read(path: Path, mode: int) -> np.ndarray:
    data = np.fromfile(path, np.uint8) if path.is_file() else np.zeros(0, np.uint8)
    return _decoded(data, mode, str(path))


def _decoded(data: np.ndarray, mode: int, place: str) -> np.ndarray:
    # not `imread`, which makes the missing rest of a cut-off JPEG one grey
    image: np.ndarray | None = cv2.imdecode(data, mode) if data.size else None
    if image is None:
        raise FileNotFoundError(f"no readable picture at {place}")
    return image
