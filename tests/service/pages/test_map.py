import numpy as np
import pytest

from service.pages.map import draw_map
from service.site.ground_map import METRES_PER_DEGREE
from tests.service.pages.test_plan import spot

HASSAN_II = (-7.6327, 33.6085)


def named(spot_id: str):
    return spot([(0, 0), (10, 0), (10, 10)]).model_copy(update={"spot_id": spot_id})


def outline(east_m: float, north_m: float):
    """A spot of 2.5 m by 5 m whose south-west corner is so far from the Hassan II mosque."""
    corners = np.array([[0, 0], [2.5, 0], [2.5, 5], [0, 5]]) + np.array([east_m, north_m])
    per_degree = METRES_PER_DEGREE * np.array([np.cos(np.radians(HASSAN_II[1])), 1.0])
    return HASSAN_II + corners / per_degree


def test_distances_are_metres_with_north_on_top():
    outlines = {"A1": outline(0, 0), "A2": outline(2.5, 0), "B1": outline(0, 12)}
    drawn = draw_map([named("A1"), named("A2"), named("B1")], outlines)
    assert drawn is not None
    first, east, north = drawn.spots
    assert (east.x - first.x, east.y - first.y) == pytest.approx((2.5, 0.0), abs=0.01)
    assert (north.x - first.x, north.y - first.y) == pytest.approx((0.0, -12.0), abs=0.01)
    assert first.points.split()[2] == "2.50,-5.00"


def test_name_fits_into_the_narrow_side():
    drawn = draw_map(
        [named("A1"), named("long-name")], dict.fromkeys(("A1", "long-name"), outline(0, 0))
    )
    assert drawn is not None
    short, long = (each.letter_m for each in drawn.spots)
    assert short == pytest.approx(0.42 * 2.5, abs=0.01)
    assert 0.66 * long * len("long-name") == pytest.approx(2.5, abs=0.01)


def test_scale_is_a_round_length_that_fits():
    outlines = {"A1": outline(0, 0), "A2": outline(60, 0)}
    drawn = draw_map([named("A1"), named("A2")], outlines)
    assert drawn is not None
    assert drawn.scale.length_m == 10


def test_spots_without_a_place_are_left_out():
    assert draw_map([named("A1")], {}) is None
    drawn = draw_map([named("A1"), named("A2")], {"A2": outline(0, 0)})
    assert drawn is not None
    assert [each.record.spot_id for each in drawn.spots] == ["A2"]
