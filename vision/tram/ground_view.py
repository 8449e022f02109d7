"""The ground right ahead of one camera, seen from above and along the rails.

The grid bends with the track: what the tram drives over then moves straight down it, in bends as
well. What does not move with the ground, shadows of the tram and dirt on the glass, stays where it
is on the grid while the bend stays the same, and so do the rails.
"""

from itertools import pairwise

import cv2
import numpy as np

from vision.arrays import BoolArray, FloatArray, ImageArray
from vision.ground import NEAREST_FORWARD_M, GroundCamera, ground_to_image_matrix
from vision.tram.centre_line import STRAIGHT, CentreLine

NEAR_M, FAR_M, HALF_WIDTH_M = 4.0, 18.0, 2.4  # beyond, a metre is too few rows of the picture
PART_SIDES_M = (-HALF_WIDTH_M, -0.8, 0.8, HALF_WIDTH_M)  # between the rails, and on either side
LEAST_PARTS, LEAST_PART_CELLS = 2, 100  # that are seen, and of one of them
CELL_M = 0.08
BEYOND_PX = -1e4  # where nothing is seen
LEAST_CELLS = 400  # to compare two textures as a whole
FINE_CELLS, COARSE_CELLS = 1.0, 6.0  # what is between these sizes is looked at
EVEN_CELLS, LEAST_GREY = 8.0, 2.0  # contrast is made even over this, down to a sensor's noise


class GroundView:
    """The ground between 4 and 18 m ahead of one camera, for pictures of one size."""

    def __init__(self, camera: GroundCamera, size_px: tuple[int, int]) -> None:
        self._to_image = ground_to_image_matrix(camera)
        self._size_px = size_px
        self._along_m = np.arange(NEAR_M, FAR_M, CELL_M)
        self._aside_m = np.arange(-HALF_WIDTH_M, HALF_WIDTH_M, CELL_M, dtype=np.float32)
        self._parts = _parts_of(self._places(STRAIGHT)[2])

    def texture(self, image: ImageArray, line: CentreLine) -> FloatArray:
        """(R, C) of one picture: what is neither noise nor light, of even contrast; 0 unseen.

        Rows are 0.08 m of the track, whose middle is `line`, columns as much aside.
        """
        x_px, y_px, is_seen = self._places(line)
        seen = cv2.remap(image, x_px, y_px, cv2.INTER_LINEAR)
        grey = cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY).astype(np.float32)
        fine = cv2.GaussianBlur(grey, (0, 0), FINE_CELLS)
        fine -= cv2.GaussianBlur(fine, (0, 0), COARSE_CELLS)
        contrast = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), EVEN_CELLS)) + LEAST_GREY
        texture: FloatArray = np.where(is_seen, fine / contrast, np.float32(0))
        return texture

    def likeness_by_shift(
        self, before: FloatArray, after: FloatArray, shifts: int
    ) -> FloatArray | None:
        """(K,) how alike the parts of two textures are in the mean, for shifts of 0 to K - 1 cells.

        None where too few are seen. A part that is unlike says nothing against a shift: something
        else moves there.
        """
        last = min(shifts, len(after)) - 1
        votes = []
        for rows, columns in self._parts:
            now = np.ascontiguousarray(
                after[rows.start : min(rows.stop, len(after) - last), columns]
            )
            if now.size >= LEAST_PART_CELLS:
                then = np.ascontiguousarray(
                    before[rows.start : rows.start + len(now) + last, columns]
                )
                votes.append(cv2.matchTemplate(then, now, cv2.TM_CCOEFF_NORMED)[:, 0])
        if len(votes) < LEAST_PARTS:
            return None
        likeness_by_part = np.clip(votes, 0, 1)
        is_flat = likeness_by_part.min(axis=1) == 1  # to OpenCV, what is black is like anything
        likeness_by_part[is_flat] = 0
        mean: FloatArray = likeness_by_part.mean(axis=0)
        return mean

    def _places(self, line: CentreLine) -> tuple[FloatArray, FloatArray, BoolArray]:
        """(R, C) columns and rows in px of the grid's cells, and which of them are in the picture.

        Those that are not lie far beyond its border.
        """
        track_m = np.stack([self._along_m, np.zeros_like(self._along_m)], axis=1)
        middle_m, heading = line.to_vehicle(track_m), line.heading_at(self._along_m)
        to_right = np.stack([-np.sin(heading), np.cos(heading)], axis=1)
        turned, shift = self._to_image[:, :2], self._to_image[:, 2:]
        middle, aside = (turned @ middle_m.T + shift)[..., None], (turned @ to_right.T)[..., None]
        # cells of a row are as far apart before what is seen is divided by its depth
        x, y, depth_m = middle.astype(np.float32) + aside.astype(np.float32) * self._aside_m
        is_ahead = depth_m > NEAREST_FORWARD_M
        per_depth = 1 / np.where(is_ahead, depth_m, np.float32(1))
        x_px, y_px = x * per_depth, y * per_depth
        wide_px, high_px = self._size_px
        is_seen = is_ahead & (x_px >= 1) & (y_px >= 1)
        is_seen &= (x_px <= wide_px - 2) & (y_px <= high_px - 2)
        beyond_px = np.float32(BEYOND_PX)
        return np.where(is_seen, x_px, beyond_px), np.where(is_seen, y_px, beyond_px), is_seen


def likeness(first: FloatArray, second: FloatArray) -> float:
    """Correlation of two textures where both are seen, -1 where that is too little."""
    seen = (first != 0) & (second != 0)
    if np.count_nonzero(seen) < LEAST_CELLS:
        return -1.0
    one, other = first[seen], second[seen]
    one, other = one - one.mean(), other - other.mean()
    return float(one @ other / np.sqrt((one @ one) * (other @ other) + 1e-9))


def _parts_of(is_seen: BoolArray) -> tuple[tuple[slice, slice], ...]:
    """Rows and columns of the parts of a grid: near and far ones, as high in the picture."""
    parts = []
    for sides_m in pairwise(PART_SIDES_M):
        columns = slice(*(round((side_m + HALF_WIDTH_M) / CELL_M) for side_m in sides_m))
        rows = np.flatnonzero(is_seen[:, columns].all(axis=1))
        if len(rows):
            first, last = int(rows[0]), int(rows[-1]) + 1
            from_m, to_m = (NEAR_M + row * CELL_M for row in (first, last))
            middle = first + round((2 / (1 / from_m + 1 / to_m) - from_m) / CELL_M)
            parts += [(slice(first, middle), columns), (slice(middle, last), columns)]
    return tuple(parts)
