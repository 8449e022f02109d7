"""Layouts proposed from where cars stood, on lots whose every spot is known."""

import numpy as np
import pytest
import shapely

from tests.builders import NS_PER_S
from vision.errors import LayoutError
from vision.parking.discovery import LotView, propose_spots, rectangle
from vision.parking.parked_vehicles import ParkedVehicles, without_groups


def lot(heading_deg: float, height_m: float, taken: dict[float, list[int]]):
    """Boxes of cars in rows at distances ahead, and the outlines of their spots in px."""
    view = LotView(500.0, (320.0, 180.0), np.radians(22), height_m, np.radians(heading_deg))
    along = np.array([np.sin(view.heading_rad), np.cos(view.heading_rad)])
    across = np.array([along[1], -along[0]])
    middles = np.array(
        [2.5 * n * across + ahead_m * along for ahead_m, numbers in taken.items() for n in numbers]
    )
    outlines = [view.to_pixels(rectangle(each, 2.5, 5.0, view.heading_rad)) for each in middles]
    return view.vehicle_boxes(middles), outlines


def best_iou(outline, proposed) -> float:
    one = shapely.Polygon(outline)
    others = [shapely.Polygon(each) for each in proposed]
    return max(one.intersection(each).area / one.union(each).area for each in others)


@pytest.mark.parametrize(("heading_deg", "height_m"), [(0.0, 5.0), (0.0, 9.0), (20.0, 7.0)])
def test_every_taken_spot_is_proposed(heading_deg, height_m):
    boxes, spots = lot(heading_deg, height_m, {22.0: [-3, -2, 0, 1, 3], 13.0: [-3, -2, -1]})
    proposed = propose_spots(boxes, 640, 360)
    found = [best_iou(each, proposed) >= 0.5 for each in spots]
    assert np.mean(found) >= 0.8


def test_gaps_between_cars_are_spots_as_well():
    boxes, _ = lot(0, 7.0, {20.0: [-3, -2, 0, 1]})
    _, free = lot(0, 7.0, {20.0: [-1]})
    assert best_iou(free[0], propose_spots(boxes, 640, 360)) >= 0.5


def test_box_around_unlike_neighbours_is_no_spot_between_theirs():
    boxes, spots = lot(0, 7.0, {20.0: [-3, -2, 0, 1, 2]})
    around, _ = lot(0, 7.0, {20.0: [0.6]})
    proposed = propose_spots(np.vstack([boxes, around]), 640, 360)
    assert len(proposed) == 6
    assert min(best_iou(each, proposed) for each in spots) >= 0.5


def test_too_few_vehicles_are_no_lot():
    with pytest.raises(LayoutError, match="wanted 3 vehicles or more that stood still, saw 1"):
        propose_spots(np.array([[10.0, 10, 50, 40]]), 640, 360)


def test_only_what_stands_counts():
    parked = ParkedVehicles(least_stand_s=3)
    for second in range(10):
        moving = [50.0 * second, 200, 50.0 * second + 60, 240]
        parked.update(np.array([[100.0, 100, 160, 140], moving]), second * NS_PER_S)
    assert parked.places().tolist() == [[100.0, 100, 160, 140]]


def test_box_around_two_neighbours_is_no_vehicle():
    boxes = np.array([[0.0, 0, 50, 40], [55, 0, 105, 40], [0, 0, 105, 40]])
    assert without_groups(boxes).tolist() == boxes[:2].tolist()
