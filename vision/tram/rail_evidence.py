"""Where a picture looks like rails, seen from above on a strip of the ground ahead."""

from dataclasses import dataclass

import cv2
import numpy as np

from vision.arrays import BoolArray, FloatArray, ImageArray
from vision.ground import GroundCamera, ground_to_image, nearest_visible_m

NEAREST_M, FARTHEST_M = 3.0, 45.0  # beyond, a rail head is thinner than a pixel of most cameras
BORDER_PX = 3  # of the picture, below which nothing is read
ROWS = 56
CELL_M = 0.05
HALF_STRIP_M = 12.0  # a bend of 70 m radius is 11 m aside at 40 m
RIDGE_M = 0.10  # from the middle of a rail head, 0.07 m wide, to the ground beside it
LEAST_CONTRAST = 2.5  # grey levels; less is the noise of a sensor or an encoder
TYPICAL_TIMES = 5.0  # of the usual contrast of a row, from where on a ridge counts fully
SAMPLED_COLUMNS = 7  # every how many cells the usual contrast of a row is taken from


@dataclass(frozen=True, slots=True, eq=False)
class RailEvidence:
    """How much each place on the ground looks like a rail head."""

    forward_m: FloatArray
    """(R,) of each row, ahead of the camera, growing."""
    ridges: FloatArray
    """(R, C) from -1, a thin dark line along the track, to 1, a bright one; 0 where unseen."""

    def at(self, rows: slice, lateral_m: FloatArray) -> FloatArray:
        """(..., r) ridges of these r rows at (..., r) places to the right of the vehicle's axis."""
        columns = self.ridges.shape[1]
        place = lateral_m * (1 / CELL_M)
        place += columns // 2
        np.rint(place, out=place)
        np.maximum(place, 0, out=place)
        np.minimum(place, columns - 1, out=place)
        column = place.astype(np.intp)
        column += np.arange(rows.start, rows.stop) * columns
        taken: FloatArray = self.ridges.ravel().take(column)
        return taken


class GroundStrip:
    """The ground ahead of one camera as a grid of cells."""

    def __init__(self, camera: GroundCamera, size_px: tuple[int, int]) -> None:
        columns = 2 * round(HALF_STRIP_M / CELL_M) + 1
        near_m = max(nearest_visible_m(camera, (size_px[0], size_px[1] - BORDER_PX)), NEAREST_M)
        near_m = near_m if np.isfinite(near_m) else FARTHEST_M
        self.forward_m: FloatArray = np.geomspace(near_m, max(FARTHEST_M, 2 * near_m), ROWS)
        lateral_m = (np.arange(columns) - columns // 2) * CELL_M
        grid = np.stack(np.meshgrid(self.forward_m, lateral_m, indexing="ij"), axis=-1)
        places = ground_to_image(camera, grid.reshape(-1, 2)).reshape(ROWS, columns, 2)
        inside: BoolArray = np.asarray(
            ((places >= 1) & (places <= np.array(size_px) - 2)).all(axis=2)
        )
        places = np.where(inside[..., None], places, -1e4).astype(np.float32)
        self._maps = cv2.convertMaps(places[..., 0], places[..., 1], cv2.CV_16SC2)
        self._is_seen = _eroded(inside)

    def evidence(self, image: ImageArray) -> RailEvidence:
        """The ridges in one picture of the size the strip was made for."""
        seen = cv2.remap(image, *self._maps, cv2.INTER_LINEAR)
        ridges = cv2.filter2D(cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY), cv2.CV_32F, RIDGE_KERNEL)
        ridges *= self._is_seen
        usual = _row_medians(np.abs(ridges[:, ::SAMPLED_COLUMNS]))
        ridges /= TYPICAL_TIMES * np.maximum(usual, LEAST_CONTRAST / TYPICAL_TIMES)
        np.clip(ridges, -1, 1, out=ridges)
        return RailEvidence(self.forward_m, ridges)


def _row_medians(values: FloatArray) -> FloatArray:
    """(R, 1) medians of rows of an odd number of values; `np.median` takes twice as long."""
    middle = values.shape[1] // 2
    medians: FloatArray = np.partition(values, middle, axis=1)[:, middle : middle + 1]
    return medians


def _ridge_kernel() -> FloatArray:
    """A row that answers to a line as wide as a rail head."""
    beside = round(RIDGE_M / CELL_M)
    kernel = np.zeros((1, 2 * beside + 3), np.float32)
    middle = kernel.shape[1] // 2
    kernel[0, middle - 1 : middle + 2] = (0.25, 0.5, 0.25)
    for side in (-1, 1):
        at = middle + side * beside
        kernel[0, at - 1 : at + 2] -= (0.125, 0.25, 0.125)
    return kernel


RIDGE_KERNEL = _ridge_kernel()


def _eroded(inside: BoolArray) -> FloatArray:
    """1 for cells whose neighbours sideways lie in the picture too."""
    reach = RIDGE_KERNEL.shape[1]
    eroded = cv2.erode(inside.astype(np.uint8), np.ones((1, reach), np.uint8))
    return np.asarray(eroded, np.float32)
