import json

import cv2
import numpy as np

from models.training.parking.rendered_spots import rendered_rows

SPOT = [[100, 100], [140, 100], [140, 140], [100, 140]]
ASIDE = [[200, 100], [240, 100], [240, 140], [200, 140]]


def still(folder, boxes, occupied):
    for name in ("images", "labels"):
        (folder / name).mkdir(exist_ok=True)
    cv2.imwrite(str(folder / "images" / "1.jpg"), np.full((360, 640, 3), 90, np.uint8))
    label = {
        "file": "images/1.jpg",
        "conditions": "rain",
        "boxes": [{"class": kind, "xyxy": box} for kind, box in boxes],
        "spots": {"A1": SPOT, "A2": ASIDE},
        "occupied": occupied,
    }
    (folder / "labels" / "1.json").write_text(json.dumps(label))
    return folder


def test_every_spot_is_a_row_of_its_weather(tmp_path):
    rows = rendered_rows(still(tmp_path, [], {"A1": 1, "A2": 0}))
    assert [(row.occupied, row.source, row.site) for row in rows] == [
        (1, "rendered", "rendered_rain"),
        (0, "rendered", "rendered_rain"),
    ]


def test_a_free_spot_behind_a_van_teaches_nothing(tmp_path):
    rows = rendered_rows(still(tmp_path, [("car", [90, 60, 150, 150])], {"A1": 0, "A2": 0}))
    assert len(rows) == 1


def test_a_person_before_a_free_spot_hides_it_from_nobody(tmp_path):
    rows = rendered_rows(still(tmp_path, [("person", [90, 60, 150, 150])], {"A1": 0, "A2": 0}))
    assert len(rows) == 2


def test_the_parked_car_does_not_hide_its_own_spot(tmp_path):
    rows = rendered_rows(still(tmp_path, [("car", [90, 60, 150, 150])], {"A1": 1, "A2": 0}))
    assert [row.occupied for row in rows] == [1, 0]
