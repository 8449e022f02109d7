"""Training pictures of one size: cropped, zoomed, turned round and put together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from models.training.obstacles.overlap import areas
from models.training.obstacles.pictures import Picture

GREY = (114, 114, 114)
LEAST_VISIBLE = 0.35  # an object cropped further than this is ignored, not taught
LEAST_HEIGHT_PX = 5.0  # smaller objects are ignored too
LEAST_WIDTH_PX = 3.0


@dataclass(frozen=True, slots=True)
class Zoom:
    """How far pictures are shrunk and magnified against fitting the canvas."""

    least: float
    most: float
    aspect: float  # stretch of the aspect either way
    plain_share: float  # of pictures shown just as they are at inference


def draw_matrix(
    picture: Picture, height: int, width: int, zoom: Zoom, rng: np.random.Generator
) -> np.ndarray:
    """An affine map (2, 3) from the picture to the canvas."""
    native = picture.width * (rng.uniform(1.0, 1.6) if picture.is_stretched else 1.0)
    if rng.random() < zoom.plain_share:
        scale = np.array((width / picture.width, height / picture.height))
    else:
        fit = min(width / native, height / picture.height)
        factor = np.exp(rng.uniform(np.log(zoom.least), np.log(zoom.most)))
        stretch = np.exp(rng.uniform(-1, 1) * np.log(zoom.aspect) / 2)
        scale = fit * factor * np.array((stretch * native / picture.width, 1 / stretch))
    room = np.array((width, height)) - scale * (picture.width, picture.height)
    offset = room * rng.uniform(0, 1, 2)
    matrix = np.array(((scale[0], 0, offset[0]), (0, scale[1], offset[1])))
    if rng.random() < 0.5:
        matrix[0] = -matrix[0]
        matrix[0, 2] += width
    return matrix


def move_boxes(boxes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Boxes (N, 4) through an affine map without rotation."""
    x = boxes[:, 0::2] * matrix[0, 0] + matrix[0, 2]
    y = boxes[:, 1::2] * matrix[1, 1] + matrix[1, 2]
    return np.stack((x.min(1), y.min(1), x.max(1), y.max(1)), 1).astype(np.float32)


def warp(
    image: np.ndarray, picture: Picture, matrix: np.ndarray, height: int, width: int
) -> tuple[np.ndarray, Picture]:
    """The picture on a canvas, with what is left of its objects."""
    method = cv2.INTER_AREA if matrix[1, 1] < 0.6 else cv2.INTER_LINEAR
    shown = image
    if method == cv2.INTER_AREA:  # warpAffine does not average: shrink first
        size = (
            max(1, round(picture.width * abs(matrix[0, 0]))),
            max(1, round(picture.height * matrix[1, 1])),
        )
        shown = cv2.resize(image, size, interpolation=method)
        matrix_shown = matrix / (size[0] / picture.width, size[1] / picture.height, 1)
    else:
        matrix_shown = matrix.copy()
    # boxes count from corners of pixels, cv2 from their middles
    matrix_shown[:, 2] += (matrix_shown[:, :2].sum(1) - 1) / 2
    canvas = cv2.warpAffine(shown, matrix_shown, (width, height), borderValue=GREY)
    moved = move_boxes(picture.boxes, matrix)
    limits = np.array((width, height, width, height), np.float32)
    clipped = np.clip(moved, 0, limits)
    visible = areas(clipped) / np.maximum(areas(moved), 1e-6)
    sides = clipped[:, 2:] - clipped[:, :2]
    present = visible > 0.02
    clear = (visible >= LEAST_VISIBLE) & (sides[:, 0] >= LEAST_WIDTH_PX)
    clear &= sides[:, 1] >= LEAST_HEIGHT_PX
    ignored = np.clip(move_boxes(picture.ignored, matrix), 0, limits)
    ignored = np.concatenate((ignored[areas(ignored) > 1], clipped[present & ~clear]))
    empty = np.clip(move_boxes(picture.empty, matrix), 0, limits)
    return canvas, replace(
        picture, width=width, height=height, boxes=clipped[clear],
        class_id=picture.class_id[clear], ignored=ignored, empty=empty[areas(empty) > 1],
    )  # fmt: skip


def mosaic(
    parts: Sequence[tuple[np.ndarray, Picture]],
    height: int, width: int, zoom: Zoom, rng: np.random.Generator,
) -> tuple[np.ndarray, Picture]:  # fmt: skip
    """Four pictures around a point: many small objects at once."""
    x = int(width * rng.uniform(0.35, 0.65))
    y = int(height * rng.uniform(0.35, 0.65))
    canvas = np.empty((height, width, 3), np.uint8)
    boxes, kinds, ignored, empty = [], [], [], []
    cells = ((0, 0, x, y), (x, 0, width, y), (0, y, x, height), (x, y, width, height))
    for (image, picture), (x0, y0, x1, y1) in zip(parts, cells, strict=True):
        matrix = draw_matrix(picture, y1 - y0, x1 - x0, zoom, rng)
        canvas[y0:y1, x0:x1], moved = warp(image, picture, matrix, y1 - y0, x1 - x0)
        shift = np.array((x0, y0, x0, y0), np.float32)
        boxes.append(moved.boxes + shift)
        kinds.append(moved.class_id)
        ignored.append(moved.ignored + shift)
        empty.append(moved.empty + shift)
    first = parts[0][1]
    return canvas, replace(
        first, width=width, height=height, boxes=np.concatenate(boxes),
        class_id=np.concatenate(kinds), ignored=np.concatenate(ignored),
        empty=np.concatenate(empty),
        is_exhaustive=all(picture.is_exhaustive for _, picture in parts),
    )  # fmt: skip
