"""A painted scene in the making."""

from dataclasses import dataclass

import numpy as np

from models.training.track.arrays import BoolArray, FloatArray, ImageArray
from models.training.track.view import View


@dataclass(slots=True, eq=False)
class Canvas:
    """A picture in the making, and what its pixels show of the ground."""

    colours: FloatArray  # (H, W, 3)
    along_m: FloatArray  # (H, W), inf where no ground is
    off_m: FloatArray  # (H, W) to the right of the own track's middle
    span_m: FloatArray  # (H, W) metres a pixel spans sideways
    view: View

    @property
    def is_ground(self) -> BoolArray:
        """(H, W)."""
        return np.isfinite(self.along_m)

    def lower(self) -> "Canvas":
        """The rows that show ground, painted in place."""
        rows = np.flatnonzero(self.is_ground.any(axis=1))
        part = slice(int(rows[0]) if len(rows) else 0, None)
        return Canvas(
            self.colours[part], self.along_m[part], self.off_m[part], self.span_m[part], self.view
        )

    def lay(self, cover: FloatArray, colour: FloatArray) -> None:
        """Mix a colour, (3,) or (H, W, 3), in where `cover` (H, W) is."""
        share = np.where(self.is_ground, cover, 0)[..., None].astype(np.float32)
        self.colours += share * (colour - self.colours)

    def between(self, off_m: FloatArray, low_m: float, high_m: float) -> FloatArray:
        """(H, W) share of each pixel that lies between two lines along the track."""
        span = np.maximum(self.span_m, 1e-3)
        low = np.clip((off_m - low_m) / span + 0.5, 0, 1)
        high = np.clip((off_m - high_m) / span + 0.5, 0, 1)
        return np.asarray(low - high, np.float32)

    def depth_span_m(self) -> FloatArray:
        """(H, W) metres a pixel spans ahead."""
        depth = self.span_m * self.view.focal_px
        return np.asarray(depth * self.span_m / self.view.camera_height_m, np.float32)

    def paste(
        self, hidden: BoolArray, image: ImageArray, alpha: FloatArray, x: int, y: int
    ) -> None:
        """Put a picture there, its upper left at (x, y), and note what it hides."""
        height, width = hidden.shape
        x0, y0 = max(x, 0), max(y, 0)
        x1, y1 = min(x + image.shape[1], width), min(y + image.shape[0], height)
        if x0 >= x1 or y0 >= y1:
            return
        part = (slice(y0, y1), slice(x0, x1))
        source = (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))
        share = alpha[source][..., None]
        self.colours[part] += share * (image[source] - self.colours[part])
        hidden[part] |= alpha[source] > 0.5


def grey(rng: np.random.Generator, level: float) -> FloatArray:
    """(3,) a colour of about this brightness."""
    return np.asarray(level * rng.uniform(0.92, 1.08, 3), np.float32)
