"""The bed of the own track as one picture shows it, seen from above along the track.

Rows lie in equal steps of the logarithm of the distance: what stands upright on the ground then
shifts by the same number of rows in all its parts when the tram comes nearer, the ground itself
by more the nearer it lies.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from vision.arrays import BoolArray, FloatArray, ImageArray
from vision.ground import GroundCamera, ground_to_image, nearest_visible_m
from vision.tram.centre_line import CentreLine

NEAR_M, FAR_M = 6.0, 56.0  # along the track from the camera
STEP = 0.03  # of the logarithm of the distance: about a row of the picture at 40 m
HALF_WIDTH_M, CELL_M = 2.4, 0.1
ROWS = int(np.log(FAR_M / NEAR_M) / STEP)
COLUMNS = 2 * round(HALF_WIDTH_M / CELL_M) + 1
ALONG_M: FloatArray = NEAR_M * np.exp(STEP * np.arange(ROWS))
ASIDE_M: FloatArray = (np.arange(COLUMNS) - COLUMNS // 2) * CELL_M
FINER = 2  # samples per cell and direction: a cell near the tram is several pixels
NODES = 5  # across the strip, between which places in the picture run straight
NOISE_CELLS, BROAD_CELLS = 0.7, 4.2  # what is between these sizes along the track is looked at
EVEN_CELLS, NOISE_GREY = 4.0, 2.0  # contrast is made even over this, down to a sensor's noise
BORDER_PX = 2.0
SKIPPED = 2  # every how many columns tell the own motion


@dataclass(frozen=True, eq=False)
class BedStrip:
    """What one picture shows of the bed."""

    shown: ImageArray
    """(FINER R, FINER C, 3) the picture, cell by cell; black beyond its borders."""
    places_px: FloatArray
    """(R, C, 2) where the cells are in the picture."""
    texture: FloatArray
    """(R, C) grey levels above what is usual a little nearer and further; rails do not show."""
    even: FloatArray
    """(R, C) the same with the same contrast everywhere."""
    is_seen: BoolArray
    """(R, C) whether the cell lies in the picture."""
    line: CentreLine
    """The track's middle as it was followed then."""

    @cached_property
    def seen(self) -> FloatArray:
        """(R, C) `is_seen` as 0 or 1, to be read between cells."""
        return self.is_seen.astype(np.float32)

    @cached_property
    def layers(self) -> FloatArray:
        """(R, C / SKIPPED, 3) even, its steepness along the track, and whether it is seen."""
        even = self.even[:, ::SKIPPED]
        slope = np.zeros_like(even)
        slope[1:-1] = (even[2:] - even[:-2]) / 2
        return np.dstack([even, slope, self.seen[:, ::SKIPPED]])


def bed_strip(camera: GroundCamera, line: CentreLine, image: ImageArray) -> BedStrip:
    """The bed in one (H, W, 3) picture."""
    fine_px = strip_places_px(lambda track_m: ground_to_image(camera, line.to_vehicle(track_m)))
    shown = strip_picture(image, fine_px)
    grey = cv2.cvtColor(shown, cv2.COLOR_BGR2GRAY)
    grey = cv2.resize(grey, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA).astype(np.float32)
    fine = cv2.GaussianBlur(grey, (0, 0), NOISE_CELLS)
    broad = cv2.GaussianBlur(fine, (1, 0), sigmaX=0.01, sigmaY=BROAD_CELLS)
    px = fine_px[::FINER, ::FINER]
    size_px = (image.shape[1], image.shape[0])
    seen = ((px > BORDER_PX) & (px < np.array(size_px) - BORDER_PX)).all(axis=2)
    nearest_m = nearest_visible_m(camera, size_px)
    # what lies beyond the lower border darkens the rows next to it
    seen &= (nearest_m * np.exp(2 * BROAD_CELLS * STEP) < ALONG_M)[:, None]
    texture = fine - broad
    contrast = np.sqrt(cv2.GaussianBlur(texture * texture, (0, 0), EVEN_CELLS)) + NOISE_GREY
    return BedStrip(shown, px, texture, texture / contrast, np.asarray(seen), line)


def strip_picture(image: ImageArray, places_px: FloatArray) -> ImageArray:
    """A (H, W, 3) picture at these (FINER R, FINER C, 2) places; black beyond its borders."""
    shown = cv2.remap(image, places_px[..., 0], places_px[..., 1], cv2.INTER_LINEAR)
    return np.asarray(shown, np.uint8)


def strip_places_px(to_image: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """(FINER R, FINER C, 2) px of the samples of all cells.

    `to_image` tells the px (N, 2) of (N, 2) track points, nan where they are behind the camera.
    """
    rows, columns = FINER * ROWS, FINER * COLUMNS
    along_m = NEAR_M * np.exp(STEP * (np.arange(rows) / FINER - 0.25))
    reach_m = (columns - 1) / 2 * CELL_M / FINER
    nodes = np.stack(
        np.meshgrid(along_m, np.linspace(-reach_m, reach_m, NODES), indexing="ij"), axis=-1
    )
    nodes_px = to_image(nodes.reshape(-1, 2))
    nodes_px = np.nan_to_num(nodes_px, nan=-1e4).clip(-1e4, 1e4).astype(np.float32)
    places: FloatArray = cv2.remap(
        nodes_px.reshape(rows, NODES, 2), _BETWEEN_NODES, _ROW_BY_ROW, cv2.INTER_LINEAR
    )
    return places


_BETWEEN_NODES, _ROW_BY_ROW = (
    np.ascontiguousarray(grid, np.float32)
    for grid in np.meshgrid(
        np.linspace(0, NODES - 1, FINER * COLUMNS), np.arange(FINER * ROWS), indexing="xy"
    )
)
