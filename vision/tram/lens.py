"""Dirt on the windscreen or the lens, told from a clean view of a soft scene.

Things in the world have sharp edges somewhere; what a smear lets through is light and dark
without any. So each cell of the picture is soft when it has contrast but no steep step. The
world moves through the picture while a smear keeps its place: cells that stay soft while the
tram runs are dirt. Only the light of lamps and headlights on plain ground is as soft and keeps
its place; dirt spares the upper part of a picture no more than the lower one.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from vision.arrays import BoolArray, FloatArray, ImageArray
from vision.frame import NS_PER_S

SIZE_PX = (640, 360)
CELL_PX = 20
COARSE_PX = (320, 180)  # light and dark are looked at coarser
BLUR_SIGMA_PX = 2.0  # of the coarse picture
COARSE_CELL_PX = CELL_PX * COARSE_PX[0] // SIZE_PX[0]
LEAST_CONTRAST_GREY = 16.0
STEEP_SHARE = 0.3  # of the coarse contrast: a cell with less steep steps is soft
SHARP_STEPS = 8  # so many steep steps make a cell sharp; a single one may be noise
SHORTEST_STEP_S = 0.19  # between two looks: the smear does not hurry
WINDOW_S = 1.0
FIXED_SHARE = 0.6  # of the looks in which a cell is soft
DIRTY_SHARE, CLEAN_SHARE = 0.18, 0.15  # of cells; clean clips, night and rain included, reach 0.13
UPPER_ROWS, UPPER_SHARE = 7, 0.09  # of cells there; clean nights reach 0.07, dirt 0.3
LEAST_LOOKS = 4
MOVING_MPS = 1.0
DAYLIGHT_GREY = 55.0  # lamps at night have soft halos; dark pictures are judged by other means


@dataclass(frozen=True, slots=True, eq=False)
class LensView:
    """What is known of the lens."""

    looks: tuple[tuple[int, BoolArray], ...] = ()
    """Times and soft cells of the last pictures looked at, oldest first."""
    is_dirty: bool = False
    soft_share: float = 0.0
    """Of the cells that keep soft, in the last looks."""


def soft_cells(image: ImageArray) -> BoolArray:
    """(R, C) cells of a (H, W, 3) picture that have contrast but nothing sharp."""
    if (image.shape[1], image.shape[0]) != SIZE_PX:
        image = np.asarray(cv2.resize(image, SIZE_PX, interpolation=cv2.INTER_AREA), np.uint8)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    contrast = coarse_contrast(np.asarray(grey))
    rows, columns = contrast.shape
    steep = np.zeros(grey.shape, np.uint8)
    cv2.absdiff(grey[:, 1:], grey[:, :-1], dst=steep[:, :-1])
    np.maximum(steep[:-1], cv2.absdiff(grey[1:], grey[:-1]), out=steep[:-1])
    limit = np.ceil(STEEP_SHARE * contrast).astype(np.uint8).repeat(CELL_PX, axis=1)
    is_steep = steep.reshape(rows, CELL_PX, -1) >= limit[:, None]
    cells = is_steep.view(np.uint8).reshape(rows, CELL_PX, columns, CELL_PX)
    steps = cells.sum(axis=1, dtype=np.uint8).sum(axis=2)  # down a cell's columns, then across
    return np.asarray((contrast > LEAST_CONTRAST_GREY) & (steps < SHARP_STEPS), np.bool_)


def coarse_contrast(grey: ImageArray) -> FloatArray:
    """(R, C) from light to dark about each cell of a grey picture, in grey, fine detail blurred."""
    coarse = cv2.resize(grey, COARSE_PX, interpolation=cv2.INTER_AREA)
    coarse = np.asarray(cv2.GaussianBlur(coarse, (0, 0), BLUR_SIGMA_PX))
    spread = _most_about_cells(coarse) - (255 - _most_about_cells(255 - coarse))
    return spread.astype(np.float32)


def _most_about_cells(coarse: ImageArray) -> ImageArray:
    """(R, C) the most in each cell of the coarse picture and the px next to it below and right."""
    down = coarse.reshape(-1, COARSE_CELL_PX, coarse.shape[1]).max(axis=1)
    np.maximum(down[:-1], coarse[COARSE_CELL_PX::COARSE_CELL_PX], out=down[:-1])
    most: ImageArray = down.reshape(len(down), -1, COARSE_CELL_PX).max(axis=2)
    np.maximum(most[:, :-1], down[:, COARSE_CELL_PX::COARSE_CELL_PX], out=most[:, :-1])
    return most


def next_lens_view(
    view: LensView, image: ImageArray, mean_grey: float, speed_mps: float | None, now_ns: int
) -> LensView:
    """The lens after one more (H, W, 3) picture of this brightness.

    At a standstill and in the dark what was known stands: nothing moves, or halos are soft.
    """
    if speed_mps is None or abs(speed_mps) < MOVING_MPS or mean_grey < DAYLIGHT_GREY:
        return LensView((), view.is_dirty, view.soft_share)
    if view.looks and 0 <= now_ns - view.looks[-1][0] < SHORTEST_STEP_S * NS_PER_S:
        return view
    oldest_ns = now_ns - WINDOW_S * NS_PER_S
    kept = tuple(each for each in view.looks if oldest_ns <= each[0] <= now_ns)
    looks = (*kept, (now_ns, soft_cells(image)))
    if len(looks) < LEAST_LOOKS:
        return LensView(looks, view.is_dirty, view.soft_share)
    often = np.mean([cells for _, cells in looks], axis=0) >= FIXED_SHARE
    share = float(often.mean())
    limit = CLEAN_SHARE if view.is_dirty else DIRTY_SHARE
    is_dirty = share > limit and float(often[:UPPER_ROWS].mean()) > UPPER_SHARE
    return LensView(looks, is_dirty, share)
