import numpy as np
import pytest

from tests.builders import NS_PER_S, make_picture
from vision.parking.looks import GateSettings, SpotLook, SpotLooks, is_look_due, spot_cells

SPOT = np.array([[100, 100], [200, 100], [200, 180], [100, 180]], float)
EMPTY = make_picture(seed=0)
CAR = EMPTY.copy()
CAR[110:170, 120:190] = 230


def look(image=EMPTY, probability: float = 0.02, seen_s: float = 0) -> SpotLook:
    return SpotLook(spot_cells(image, SPOT), round(seen_s * NS_PER_S), probability)


@pytest.mark.parametrize(
    ("before", "image", "at_s", "is_due"),
    [
        pytest.param(None, EMPTY, 0, True, id="never seen"),
        pytest.param(look(), make_picture(seed=9), 5, False, id="noise alone"),
        pytest.param(look(), CAR, 5, True, id="a car is there"),
        pytest.param(look(CAR, 0.98), EMPTY, 5, True, id="the car is gone"),
        pytest.param(look(), make_picture(seed=9), 31, True, id="last look is old"),
        pytest.param(look(probability=0.4), make_picture(seed=9), 1, True, id="was not clear"),
    ],
)
def test_which_spots_are_classified(before, image, at_s, is_due):
    cells = spot_cells(image, SPOT)
    assert is_look_due(before, cells, at_s * NS_PER_S, GateSettings()) is is_due


def test_slow_light_is_looked_at_seldom_but_is():
    looks = SpotLooks(GateSettings(look_anyway_s=1000))
    due = []
    for second in range(100):
        image = (EMPTY * (1 - second / 300)).astype(np.uint8)
        due.append(bool(looks.due(image, {"A1": SPOT}, second * NS_PER_S)))
        looks.take({"A1": 0.02} if due[-1] else {}, second * NS_PER_S)
    assert 2 <= sum(due) <= 20
    assert looks.classified + looks.spared == 100


def test_last_answer_stands_while_nothing_changes():
    looks = SpotLooks()
    assert list(looks.due(EMPTY, {"A1": SPOT}, 0)) == ["A1"]
    assert looks.take({"A1": 0.03}, 0) == {"A1": 0.03}
    assert list(looks.due(make_picture(seed=3), {"A1": SPOT}, NS_PER_S)) == []
    assert looks.take({}, NS_PER_S) == {"A1": 0.03}
