import pytest

from vision.errors import SettingError
from vision.tram.braking import KMH_PER_MPS, BrakingCurve


@pytest.mark.parametrize(
    ("kmh", "metres"), [(20, 9), (30, 17), (40, 27), (50, 39), (60, 54), (70, 69)]
)
def test_bostrab_table(kmh: float, metres: float) -> None:
    assert BrakingCurve().braking_distance_m(kmh / KMH_PER_MPS) == pytest.approx(metres, abs=0.6)


@pytest.mark.parametrize(
    ("kmh", "mps2"), [(0, 1.71), (10, 1.71), (25, 1.875), (45, 2.38), (70, 2.73), (90, 2.73)]
)
def test_between_and_beyond_the_points(kmh: float, mps2: float) -> None:
    assert BrakingCurve().deceleration_mps2(kmh / KMH_PER_MPS) == pytest.approx(mps2)


def test_stopping_adds_reaction_and_margin() -> None:
    curve = BrakingCurve(((50, 2.0),))
    assert curve.stopping_distance_m(10, reaction_s=1.5, margin_m=5) == pytest.approx(15 + 25 + 5)
    assert curve.stopping_distance_m(0, reaction_s=1.5, margin_m=5) == 5


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ((), "needs one point or more, got none"),
        (((20, 1.7), (20, 2.0)), "must rise, got 20 then 20 km/h"),
        (((20, 0),), "must be above 0, got 20 km/h 0 m/s²"),
    ],
)
def test_impossible_curves_are_refused(points: tuple[tuple[float, float]], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        BrakingCurve(points)
