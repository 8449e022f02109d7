"""Each decoder is given raw numbers made from a known box, by the family's own definition."""

import numpy as np
import pytest

from vision.decode import (
    NANODET_STRIDES,
    YOLOX_STRIDES,
    Candidates,
    decode_deim,
    decode_end_to_end,
    decode_nanodet,
    decode_picodet,
    decode_yolov8,
    decode_yolox,
    grid_cells,
)
from vision.families import Decode

SIZE = (96, 64)  # width, height: not square, so that a mix-up of axes shows
BOX = [16.0, 8.0, 48.0, 40.0]
CLASSES = 3


def check_only_box(found: Candidates, *, class_id: int = 2, confidence: float = 0.8) -> None:
    np.testing.assert_allclose(found.xyxy, [BOX], atol=0.01)
    np.testing.assert_allclose(found.confidence, [confidence], atol=1e-6)
    assert found.class_id.tolist() == [class_id]


def test_yolov8_rows_are_centre_and_size() -> None:
    raw = np.zeros((4 + CLASSES, 126), np.float32)
    raw[:, 5] = [32, 24, 32, 32, 0.1, 0.2, 0.8]
    check_only_box(decode_yolov8([raw], SIZE, 0.3))


def test_one_box_may_be_of_two_classes() -> None:
    raw = np.zeros((4 + CLASSES, 126), np.float32)
    raw[:, 5] = [32, 24, 32, 32, 0.1, 0.5, 0.8]
    assert sorted(decode_yolov8([raw], SIZE, 0.3).class_id.tolist()) == [1, 2]


def test_end_to_end_rows_are_corners_score_and_class() -> None:
    raw = np.zeros((300, 6), np.float32)
    raw[0] = [*BOX, 0.8, 2]
    check_only_box(decode_end_to_end([raw], SIZE, 0.3))


def test_yolox_offsets_are_in_strides_from_the_cell() -> None:
    raw = np.zeros((grid_cells(SIZE, YOLOX_STRIDES), 5 + CLASSES), np.float32)
    column, row, stride = 3, 2, 8
    cell = row * (SIZE[0] // stride) + column
    raw[cell, :4] = [32 / stride - column, 24 / stride - row, *np.log([32 / stride, 32 / stride])]
    raw[cell, 4:] = [0.9, 0.1, 0.1, 0.8 / 0.9]
    check_only_box(decode_yolox([raw], SIZE, 0.3))


def side_bins(distance: float) -> np.ndarray:
    """Logits whose expectation over 0…7 is the distance."""
    low = int(distance)
    weights = np.full(8, 1e-9)
    weights[low] += 1 - (distance - low)
    weights[min(low + 1, 7)] += distance - low
    return np.log(weights)


def distance_rows(half_step: float) -> tuple[np.ndarray, np.ndarray]:
    """Scores and distances over all strides with BOX seen by one cell of stride 16."""
    cells = grid_cells(SIZE, NANODET_STRIDES)
    scores, distances = np.zeros((cells, CLASSES)), np.zeros((cells, 32))
    stride, column, row = 16, 2, 1
    cell = grid_cells(SIZE, (8,)) + row * (SIZE[0] // stride) + column
    centre_x, centre_y = (column + half_step) * stride, (row + half_step) * stride
    sides = [centre_x - BOX[0], centre_y - BOX[1], BOX[2] - centre_x, BOX[3] - centre_y]
    scores[cell, 2] = 0.8
    distances[cell] = np.concatenate([side_bins(side / stride) for side in sides])
    return scores.astype(np.float32), distances.astype(np.float32)


def test_nanodet_in_one_output() -> None:
    check_only_box(decode_nanodet([np.concatenate(distance_rows(0.0), axis=1)], SIZE, 0.3))


def test_nanodet_in_two_outputs() -> None:
    check_only_box(decode_nanodet(list(distance_rows(0.0)), SIZE, 0.3))


def test_picodet_in_an_output_per_stride() -> None:
    scores, distances = distance_rows(0.5)
    ends = np.cumsum([grid_cells(SIZE, (stride,)) for stride in NANODET_STRIDES])[:-1]
    check_only_box(decode_picodet([*np.split(scores, ends), *np.split(distances, ends)], SIZE, 0.3))


def test_deim_says_it_all_itself() -> None:
    outputs = [
        np.array([2, 0]),
        np.array([BOX, [0, 0, 1, 1]], np.float32),
        np.array([0.8, 0.1], np.float32),
    ]
    check_only_box(decode_deim(outputs, SIZE, 0.3))


@pytest.mark.parametrize(
    ("decode", "outputs"),
    [
        (decode_yolov8, [np.zeros((7, 126), np.float32)]),
        (decode_end_to_end, [np.zeros((300, 6), np.float32)]),
        (decode_yolox, [np.zeros((grid_cells(SIZE, YOLOX_STRIDES), 8), np.float32)]),
        (decode_nanodet, [np.zeros((grid_cells(SIZE, NANODET_STRIDES), 35), np.float32)]),
        (decode_deim, [np.zeros(0, np.int64), np.zeros((0, 4)), np.zeros(0)]),
    ],
    ids=["yolov8", "end-to-end", "yolox", "nanodet", "deim"],
)
def test_an_empty_street_gives_no_boxes(decode: Decode, outputs: list[np.ndarray]) -> None:
    found = decode(outputs, SIZE, 0.3)
    assert found.xyxy.shape == (0, 4)
    assert found.confidence.shape == found.class_id.shape == (0,)


def test_a_side_that_is_no_multiple_of_the_stride_has_a_cell_for_the_rest() -> None:
    assert grid_cells((416, 416), NANODET_STRIDES) == 3598  # 416 / 64 is 6.5
