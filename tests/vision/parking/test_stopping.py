"""Vehicles that stop in a lane, as stories: what stands there, who walks past, when it is gone."""

from collections.abc import Sequence

import numpy as np

from tests.builders import NS_PER_S
from vision.arrays import BoolArray, FloatArray
from vision.parking.layout import Zone, ZoneKind
from vision.parking.stopping import Stopped, find_stopped, next_stopped

LANE = np.array([[0, 60], [200, 60], [200, 100], [0, 100]], np.float64)
ZONES = [Zone("aisle", ZoneKind.LANE, LANE)]
SPOT_AREA_PX = 600.0


def _standing(left: int, top: int, right: int, bottom: int) -> BoolArray:
    mask = np.zeros((120, 200), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def _found(mask: BoolArray, at_s: float = 2.0) -> list[Stopped]:
    return find_stopped(ZONES, mask, SPOT_AREA_PX, round(at_s * NS_PER_S))


def _sure_of(*widths_px: float) -> "_Sure":
    return _Sure(widths_px)


class _Sure:
    """Sees a vehicle in outlines of these widths."""

    def __init__(self, widths_px: Sequence[float]) -> None:
        self._widths_px = widths_px

    def __call__(self, outlines: Sequence[FloatArray]) -> FloatArray:
        widths = [float(np.ptp(each[:, 0])) for each in outlines]
        return np.array([0.95 if width in self._widths_px else 0.2 for width in widths])


def _life(seen: Sequence[tuple[float, bool]], start: Sequence[Stopped]) -> list[tuple[float, int]]:
    """(second, vehicles that stand) after every picture."""
    known, said = list(start), []
    for at_s, is_shown in seen:
        sure = _sure_of(60.0) if is_shown else _sure_of()
        known = next_stopped(known, [], sure, round(at_s * NS_PER_S))
        said.append((at_s, len(known)))
    return said


def _van() -> list[Stopped]:
    return next_stopped([], _found(_standing(50, 40, 110, 90)), _sure_of(60.0), 2 * NS_PER_S)


def test_van_stands_since_it_was_still():
    (van,) = _van()
    assert (van.zone_id, van.since_ns, van.seen_ns) == ("aisle", 0, 2 * NS_PER_S)


def test_its_place_is_on_the_lane_where_no_car_is_parked_behind_it():
    (van,) = _van()
    assert van.outline[:, 1].min() == LANE[:, 1].min()
    assert van.outline[:, 1].max() == 90


def test_thing_whose_foot_is_beside_the_lane_stands_elsewhere():
    assert _found(_standing(50, 5, 110, 55)) == []


def test_person_is_no_vehicle():
    assert _found(_standing(50, 75, 57, 95)) == []


def test_bag_as_large_as_a_vehicle_is_none():
    assert next_stopped([], _found(_standing(50, 40, 110, 90)), _sure_of(), 0) == []


def test_place_is_the_one_that_shows_the_vehicle_most_surely():
    side = next_stopped([], _found(_standing(70, 40, 110, 90)), _sure_of(40.0), 2 * NS_PER_S)
    whole = _found(_standing(50, 40, 110, 90), at_s=3.0)
    (van,) = next_stopped(side, whole, _sure_of(60.0), 3 * NS_PER_S)
    assert np.ptp(van.outline[:, 0]) == 60
    assert van.since_ns == 0


def test_walker_before_the_van_does_not_end_its_stop():
    passing = [(2 + k / 25, not 10 <= k < 40) for k in range(60)]
    assert {stood for _, stood in _life(passing, _van())} == {1}


def test_van_that_drove_off_is_gone_after_a_moment():
    gone = [(2 + k / 5, False) for k in range(20)]
    last = max(at_s for at_s, stood in _life(gone, _van()) if stood)
    assert 3.2 <= last <= 3.6


def test_rare_pictures_need_two_without_the_van():
    said = _life([(12, False), (22, True), (32, False), (42, False)], _van())
    assert [stood for _, stood in said] == [1, 1, 1, 0]
