"""What stands beside painted tracks: platforms, kerbs, masts."""

from collections.abc import Sequence

import cv2
import numpy as np

from models.training.track.arrays import BoolArray, FloatArray, ImageArray
from models.training.track.canvas import Canvas, grey
from models.training.track.courses import Bend, Course
from models.training.track.surfaces import random_tile

KERB_M = (0.06, 0.25)
PLATFORM_M = (0.3, 1.1)
CLEAR_M = 1.25  # between a track's middle and whatever is raised beside it
NARROWEST_M = 1.0  # of what stands between two tracks
EDGE_M = (0.05, 0.5)  # the line along a platform's edge
FARTHEST_PX = 1e4  # from the picture's corner, of what is drawn
Pixel = tuple[int, int]


def raise_beside(
    rng: np.random.Generator,
    canvas: Canvas,
    bend: Bend,
    courses: Sequence[Course],
    pictures: Sequence[ImageArray],
) -> BoolArray:
    """Kerbs and platforms along the tracks; returns the pixels that they hide."""
    hidden = np.zeros(canvas.along_m.shape, np.bool_)
    tall = 0.9 * canvas.view.camera_height_m  # whose top is still seen
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.45, 0.3, 0.17, 0.08]))):
        raised = min(float(rng.uniform(*(KERB_M if rng.random() < 0.5 else PLATFORM_M))), tall)
        low, high = _free_strip(rng, [course.right_m for course in courses])
        ends = np.sort(rng.uniform(-20, 120, 2)) if rng.random() < 0.6 else np.array([-20, 200])
        forward, right, span = canvas.view.ground(raised)
        along, off = bend.track_frame(forward, right)
        top = _is_within(along, off, low, high, ends)
        # A ray that meets the strip on the ground but not yet, or no longer, above it ends at its
        # side.
        side = _is_within(canvas.along_m, canvas.off_m, low, high, ends) & ~top
        side |= _crosses(canvas.along_m, canvas.off_m, along, off, low, high, ends) & ~top
        seen = random_tile(rng, pictures).sample(along, off, span)
        canvas.colours[top] = seen[top]
        edge = float(rng.uniform(*EDGE_M))
        for start in (low, high - edge):
            is_edge = top & (off >= start) & (off <= start + edge)
            canvas.colours[is_edge] = grey(rng, rng.choice([60, 130, 215]))
        canvas.colours[side] = grey(rng, rng.choice([35, 80, 130, 180]))
        hidden |= top | side
    return hidden


def _free_strip(rng: np.random.Generator, tracks_m: Sequence[float]) -> tuple[float, float]:
    """Left and right end of a strip along the tracks that none of them runs on."""
    beside = np.sort(tracks_m)
    wide_at = np.flatnonzero(np.diff(beside) > 2 * CLEAR_M + NARROWEST_M)
    if len(wide_at) and rng.random() < 0.4:  # between two of them
        at = int(rng.choice(wide_at))
        return float(beside[at]) + CLEAR_M, float(beside[at + 1]) - CLEAR_M
    clear = CLEAR_M + float(rng.choice([rng.uniform(0, 0.5), rng.uniform(0, 4)]))
    if not tracks_m:
        low = float(rng.uniform(-8, 6))
        return low, low + float(np.exp(rng.uniform(np.log(0.15), np.log(6))))
    wide = float(np.exp(rng.uniform(np.log(0.15), np.log(6))))
    hand = rng.choice([-1, 1])
    start = max(hand * place for place in tracks_m) + clear
    ends = sorted((hand * start, hand * (start + wide)))
    return float(ends[0]), float(ends[1])


def _is_within(
    along: FloatArray, off: FloatArray, low: float, high: float, ends: FloatArray
) -> BoolArray:
    is_long = np.isfinite(along) & (along >= ends[0]) & (along <= ends[1])
    return np.asarray(is_long & (off >= low) & (off <= high))


def _crosses(
    along: FloatArray,
    off: FloatArray,
    along_top: FloatArray,
    off_top: FloatArray,
    low: float,
    high: float,
    ends: FloatArray,
) -> BoolArray:
    """Where the way from the top's height down to the ground leads right through the strip."""
    is_known = np.isfinite(along_top) & (along_top >= ends[0]) & (along_top <= ends[1])
    is_through = ((off_top < low) & (off > high)) | ((off_top > high) & (off < low))
    return np.asarray(is_known & np.isfinite(along) & is_through)


def plant_masts(
    rng: np.random.Generator, canvas: Canvas, bend: Bend, courses: Sequence[Course]
) -> BoolArray:
    """Masts or posts in a row, with or without wires; returns the pixels that they hide."""
    hidden = np.zeros(canvas.along_m.shape, np.uint8)
    if rng.random() < 0.55:
        return hidden > 0
    places = [course.right_m for course in courses] or [0.0]
    hand = rng.choice([-1, 1])
    beside = hand * (max(hand * place for place in places) + float(rng.uniform(1.8, 3.5)))
    apart, tall = float(rng.uniform(8, 55)), float(rng.uniform(1, 8))
    thick, colour = float(rng.uniform(0.08, 0.4)), grey(rng, rng.choice([40, 90, 150]))
    tops = []
    for ahead in np.arange(120, 3, -apart) + float(rng.uniform(0, apart)):
        ends = [pixel_beside(canvas, bend, float(ahead), beside, up) for up in (0.0, tall)]
        if None in ends:
            continue
        _, _, scale = canvas.view.place(float(ahead), beside)
        width = max(round(thick * scale), 1)
        cv2.line(canvas.colours, *ends, tuple(float(c) for c in colour), width)
        cv2.line(hidden, *ends, 1, width)
        tops.append(ends[1])
    if len(tops) > 1 and rng.random() < 0.6:
        line = np.array(tops, np.int32)
        cv2.polylines(canvas.colours, [line], False, tuple(float(c) for c in colour), 1)
    return hidden > 0


def pixel_beside(
    canvas: Canvas, bend: Bend, ahead_m: float, off_m: float, raised_m: float
) -> Pixel | None:
    """Where a place beside the own track shows; none where the track runs off too far aside."""
    right_m = bend.right_m(ahead_m, off_m)
    if right_m is None:
        return None
    column, row, _ = canvas.view.place(ahead_m, right_m, raised_m)
    return (round(column), round(row)) if max(abs(column), abs(row)) < FARTHEST_PX else None
