import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from vision.boxes import (
    box_area,
    centre_size_to_xyxy,
    clip_boxes,
    intersection_matrix,
    iou_matrix,
    nms,
)


def boxes(*rows: list[float]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 4)


def random_boxes(seed: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    top_left = rng.uniform(0, 80, (count, 2))
    return np.concatenate([top_left, top_left + rng.uniform(1, 40, (count, 2))], axis=1)


@given(st.integers(0, 1000))
def test_iou_agrees_with_pycocotools(seed: int) -> None:
    a, b = random_boxes(seed, 7), random_boxes(seed + 1, 5)
    to_xywh = [np.concatenate([x[:, :2], x[:, 2:] - x[:, :2]], axis=1) for x in (a, b)]
    expected = coco_mask.iou(*to_xywh, [0] * len(b))
    np.testing.assert_allclose(iou_matrix(a, b), expected, atol=1e-9)


def test_an_inside_out_box_has_no_area() -> None:
    assert box_area(boxes([10, 10, 5, 20])).tolist() == [0]


def test_two_empty_boxes_share_nothing() -> None:
    empty = boxes([5, 5, 5, 5])
    assert iou_matrix(empty, empty).tolist() == [[0]]


def test_boxes_that_touch_share_no_area() -> None:
    assert intersection_matrix(boxes([0, 0, 10, 10]), boxes([10, 0, 20, 10])).tolist() == [[0]]


def test_no_boxes_give_empty_matrices() -> None:
    assert iou_matrix(boxes(), boxes([0, 0, 1, 1])).shape == (0, 1)


def test_clip_keeps_boxes_inside_the_picture() -> None:
    clipped = clip_boxes(boxes([-5, -5, 200, 50]), width_px=100, height_px=40)
    assert clipped.tolist() == [[0, 0, 100, 40]]


def test_centre_and_size_become_corners() -> None:
    assert centre_size_to_xyxy(boxes([10, 20, 4, 6])).tolist() == [[8, 17, 12, 23]]


def plain_nms(xyxy: np.ndarray, confidence: np.ndarray, class_id: np.ndarray, iou: float) -> list:
    """The definition, box by box."""
    kept: list[int] = []
    for row in np.argsort(-confidence, kind="stable"):
        rivals = [k for k in kept if class_id[k] == class_id[row]]
        if not rivals or iou_matrix(xyxy[[row]], xyxy[rivals]).max() <= iou:
            kept.append(int(row))
    return kept


@given(st.integers(0, 1000))
def test_nms_keeps_what_its_definition_keeps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    xyxy = random_boxes(seed, 30).astype(np.float32)
    confidence = rng.permutation(30).astype(np.float32) / 30
    class_id = rng.integers(0, 3, 30)
    assert nms(xyxy, confidence, class_id, 0.4).tolist() == plain_nms(
        xyxy, confidence, class_id, 0.4
    )


def test_nms_never_mixes_classes() -> None:
    same_place = boxes([0, 0, 10, 10], [0, 0, 10, 10])
    kept = nms(same_place, np.array([0.9, 0.8], np.float32), np.array([0, 1]), 0.5)
    assert kept.tolist() == [0, 1]


def test_nms_of_nothing_is_nothing() -> None:
    assert nms(boxes(), np.zeros(0, np.float32), np.zeros(0, np.int64), 0.5).tolist() == []
