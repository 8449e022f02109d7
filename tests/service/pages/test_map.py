import pytest

from service.pages.map import draw_map
from tests.service.pages.test_plan import spot

HASSAN_II = (-7.6327, 33.6085)


def placed(lonlat: tuple[float, float] | None):
    return spot([(0, 0), (10, 0), (10, 10)]).model_copy(update={"lonlat": lonlat})


def test_distances_are_metres_with_north_on_top():
    lon, lat = HASSAN_II
    drawn = draw_map([placed(HASSAN_II), placed((lon, lat + 0.0001)), placed((lon + 0.0001, lat))])
    assert drawn is not None
    _, north, east = drawn.spots
    assert (north.x, north.y) == pytest.approx((0.0, -11.1), abs=0.1)
    assert (east.x, east.y) == pytest.approx((9.3, 0.0), abs=0.1)


def test_spots_without_a_place_are_left_out():
    assert draw_map([placed(None)]) is None
    drawn = draw_map([placed(None), placed(HASSAN_II)])
    assert drawn is not None
    assert len(drawn.spots) == 1
