import re

import numpy as np
import pytest

from vision.polygons import (
    is_inside_image,
    points_in_polygon,
    polygon_area,
    polygon_centroid,
    polygon_fault,
    polygon_mask,
)

SQUARE = np.array([[10, 10], [30, 10], [30, 30], [10, 30]], np.float32)


def test_area_does_not_depend_on_the_direction() -> None:
    assert polygon_area(SQUARE) == polygon_area(SQUARE[::-1]) == 400


def test_centroid_is_the_centre_of_area() -> None:
    lopsided = np.array([[0, 0], [6, 0], [6, 0.001], [0, 6]], np.float32)
    np.testing.assert_allclose(polygon_centroid(lopsided), [2, 2], atol=0.01)


@pytest.mark.parametrize(
    ("corners", "fault"),
    [
        pytest.param(SQUARE, None, id="a proper square"),
        pytest.param([[0, 0], [5, 5]], "needs 3 corners", id="two corners"),
        pytest.param([[0, 0], [5, 5], [10, 10]], "has no area", id="a line"),
        pytest.param([[0, 0], [10, 10], [10, 0], [0, 12]], "crosses itself", id="a bow tie"),
        pytest.param([[0, 0], [np.nan, 5], [3, 9]], "not a number", id="nan"),
        pytest.param([0, 1, 2], r"must be \(K, 2\)", id="no corners at all"),
    ],
)
def test_a_fault_is_named(corners: object, fault: str | None) -> None:
    found = polygon_fault(np.array(corners, np.float32))
    if fault is None:
        assert found is None
    else:
        assert found is not None
        assert re.search(fault, found)


def test_points_on_the_border_are_inside() -> None:
    points = np.array([[20, 20], [10, 20], [9, 20]], np.float32)
    assert points_in_polygon(points, SQUARE).tolist() == [True, True, False]


def test_the_picture_border_counts_as_inside() -> None:
    assert is_inside_image(SQUARE, 30, 30)
    assert not is_inside_image(SQUARE, 29, 30)


def test_mask_covers_the_polygon() -> None:
    mask = polygon_mask(SQUARE, 40, 40)
    assert mask[20, 20]
    assert not mask[5, 5]
    assert mask.sum() == pytest.approx(polygon_area(SQUARE), rel=0.15)
