import numpy as np
import pytest

from vision.errors import LayoutError
from vision.parking.layout import Layout, Spot

SQUARE = [[10, 10], [50, 10], [50, 50], [10, 50]]


def _spot(spot_id: str, polygon: list[list[float]]) -> Spot:
    return Spot(spot_id, "main", "general", np.array(polygon, float))


@pytest.mark.parametrize(
    ("polygon", "message"),
    [
        ([[0, 0], [10, 0]], "polygon of spot A1 needs 3 corners or more, got 2"),
        ([[0, 0], [10, 0], [20, 0]], "polygon of spot A1 has no area"),
        ([[0, 0], [10, 10], [10, 0], [0, 10], [5, 20]], "polygon of spot A1 crosses itself"),
    ],
)
def test_impossible_outline_is_refused(polygon: list[list[float]], message: str) -> None:
    with pytest.raises(LayoutError, match=message):
        _spot("A1", polygon)


def test_spot_ids_are_unique() -> None:
    with pytest.raises(LayoutError, match="spot A1 of camera north is given twice"):
        Layout("north", 1, (_spot("A1", SQUARE), _spot("A1", SQUARE)))


def test_spots_must_lie_in_the_picture() -> None:
    layout = Layout("north", 1, (_spot("A1", SQUARE),))
    layout.check_inside(50, 50)
    with pytest.raises(LayoutError, match="spot A1 of camera north leaves the picture of 40x50 px"):
        layout.check_inside(40, 50)


def test_layout_of_a_larger_picture() -> None:
    layout = Layout("north", 1, (_spot("A1", SQUARE),)).scaled(2)
    assert layout.polygons[0].tolist() == (np.array(SQUARE) * 2).tolist()
