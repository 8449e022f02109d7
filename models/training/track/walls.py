"""What rises beside painted tracks, higher than the eye or not: walls, hedges, railings, trains."""

from collections.abc import Sequence

import cv2
import numpy as np

from models.training.track.arrays import BoolArray, FloatArray, ImageArray
from models.training.track.canvas import Canvas, grey
from models.training.track.courses import Bend, Course
from models.training.track.surfaces import noise_tile, real_tile
from models.training.track.trackside import CLEAR_M, pixel_beside

FAR_M, NEAR_M, STEP_M = 120.0, 2.0, 2.0
WALLS = ("concrete", "brick", "brown ballast", "dark ballast", "asphalt")
HEDGES = ("grass", "brown grass")
TRAIN_HALF_M = 1.3
TRAIN_TALL_M = (3.2, 4.2)


def raise_walls(
    rng: np.random.Generator,
    canvas: Canvas,
    bend: Bend,
    courses: Sequence[Course],
    pictures: Sequence[ImageArray],
) -> BoolArray:
    """Walls, hedges and railings outside of all tracks; returns the pixels that they hide."""
    hidden = np.zeros(canvas.along_m.shape, np.uint8)
    places = [course.right_m for course in courses] or [0.0]
    for hand in (-1, 1):
        if rng.random() < 0.6:
            continue
        outside = max(hand * place for place in places) + CLEAR_M + float(rng.uniform(0.3, 5))
        off_m, tall_m = hand * outside, float(np.exp(rng.uniform(np.log(0.6), np.log(9))))
        if rng.random() < 0.35:
            _put_railing(rng, canvas, hidden, bend, off_m, min(tall_m, 2.5))
            continue
        if rng.random() < 0.5:
            tile = real_tile(rng, pictures)
        else:
            tile = noise_tile(rng, str(rng.choice(HEDGES if rng.random() < 0.4 else WALLS)))
        ends = np.sort(rng.uniform(-20, FAR_M, 2)) if rng.random() < 0.5 else (NEAR_M, FAR_M)
        _put_wall(rng, canvas, hidden, bend, off_m, tall_m, ends, tile.levels[0])
    return hidden > 0


def park_trains(
    rng: np.random.Generator, canvas: Canvas, bend: Bend, courses: Sequence[Course]
) -> BoolArray:
    """A train on a neighbouring track now and then; returns the pixels that it hides."""
    hidden = np.zeros(canvas.along_m.shape, np.uint8)
    beside = [c.right_m for c in courses[1:] if c.right_m and not np.isfinite(c.radius_m)]
    if not beside or rng.random() < 0.75:
        return hidden > 0
    middle = float(rng.choice(beside))
    first = float(rng.uniform(NEAR_M, 60))
    ends = (first, first + float(rng.uniform(8, 80)))
    tall = float(rng.uniform(*TRAIN_TALL_M))
    piece = _livery(rng)
    facing = middle - np.sign(middle) * TRAIN_HALF_M  # the side that the camera sees
    _put_wall(rng, canvas, hidden, bend, facing, tall, ends, piece)
    corners = [
        pixel_beside(canvas, bend, first, middle + hand * TRAIN_HALF_M, raised)
        for hand, raised in ((-1, 0.3), (1, 0.3), (1, tall), (-1, tall))
    ]
    if None not in corners:
        face = np.array(corners, np.int32)
        cv2.fillPoly(canvas.colours, [face], [float(c) for c in piece[64, 0] * 0.9])
        cv2.fillPoly(hidden, [face], 1)
        low, high = face.min(axis=0), face.max(axis=0)
        pane = [low + (high - low) * share for share in ((0.12, 0.1), (0.88, 0.45))]
        cv2.rectangle(
            canvas.colours, *(tuple(int(v) for v in p) for p in pane),
            [float(c) for c in grey(rng, 40)], -1,
        )  # fmt: skip
    return hidden > 0


def _livery(rng: np.random.Generator) -> ImageArray:
    """A train's side: a body of one colour with a band of windows and dark below."""
    piece = np.empty((128, 128, 3), np.float32)
    piece[:] = rng.uniform(20, 235, 3)
    piece[25:70] = grey(rng, rng.choice([25, 60, 120]))
    piece[:, :: int(rng.integers(12, 40))] = rng.uniform(20, 235, 3)
    piece[112:] = grey(rng, 35)
    return np.clip(piece, 0, 255).astype(np.uint8)


def _put_wall(
    rng: np.random.Generator,
    canvas: Canvas,
    hidden: ImageArray,
    bend: Bend,
    off_m: float,
    tall_m: float,
    ends_m: Sequence[float] | FloatArray,
    piece: ImageArray,
) -> None:
    """An upright surface along the tracks, its picture repeated, the farthest part first."""
    shade, period = float(rng.uniform(0.5, 1.15)), float(rng.uniform(4, 30))
    side = piece.shape[0]
    for near in np.arange(FAR_M, NEAR_M - STEP_M, -STEP_M):
        far = near + STEP_M
        if far < ends_m[0] or near > ends_m[1]:
            continue
        spots = [
            pixel_beside(canvas, bend, ahead, off_m, raised)
            for ahead, raised in ((far, 0.0), (near, 0.0), (near, tall_m), (far, tall_m))
        ]
        if None in spots:
            continue
        quad = np.array(spots, np.int32)
        column = int(near / period % 1 * side)
        strip = piece[:, column].astype(np.float32) * shade
        left, low = np.clip(quad.min(axis=0), 0, hidden.shape[::-1])
        right, high = np.clip(quad.max(axis=0) + 1, 0, hidden.shape[::-1])
        if low >= high or left >= right:
            continue
        mask = np.zeros((high - low, right - left), np.uint8)
        cv2.fillPoly(mask, [quad - (left, low)], 1)
        rows = np.arange(low, high, dtype=np.float32) - float(quad[:, 1].min())
        rows = rows / max(float(np.ptp(quad[:, 1])), 1) * (side - 1)
        seen = strip[np.clip(rows, 0, side - 1).astype(np.intp)][:, None]
        part = (slice(low, high), slice(left, right))
        canvas.colours[part] = np.where(mask[..., None] > 0, seen, canvas.colours[part])
        hidden[part] |= mask


def _put_railing(
    rng: np.random.Generator,
    canvas: Canvas,
    hidden: ImageArray,
    bend: Bend,
    off_m: float,
    tall_m: float,
) -> None:
    """Bars along the tracks on posts."""
    colour = [float(c) for c in grey(rng, rng.choice([30, 90, 150, 220]))]
    apart = float(rng.uniform(1.5, 6))
    aheads = np.arange(FAR_M, NEAR_M, -apart)
    for raised in np.linspace(tall_m, tall_m * rng.uniform(0.1, 0.9), int(rng.integers(1, 4))):
        found = [pixel_beside(canvas, bend, float(ahead), off_m, float(raised)) for ahead in aheads]
        bar = np.array([spot for spot in found if spot is not None], np.int32)
        thick = int(rng.integers(1, 3))
        if len(bar) > 1:
            cv2.polylines(canvas.colours, [bar], False, colour, thick)
            cv2.polylines(hidden, [bar], False, 1, thick)
    for ahead in aheads:
        ends = [pixel_beside(canvas, bend, float(ahead), off_m, raised) for raised in (0.0, tall_m)]
        if None in ends:
            continue
        _, _, scale = canvas.view.place(float(ahead), off_m)
        wide = max(round(0.06 * scale), 1)
        cv2.line(canvas.colours, *ends, colour, wide)
        cv2.line(hidden, *ends, 1, wide)
