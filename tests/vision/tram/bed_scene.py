"""Pictures of a track bed drawn through a ground camera: what lies on it, what stands on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from tests.builders import make_picture
from vision.arrays import FloatArray, ImageArray
from vision.ground import GroundCamera, ground_to_image, image_to_ground

CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))
WIDTH_PX, HEIGHT_PX = 640, 360
CELL_M = 0.05
LENGTH_M, HALF_M = 120.0, 8.0
LEVELS = 6  # of cells, each twice as large as the last
RAIL_M, HEAD_M = 0.7525, 0.07
GROUND, STEEL = 105.0, 190.0


@dataclass(frozen=True)
class Board:
    """Something upright across the track; below the ground it is what a puddle mirrors."""

    at_m: float
    aside_m: float = 0.0
    width_m: float = 1.0
    low_m: float = 0.0
    high_m: float = 0.5
    seed: int = 3


class BedScene:
    """A straight track on a rough bed."""

    def __init__(self, *, seed: int = 0, has_rails: bool = True) -> None:
        rng = np.random.default_rng(seed)
        shape = (round(LENGTH_M / CELL_M), round(2 * HALF_M / CELL_M))
        fine = cv2.GaussianBlur(rng.normal(0, 1, shape), (0, 0), 1.2)
        broad = cv2.GaussianBlur(rng.normal(0, 1, shape), (0, 0), 8)
        self._levels: list[FloatArray] | None = None
        self.bed: FloatArray = GROUND + 22 * fine / fine.std() + 8 * broad / broad.std()
        if has_rails:
            for side in (-RAIL_M, RAIL_M):
                self.paint(0, LENGTH_M, side - HEAD_M / 2, side + HEAD_M / 2, STEEL)

    def paint(
        self, near_m: float, far_m: float, left_m: float, right_m: float, grey: float
    ) -> None:
        """Lay a flat area of one grey on the bed."""
        rows = slice(round(near_m / CELL_M), round(far_m / CELL_M))
        columns = slice(round((left_m + HALF_M) / CELL_M), round((right_m + HALF_M) / CELL_M))
        self.bed[rows, columns] = grey

    def darken(self, near_m: float, far_m: float, slant: float, share: float) -> None:
        """Throw a shadow across the bed, `slant` metres along per metre aside."""
        along, aside = np.mgrid[0 : self.bed.shape[0], 0 : self.bed.shape[1]] * CELL_M
        moved = along + slant * (aside - HALF_M)
        edge = np.clip(np.minimum(moved - near_m, far_m - moved) / 0.15, 0, 1)
        self.bed *= 1 - share * edge

    def _coarsening(self) -> list[FloatArray]:
        """The bed, and the bed in cells twice as large, again and again."""
        if self._levels is None:
            self._levels = [self.bed.astype(np.float32)]
            while len(self._levels) < LEVELS:
                self._levels.append(cv2.pyrDown(self._levels[-1]))
        return self._levels

    def picture(self, way_m: float, boards: Sequence[Board] = (), *, seed: int = 0) -> ImageArray:
        """What the camera sees after `way_m`; nothing can be laid on the bed any more."""
        image = np.full((HEIGHT_PX, WIDTH_PX), GROUND, np.float32)
        image[:HORIZON_PX] = _SKY
        for level, bed in enumerate(self._coarsening()):
            rows = np.flatnonzero(level == _LEVEL)
            if len(rows):
                places = (_PLACES_M[rows] + [way_m, HALF_M]) / (CELL_M * 2**level)
                x, y = places[..., 1].astype(np.float32), places[..., 0].astype(np.float32)
                image[HORIZON_PX + rows] = cv2.remap(bed, x, y, cv2.INTER_LINEAR)
        for board in boards:
            _stand(image, board, way_m)
        image += np.random.default_rng(seed).normal(0, 1.5, image.shape)
        grey = np.clip(image, 0, 255).astype(np.uint8)
        return np.ascontiguousarray(np.repeat(grey[..., None], 3, axis=2))


HORIZON_PX = int(CAMERA.horizon_px) + 4
_SKY = make_picture(WIDTH_PX, HEIGHT_PX)[:HORIZON_PX, :, 0].astype(np.float32)
_ACROSS, _DOWN = np.meshgrid(np.arange(WIDTH_PX), np.arange(HORIZON_PX, HEIGHT_PX))
_PLACES_M = image_to_ground(CAMERA, np.stack([_ACROSS.ravel(), _DOWN.ravel()], axis=1)).reshape(
    *_ACROSS.shape, 2
)
_PER_ROW_M = np.abs(np.gradient(_PLACES_M[:, WIDTH_PX // 2, 0]))
_LEVEL = np.clip(np.ceil(np.log2(_PER_ROW_M / CELL_M)), 0, LEVELS - 1).astype(int)


def _stand(image: FloatArray, board: Board, way_m: float) -> None:
    ahead_m = board.at_m - way_m
    if ahead_m < 1:
        return
    rough = cv2.GaussianBlur(np.random.default_rng(board.seed).normal(0, 1, (40, 40)), (0, 0), 2)
    skin = (70 + 40 * rough / rough.std()).astype(np.float32)
    sides = [board.aside_m - board.width_m / 2, board.aside_m + board.width_m / 2]
    corners = np.array([
        _place(ahead_m, side, height)
        for side, height in zip(
            (*sides, *sides[::-1]), (board.high_m,) * 2 + (board.low_m,) * 2, strict=True
        )
    ])  # fmt: skip
    whole = np.array([[0, 0], [39, 0], [39, 39], [0, 39]], np.float32)
    if board.low_m < 0:
        whole = whole[[3, 2, 1, 0]]
    turn = cv2.getPerspectiveTransform(whole, corners.astype(np.float32))
    size = (image.shape[1], image.shape[0])
    drawn = cv2.warpPerspective(np.dstack([skin, np.ones_like(skin)]), turn, size)
    image[:] = image * (1 - drawn[..., 1]) + drawn[..., 0]


def _place(ahead_m: float, aside_m: float, height_m: float) -> FloatArray:
    """(2,) px of a point above or below the ground: its line of sight meets it elsewhere."""
    shrink = CAMERA.height_m / (CAMERA.height_m - height_m)
    return ground_to_image(CAMERA, np.array([[ahead_m * shrink, aside_m * shrink]]))[0]
