import numpy as np
import pytest

from vision.classes import Kind
from vision.tram.rider import machines_of, standing_boxes

RIDER, MACHINE = [300, 100, 330, 160], [295, 130, 335, 170]


@pytest.mark.parametrize(
    ("other", "kind", "foot_px"),
    [
        pytest.param(MACHINE, Kind.TWO_WHEELER, 170, id="sits on it"),
        pytest.param([295, 125, 335, 185], Kind.TWO_WHEELER, 185, id="his box ends at his knees"),
        pytest.param([400, 130, 440, 170], Kind.TWO_WHEELER, 160, id="machine beside"),
        pytest.param([295, 130, 335, 155], Kind.TWO_WHEELER, 160, id="stands before it"),
        pytest.param([295, 165, 335, 215], Kind.TWO_WHEELER, 160, id="machine far nearer"),
        pytest.param(MACHINE, Kind.VEHICLE, 160, id="a vehicle"),
    ],
)
def test_rider_reaches_down_to_the_wheels_of_his_own_machine(other, kind, foot_px):
    boxes = np.array([RIDER, other], np.float32)
    standing = standing_boxes(boxes, machines_of(boxes, [Kind.PERSON, kind]))
    assert standing[0].tolist() == [*RIDER[:3], foot_px]
    assert standing[1].tolist() == other
    assert boxes[0].tolist() == RIDER, "the boxes themselves stay"


def test_nobody_and_nothing():
    nobody = np.zeros((0, 4), np.float32)
    assert standing_boxes(nobody, machines_of(nobody, [])).shape == (0, 4)
