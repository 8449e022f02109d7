import numpy as np
import pytest

from tests.builders import ScriptedClassifier, make_frame
from vision.parking import neighbours as judged
from vision.parking.layout import Layout, Spot
from vision.parking.looks import GateSettings
from vision.parking.neighbours import neighbours, outline_between, unclear_pairs
from vision.parking.watch import ParkingSettings, ParkingWatch

SQUARE = np.array([[10, 10], [50, 10], [50, 90], [10, 90]], float)
RIGHT = SQUARE + np.array([40, 0])
ROW = (Spot("A1", "main", "general", SQUARE), Spot("A2", "main", "general", RIGHT))


@pytest.mark.parametrize(
    "other", [RIGHT, np.roll(RIGHT, 1, axis=0), RIGHT[::-1]], ids=["same", "turned", "reversed"]
)
def test_the_ground_between_two_spots_reaches_from_middle_to_middle(other) -> None:
    corners = {tuple(corner) for corner in outline_between(SQUARE, other)}
    assert corners == {(30, 10), (70, 10), (70, 90), (30, 90)}


def test_between_spots_of_another_number_of_corners() -> None:
    other = np.insert(RIGHT, 1, [70, 10], axis=0)
    np.testing.assert_allclose(outline_between(SQUARE, other).mean(axis=0)[1], 46, atol=5)


def test_only_spots_near_each_other_are_compared_in_a_large_lot(monkeypatch) -> None:
    compared, lie_side_by_side = [], judged._lie_side_by_side
    monkeypatch.setattr(
        judged,
        "_lie_side_by_side",
        lambda one, other: compared.append(one) or lie_side_by_side(one, other),
    )
    rows = [
        Spot(f"{row}-{place}", "main", "general", SQUARE + np.array([40 * place, 200 * row]))
        for row in range(10)
        for place in range(30)
    ]
    assert len(neighbours(rows)) == len(compared) == 10 * 29


@pytest.mark.parametrize(
    ("probabilities", "is_looked_at"),
    [
        ((0.45, 0.48), True),
        ((0.75, 0.2), True),
        ((0.06, 0.6), True),
        ((0.06, 0.07), False),
        ((0.95, 0.45), False),
        ((0.45, 0.02), False),
        ((0.02, 0.02), False),
    ],
)
def test_only_neighbours_that_may_share_a_vehicle_are_looked_at(
    probabilities, is_looked_at
) -> None:
    pairs = neighbours(ROW)
    seen = dict(zip(("A1", "A2"), probabilities, strict=True))
    assert unclear_pairs(pairs, seen, 0.9) == (pairs if is_looked_at else [])


def last_told(*rows: list[float]) -> list[str]:
    """What is told of A1 and A2; rows are answers, of both spots and of the ground between."""
    layout = Layout("north", 1, ROW)
    settings = ParkingSettings(gate=GateSettings(is_on=False))
    watch = ParkingWatch(layout, ScriptedClassifier([*rows]), settings)
    shown = []
    for second in range(len([row for row in rows if len(row) == 2])):
        shown = [watch.update(make_frame(second))]
    return [state.status.value for state in shown[-1].spots.values()]


def test_a_vehicle_across_two_spots_takes_both() -> None:
    free = [[0.02, 0.02]] * 3
    across = [[0.45, 0.48], [0.98]] * 12
    assert last_told(*free) == ["free", "free"]
    assert last_told(*free, *across) == ["occupied", "occupied"]
    assert last_told(*free, *across, *[[0.02, 0.02]] * 12) == ["free", "free"]


def test_what_is_unclear_between_the_spots_as_well_takes_neither() -> None:
    assert last_told(*[[0.02, 0.02]] * 3, *[[0.45, 0.48], [0.5]] * 12) == ["free", "free"]
