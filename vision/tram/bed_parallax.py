"""What on the bed moves as something upright does between two pictures, and not as ground.

The tram's own motion says where every place of the ground was in an earlier picture (plane and
parallax): shadows, markings, switches and covers are found there. What stands up is not; it is
found where an upright plane through its foot would have been, grown as it came nearer. Things in
a mirror of water or glass, dirt on the lens and the own lights move less than ground, never more.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from vision.arrays import FloatArray, IntArray
from vision.ground import GroundCamera
from vision.tram.bed_strip import (
    ALONG_M,
    ASIDE_M,
    CELL_M,
    COLUMNS,
    ROWS,
    SKIPPED,
    STEP,
    BedStrip,
)
from vision.tram.centre_line import CentreLine

FOOT_CELL_M = 0.2
FOOT_ASIDE_M: FloatArray = np.arange(-6, 7) * FOOT_CELL_M
TOPS, TOP_ROWS = 3, 4  # heights of so many rows each: 0.3, 0.5, 0.7 m of a camera at 2.4 m
WIDE = 3  # cells of a part that is judged together
LEAST_VARIANCE = 4.0  # grey levels squared; less is noise
LEAST_LIKENESS = 0.6  # of one way of moving or the other, before a part says anything
IDLE = -0.1  # what a part counts that says nothing
LEAST_GREY = 2.0  # usual contrast of a bed at least

NOD_RAD, SPEED_SHARE, PITCH_RAD = 0.0037, 0.05, 0.0035  # what is usual between two pictures
DOUBTFUL = 0.7  # of the usual contrast: cells that differ more hardly count
ROUNDS = 3

BROKEN_TIMES = 6.0  # of what differs on the bed anyway
FOOT_SHARE, TOP_SHARE = 0.25, 0.45  # of the logarithm of the distance, about a place
SIDE_REACH_M = 1.8
LEAST_CELLS, GUESSES = 8, 41
STIFFNESS = 0.03  # of what is usual, against what the cells say


@dataclass(frozen=True, slots=True, eq=False)
class Parallax:
    """How far the bed stands up, by the place of a foot on it."""

    rows: IntArray
    """(B,) of the strip, growing ahead."""
    rise: FloatArray
    """(B, N) -1 surely ground, 1 surely upright, at FOOT_ASIDE_M."""


def parallax(
    now: BedStrip, before: BedStrip, camera: GroundCamera, way_m: float, near_m: float, far_m: float
) -> Parallax:
    """Compare two pictures taken `way_m` apart, for feet between these distances."""
    ground = _ground_rows(now, before, camera, way_m)
    rows = np.flatnonzero((near_m <= ALONG_M) & (far_m > ALONG_M))
    rows = rows[rows + TOPS * TOP_ROWS < ROWS]
    if len(rows) == 0:
        return Parallax(rows, np.zeros((0, len(FOOT_ASIDE_M))))
    seen_before = _at_rows(before.seen, ground.rows) > 0.99
    is_seen = now.is_seen & seen_before & (ground.rows < ROWS - 1)[:, None]
    as_ground = _at_rows(before.texture, ground.rows)
    above = np.arange(1, TOPS * TOP_ROWS + 1)
    shape = (len(above), len(rows), len(FOOT_ASIDE_M))
    foot_m = ALONG_M[rows]
    column_now = _upright_columns(now.line, camera, foot_m, above)
    column_before = _upright_columns(before.line, camera, foot_m + way_m, above)
    row_now = rows + above[:, None]
    row_before = row_now + np.log1p(way_m / foot_m) / STEP + ground.error[row_now]
    both = np.dstack([now.texture, as_ground, is_seen.astype(np.float32)])
    seen = cv2.remap(both, *_maps(column_now, row_now, shape), cv2.INTER_LINEAR)
    upright = cv2.remap(before.texture, *_maps(column_before, row_before, shape), cv2.INTER_LINEAR)
    parts = (TOPS, TOP_ROWS, len(rows), len(FOOT_ASIDE_M))
    means = _means([*np.moveaxis(seen.reshape(*parts, 3), -1, 0), upright.reshape(parts)])
    return Parallax(rows, np.max(_rise(means), axis=0))


def _means(looks: list[FloatArray]) -> FloatArray:
    """(9, T, B, N) of what is shown, as ground, known and as upright, (T, K, B, N) each."""
    shown, flat, known, upright = looks
    pairs = [(shown, shown), (flat, flat), (shown, flat), (upright, upright), (shown, upright)]
    sums = [each.sum(axis=1) for each in (shown, flat, upright, known)]
    sums += [np.einsum("tkbn,tkbn->tbn", one, other) for one, other in pairs]
    upto = np.cumsum(np.stack(sums), axis=1) / _ROWS_UPTO
    flat_shape = (upto.shape[1] * upto.shape[2], upto.shape[3], len(sums))
    wide = cv2.blur(np.moveaxis(upto, 0, -1).reshape(flat_shape), (WIDE, 1))
    means: FloatArray = np.moveaxis(wide.reshape(*upto.shape[1:], len(sums)), -1, 0)
    return means


_ROWS_UPTO = (TOP_ROWS * np.arange(1, TOPS + 1, dtype=np.float32))[:, None, None]


def _rise(means: FloatArray) -> FloatArray:
    """(T, B, N) by the means of the parts up to each of T heights."""
    shown, flat, upright, known, shown2, flat2, by_flat, upright2, by_upright = means
    contrast = np.maximum(shown2 - shown**2, 0)
    variance = np.maximum(contrast, LEAST_VARIANCE)
    like_ground = (by_flat - shown * flat) / np.sqrt(
        variance * np.maximum(flat2 - flat**2, LEAST_VARIANCE)
    )
    like_upright = (by_upright - shown * upright) / np.sqrt(
        variance * np.maximum(upright2 - upright**2, LEAST_VARIANCE)
    )
    is_known = known > 0.98
    tells = np.maximum(like_ground, like_upright) > LEAST_LIKENESS
    rise = np.where(tells, np.clip(like_upright - like_ground, -1, 1), IDLE)
    # something that breaks the look of the bed has more contrast than the bed
    grey = np.sqrt(contrast)
    usual = float(np.median(grey[is_known])) if is_known.any() else np.inf
    stands_out = np.clip(grey / max(usual, LEAST_GREY) - 1, 0, 1)
    rise = np.where(rise > 0, rise * stands_out, rise)
    told: FloatArray = np.where(is_known, rise, 0.0)
    return told


def _upright_columns(
    line: CentreLine, camera: GroundCamera, foot_m: FloatArray, above: IntArray
) -> FloatArray:
    """(K, B, N) columns on which the pixels above feet lie, `above` (K,) rows further ahead.

    They lie on one bearing from the camera, which a track that bends runs across.
    """
    further = np.exp(STEP * above)[:, None]
    camera_m = camera.lateral_offset_m
    bearing_m = (line.lateral_at(foot_m) - camera_m) * further + camera_m
    drift_m = bearing_m - line.lateral_at(foot_m * further)
    columns: FloatArray = (
        FOOT_ASIDE_M * further[..., None] + drift_m[..., None]
    ) / CELL_M + COLUMNS // 2
    return columns


def _maps(
    columns: FloatArray, rows: FloatArray | IntArray, shape: tuple[int, int, int]
) -> tuple[FloatArray, FloatArray]:
    whole = np.broadcast_to(rows[..., None], shape)
    flat = (shape[0] * shape[1], shape[2])
    return (
        columns.astype(np.float32).reshape(flat),
        np.ascontiguousarray(whole, np.float32).reshape(flat),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """Something upright, measured by how it moved between two pictures."""

    along_m: float
    """Of its foot, from the camera along the track."""
    left_m: float
    right_m: float
    """Its sides, to the right of the track's middle."""
    height_m: float


def standing(
    now: BedStrip,
    before: BedStrip,
    camera: GroundCamera,
    way_m: float,
    along_m: float,
    aside_m: float,
) -> Standing | None:
    """Measure what stands about this place; None where too little of it breaks the bed.

    The same cells are compared for all distances: a part that moved with the distance would say
    of its own upper end that it stands where it is seen.
    """
    ground = _ground_rows(now, before, camera, way_m)
    broken = np.square(now.texture - _at_rows(before.texture, ground.rows))
    is_seen = now.is_seen & (_at_rows(before.seen, ground.rows) > 0.99)
    if not is_seen.any():
        return None
    least = BROKEN_TIMES * float(np.median(broken[is_seen])) + LEAST_VARIANCE
    is_broken = (cv2.blur(broken, (3, 3)) > least) & is_seen
    reach = np.abs(np.log(ALONG_M / along_m))
    is_near = (reach < FOOT_SHARE) | ((along_m < ALONG_M) & (reach < TOP_SHARE))
    is_broken &= is_near[:, None] & (np.abs(ASIDE_M - aside_m) < SIDE_REACH_M)
    count, parts, _, _ = cv2.connectedComponentsWithStats(is_broken.astype(np.uint8))
    if count < 2:
        return None
    sizes = np.bincount(parts[is_broken], minlength=count)
    rows, columns = np.nonzero(parts == int(np.argmax(sizes)))
    if len(rows) < LEAST_CELLS:
        return None
    nearest_m, furthest_m = (float(ALONG_M[row]) for row in (rows.min(), rows.max()))
    guesses_m = along_m * np.exp(np.linspace(-FOOT_SHARE, FOOT_SHARE, GUESSES))
    row_before = rows + np.log1p(way_m / guesses_m)[:, None] / STEP + ground.error[rows]
    column_before = np.broadcast_to(columns, row_before.shape)
    moved = cv2.remap(
        before.texture,
        np.ascontiguousarray(column_before, np.float32),
        np.ascontiguousarray(row_before, np.float32),
        cv2.INTER_LINEAR,
    )
    misfit = np.square(now.texture[rows, columns] - moved).mean(axis=1)
    foot_m = min(float(guesses_m[int(np.argmin(misfit))]), nearest_m)
    # its upper end breaks the bed twice: where it is, and where it was as ground would have moved
    top_m = (furthest_m + way_m) / (1 + way_m / foot_m)
    lower = columns[rows <= np.median(rows)]
    left_m, right_m = ASIDE_M[lower.min()] + CELL_M, ASIDE_M[lower.max()] - CELL_M
    height_m = camera.height_m * (1 - foot_m / max(top_m, foot_m))
    return Standing(foot_m, float(left_m), float(right_m), height_m)


@dataclass(frozen=True, slots=True, eq=False)
class _GroundRows:
    """Where the ground of each row lay in the earlier strip."""

    rows: FloatArray  # (R,)
    error: FloatArray  # (R,) by how many rows the own motion alone would be wrong


def _ground_rows(
    now: BedStrip, before: BedStrip, camera: GroundCamera, way_m: float
) -> _GroundRows:
    """The own motion, set right by the bed itself for nodding, a wrong speed and a wrong pitch.

    Least squares over all cells, in which those that differ much hardly count.
    """
    expected = np.arange(ROWS) + np.log1p(way_m / ALONG_M) / STEP
    height_m, later_m = camera.height_m, ALONG_M + way_m
    ways = (
        np.stack(
            [
                ALONG_M / height_m * NOD_RAD,
                way_m / later_m * SPEED_SHARE,
                way_m * (ALONG_M + later_m) / later_m / height_m * PITCH_RAD,
            ],
            axis=1,
        )
        / STEP
    )
    even, is_seen = now.even[:, ::SKIPPED], now.is_seen[:, ::SKIPPED]
    amount = np.zeros(3)
    stiffness = STIFFNESS * ROWS * np.eye(3)
    for _ in range(ROUNDS):
        moved = _at_rows(before.layers, expected + ways @ amount)
        off = even - moved[..., 0]
        is_known = is_seen & (moved[..., 2] > 0.99)
        weight = is_known / np.square(1 + np.square(off / DOUBTFUL))
        pulled = weight * moved[..., 1]
        steep = np.einsum("rc,rc->r", pulled, moved[..., 1])
        normal = (ways * steep[:, None]).T @ ways + stiffness
        pull = ways.T @ np.einsum("rc,rc->r", pulled, off) - stiffness @ amount
        amount = amount + np.linalg.solve(normal, pull)
    error = ways @ amount
    return _GroundRows(expected + error, error)


def _at_rows(layers: FloatArray, rows: FloatArray) -> FloatArray:
    """A strip (R, C) or (R, C, L) read at these (R,) rows; 0 beyond it."""
    column_map = _column_map(layers.shape[1])
    row_map = np.empty_like(column_map)
    row_map[:] = rows[:, None]
    read: FloatArray = cv2.remap(layers, column_map, row_map, cv2.INTER_LINEAR)
    return read


@lru_cache(maxsize=4)
def _column_map(columns: int) -> FloatArray:
    """(R, C) the column of each cell."""
    return np.tile(np.arange(columns, dtype=np.float32), (ROWS, 1))
