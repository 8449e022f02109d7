"""Raw network outputs to candidate boxes in px of the network's input, one function per family."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vision.arrays import FloatArray, IntArray
from vision.boxes import centre_size_to_xyxy

YOLOX_STRIDES = (8, 16, 32)
NANODET_STRIDES = (8, 16, 32, 64)
NANODET_BINS = 8
NANODET_DISTANCES = 4 * NANODET_BINS  # four sides, in NanoDet-Plus and PicoDet alike


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """N boxes above the threshold, before suppression; row i of every array is one box."""

    xyxy: FloatArray
    """(N, 4) px of the network's input."""
    confidence: FloatArray
    """(N,) between 0 and 1."""
    class_id: IntArray
    """(N,) index into the network's class list."""


def decode_yolov8(
    outputs: Sequence[FloatArray], input_size: tuple[int, int], min_confidence: float
) -> Candidates:
    """Ultralytics v8 and v11: one output (4 + C, N), rows cx, cy, w, h and C scores."""
    del input_size  # boxes already are px of the input
    (raw,) = outputs
    cells, confidence, class_id = _confident(raw[4:].T, min_confidence)
    return Candidates(centre_size_to_xyxy(raw[:4].T[cells]), confidence, class_id)


def decode_end_to_end(
    outputs: Sequence[FloatArray], input_size: tuple[int, int], min_confidence: float
) -> Candidates:
    """Ultralytics YOLO26 and v10: one output (N, 6), rows x1, y1, x2, y2, score, class."""
    del input_size
    (raw,) = outputs
    rows = raw[raw[:, 4] >= min_confidence]
    return Candidates(rows[:, :4], rows[:, 4], rows[:, 5].astype(np.int64))


def decode_yolox(
    outputs: Sequence[FloatArray], input_size: tuple[int, int], min_confidence: float
) -> Candidates:
    """YOLOX: one output (cells, 5 + C) of offsets, log sizes, objectness and C scores."""
    (raw,) = outputs
    possible = np.flatnonzero(raw[:, 4] >= min_confidence)  # no class lifts a low objectness
    raw = raw[possible]
    origin, stride = yolox_grid(input_size)
    cells, confidence, class_id = _confident(raw[:, 4:5] * raw[:, 5:], min_confidence)
    at = possible[cells]
    centre = (raw[cells, 0:2] + origin[at]) * stride[at]
    size = np.exp(raw[cells, 2:4]) * stride[at]
    return Candidates(
        centre_size_to_xyxy(np.concatenate([centre, size], axis=1)), confidence, class_id
    )


def decode_nanodet(
    outputs: Sequence[FloatArray], input_size: tuple[int, int], min_confidence: float
) -> Candidates:
    """NanoDet-Plus: (cells, C + 4·bins) in one output, or (cells, C) scores and (cells, 4·bins).

    Cell centres lie at index · stride, with no half step.
    """
    scores, distances = _scores_and_distances(outputs)
    return _decode_distances(scores, distances, input_size, min_confidence, half_step=0.0)


def decode_picodet(
    outputs: Sequence[FloatArray], input_size: tuple[int, int], min_confidence: float
) -> Candidates:
    """PicoDet: four outputs (cells, C) of scores, then four (cells, 4·bins), one per stride.

    Cell centres lie at (index + ½) · stride.
    """
    levels = len(outputs) // 2
    scores = np.concatenate(outputs[:levels])
    distances = np.concatenate(outputs[levels:])
    return _decode_distances(scores, distances, input_size, min_confidence, half_step=0.5)


def decode_deim(
    outputs: Sequence[FloatArray], input_size: tuple[int, int], min_confidence: float
) -> Candidates:
    """DEIM, D-FINE, RT-DETR: outputs labels (N,), boxes (N, 4) and scores (N,), no suppression.

    The network was told the input's size as `orig_target_sizes`, so boxes are px of the input.
    """
    del input_size
    labels, boxes, scores = outputs
    sure = scores >= min_confidence
    return Candidates(boxes[sure], scores[sure], labels[sure].astype(np.int64))


def grid_cells(input_size: tuple[int, int], strides: Sequence[int]) -> int:
    """How many cells an input of (width, height) px has over all strides."""
    width_px, height_px = input_size
    return sum(-(-width_px // stride) * -(-height_px // stride) for stride in strides)


@lru_cache(maxsize=16)
def yolox_grid(input_size: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    """(cells, 2) column and row of every YOLOX cell, and its (cells, 1) stride in px."""
    return _grid(input_size, YOLOX_STRIDES)


@lru_cache(maxsize=16)
def _nanodet_grid(input_size: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    return _grid(input_size, NANODET_STRIDES)


def _grid(input_size: tuple[int, int], strides: Sequence[int]) -> tuple[FloatArray, FloatArray]:
    width_px, height_px = input_size
    origins, sizes = [], []
    for stride in strides:
        columns, rows = np.meshgrid(
            np.arange(-(-width_px // stride)), np.arange(-(-height_px // stride))
        )
        origins.append(np.stack([columns.ravel(), rows.ravel()], axis=1))
        sizes.append(np.full((columns.size, 1), stride))
    return (
        np.concatenate(origins).astype(np.float32),
        np.concatenate(sizes).astype(np.float32),
    )


def _confident(scores: FloatArray, min_confidence: float) -> tuple[IntArray, FloatArray, IntArray]:
    """Cell, confidence and class of every entry of (cells, C) at or above the threshold."""
    entries = np.flatnonzero(scores >= min_confidence)
    cells, class_id = np.divmod(entries, scores.shape[1])
    return cells, scores[cells, class_id], class_id


def _scores_and_distances(outputs: Sequence[FloatArray]) -> tuple[FloatArray, FloatArray]:
    if len(outputs) == 2:
        return outputs[0], outputs[1]
    (raw,) = outputs
    return raw[:, :-NANODET_DISTANCES], raw[:, -NANODET_DISTANCES:]


def _decode_distances(
    scores: FloatArray,
    distances: FloatArray,
    input_size: tuple[int, int],
    min_confidence: float,
    *,
    half_step: float,
) -> Candidates:
    """Boxes from the expected distance, in strides, of each side from its cell's centre."""
    origin, stride = _nanodet_grid(input_size)
    cells, confidence, class_id = _confident(scores, min_confidence)
    centre = (origin[cells] + half_step) * stride[cells]
    bins = distances[cells].reshape(len(cells), 4, NANODET_BINS)
    weights = np.exp(bins - bins.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True)
    sides = (weights @ np.arange(NANODET_BINS, dtype=np.float32)) * stride[cells]
    return Candidates(
        np.concatenate([centre - sides[:, :2], centre + sides[:, 2:]], axis=1),
        confidence,
        class_id,
    )
