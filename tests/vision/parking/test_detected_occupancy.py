import numpy as np
import pytest
import shapely

from tests.builders import ScriptedDetector, make_detections, make_picture
from vision.detections import Detections
from vision.parking.detected_occupancy import (
    DetectedOccupancy,
    occupancy_from_vehicles,
    place_overlap,
)

# Two oblique spots side by side; a car's box rises above the ground it stands on.
LEFT = np.array([[100, 200], [160, 200], [140, 260], [80, 260]], float)
RIGHT = np.array([[165, 200], [225, 200], [205, 260], [145, 260]], float)
CAR_ON_LEFT = [80, 170, 160, 260]


def _occupied(vehicles: Detections) -> list[bool]:
    return (occupancy_from_vehicles(vehicles, [LEFT, RIGHT]) > 0.5).tolist()


@pytest.mark.parametrize(
    ("boxes", "occupied"),
    [
        ([], [False, False]),
        ([CAR_ON_LEFT], [True, False]),
        ([CAR_ON_LEFT, [145, 170, 225, 260]], [True, True]),
        ([[80, 20, 160, 120]], [False, False]),
        ([[80, 40, 300, 430]], [False, False]),
        ([[60, 150, 150, 250]], [True, False]),
    ],
    ids=[
        "no car",
        "car on one spot hides part of the next",
        "two cars",
        "car in the row behind",
        "lorry in the lane in front",
        "car askew",
    ],
)
def test_boxes_to_spots(boxes: list[list[float]], occupied: list[bool]) -> None:
    assert _occupied(make_detections(boxes)) == occupied


def test_one_wide_car_counts_for_its_best_spot_only() -> None:
    assert _occupied(make_detections([[85, 180, 205, 260]])).count(True) <= 1


def test_unsure_detection_makes_an_unsure_spot() -> None:
    sure, unsure = (
        occupancy_from_vehicles(make_detections([CAR_ON_LEFT], confidence), [LEFT])[0]
        for confidence in (0.95, 0.2)
    )
    assert 0.65 < unsure < sure < 1


def test_overlap_is_shared_area_over_the_mean_area() -> None:
    box = [80, 170, 160, 260]
    place = shapely.box(80, 170 + 0.35 * 90, 160, 260)
    outline = shapely.Polygon(LEFT)
    wanted = place.intersection(outline).area / np.sqrt(place.area * outline.area)
    assert place_overlap(np.array([box], np.float32), [LEFT])[0, 0] == pytest.approx(wanted)


def test_only_vehicles_occupy() -> None:
    found = make_detections([CAR_ON_LEFT, [145, 170, 225, 260]], class_id=[1, 0])
    classifier = DetectedOccupancy(ScriptedDetector([found], ("person", "car")))
    assert (classifier(make_picture(), [LEFT, RIGHT]) > 0.5).tolist() == [True, False]


def test_car_of_a_spot_that_is_not_asked_about_does_not_occupy_the_next_one() -> None:
    leaning = [CAR_ON_LEFT[0] + 25, CAR_ON_LEFT[1], CAR_ON_LEFT[2] + 25, CAR_ON_LEFT[3]]
    found = make_detections([leaning], class_id=[1])
    classifier = DetectedOccupancy(ScriptedDetector([found], ("person", "car")))
    alone = classifier(make_picture(), [RIGHT])[0]
    beside_left = classifier(make_picture(), [RIGHT], [LEFT, RIGHT])[0]
    assert beside_left < 0.5
    assert beside_left < alone


def test_no_spots_ask_no_detector() -> None:
    detector = ScriptedDetector([Detections.empty()])
    assert len(DetectedOccupancy(detector)(make_picture(), [])) == 0
    assert detector.seen == 0


def test_an_outline_drawn_across_itself_still_covers_ground() -> None:
    crossed = LEFT[[0, 2, 1, 3]]
    occupied = occupancy_from_vehicles(make_detections([CAR_ON_LEFT]), [crossed])
    assert np.isfinite(occupied).all()
