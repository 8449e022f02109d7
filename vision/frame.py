"""One picture from one camera, and when it was taken."""

from dataclasses import dataclass

import numpy as np

from vision.arrays import ImageArray

NS_PER_S = 1_000_000_000  # capture times are whole nanoseconds
ASPECT_TOLERANCE = 0.01  # a sub-stream of the same view keeps its shape within rounding


def check_image(image: ImageArray) -> None:
    """Raise ValueError unless `image` is a non-empty (H, W, 3) uint8 picture."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or image.size == 0:
        raise ValueError(f"image must be (H, W, 3) uint8, got {image.shape} {image.dtype}")


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture. `camera_id`, `frame_id` and `timestamp_ns` travel unchanged to the event."""

    camera_id: str
    frame_id: int
    """Counts every picture of the source; a gap is a dropped or skipped picture."""
    timestamp_ns: int
    """Capture time: UTC since 1970 for a live camera, since its first picture for a clip."""
    image: ImageArray

    def __post_init__(self) -> None:
        check_image(self.image)

    @property
    def width_px(self) -> int:
        """Width of the picture."""
        return int(self.image.shape[1])

    @property
    def height_px(self) -> int:
        """Height of the picture."""
        return int(self.image.shape[0])

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self.width_px, self.height_px


def scale_between(of_px: tuple[int, int], size_px: tuple[int, int]) -> float | None:
    """How many times as large as pictures `of_px` wide and high those of `size_px` show the same.

    None where their shape is another one: they show another view.
    """
    across, down = size_px[0] / of_px[0], size_px[1] / of_px[1]
    return across if abs(across / down - 1) <= ASPECT_TOLERANCE else None
