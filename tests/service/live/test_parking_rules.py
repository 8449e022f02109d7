"""Stays, overstay, two spots and blocked lanes, as stories of what was known when."""

from dataclasses import replace

import numpy as np
import pytest

from service.live.parking_rules import OpenStay, across_spots, next_stay, overstay_since_ns
from service.live.violations import Violations
from service.site.site import Camera, ParkingPlan
from service.site.spot_terms import SpotTerms
from service.timestamps import NS_PER_S
from vision.parking.layout import Layout, Spot, Zone, ZoneKind
from vision.parking.neighbours import neighbours
from vision.parking.spot_state import (
    SettlingSettings,
    SpotState,
    SpotStatus,
    UnknownReason,
    first_spot_state,
)
from vision.parking.stopping import Stopped

MINUTE_NS = 60 * NS_PER_S
SQUARE = np.array([[0, 0], [40, 0], [40, 80], [0, 80]], float)
SPOTS = tuple(
    Spot(name, "main", "general", SQUARE + np.array([left, top]))
    for name, left, top in (("A1", 0, 0), ("A2", 41, 0), ("A3", 82, 0), ("B1", 0, 200))
)
TERMS = {
    spot.spot_id: SpotTerms(max_stay_s=1800 if spot.spot_id == "A1" else None) for spot in SPOTS
}
LANE = Zone("lane", ZoneKind.LANE, np.array([[0, 90], [200, 90], [200, 190], [0, 190]], float))


def state(status: str, since_min: float) -> SpotState:
    reason = UnknownReason.DARK if status == "unknown" else None
    changed_ns = round(since_min * MINUTE_NS)
    return replace(
        first_spot_state(0), status=SpotStatus(status), reason=reason, changed_at_ns=changed_ns
    )


def camera() -> Camera:
    plan = ParkingPlan(Layout("north", 1, SPOTS, (LANE,)), SettlingSettings(), TERMS)
    return Camera("north", "North", "yard.mp4", plan)


def told(violations: Violations, story, stopped=()) -> list[str]:
    """What is told while A1 (and others) go through (minute, {spot: status})."""
    said = []
    changed: dict[str, tuple[str, float]] = {}
    for minute, statuses in story:
        for spot_id, status in statuses.items():
            if changed.get(spot_id, ("", 0))[0] != status:
                changed[spot_id] = (status, minute)
        states = {spot_id: state(*pair) for spot_id, pair in changed.items()}
        now_ns = round(minute * MINUTE_NS)
        for each in violations.take(camera(), TERMS, states, stopped, now_ns):
            end = "begins" if each.ended_ns is None else "ends"
            said.append(f"{minute:g} {each.kind.value} {each.subject} {end}")
    return said


@pytest.mark.parametrize(
    ("story", "said"),
    [
        pytest.param(
            [(0, "free"), (1, "occupied"), (30, "occupied"), (32, "free")],
            [],
            id="in time",
        ),
        pytest.param(
            [(0, "free"), (1, "occupied"), (33, "occupied"), (35.5, "free")], [], id="within grace"
        ),
        pytest.param(
            [(0, "free"), (1, "occupied"), (37, "occupied"), (50, "free")],
            ["37 overstay A1 begins", "50 overstay A1 ends"],
            id="overstay with grace",
        ),
        pytest.param(
            [
                (0, "occupied"),
                (19, "occupied"),
                (20, "unknown"),
                (25, "occupied"),
                (36, "occupied"),
            ],
            ["36 overstay A1 begins"],
            id="a short blindness does not end a stay",
        ),
        pytest.param(
            [(0, "occupied"), (1, "unknown"), (40, "unknown"), (41, "occupied"), (60, "occupied")],
            [],
            id="after a long one nobody knows whose car it is",
        ),
        pytest.param(
            [(0, "occupied"), (20, "free"), (21, "occupied"), (40, "occupied")],
            [],
            id="another car",
        ),
    ],
)
def test_overstay(story, said):
    assert told(Violations(), [(minute, {"A1": status}) for minute, status in story]) == said


def test_violation_begins_when_the_longest_stay_was_over():
    stay = OpenStay(0, 0)
    terms = SpotTerms(max_stay_s=1800)
    assert overstay_since_ns(stay, terms, 34 * MINUTE_NS) is None
    assert overstay_since_ns(stay, terms, 36 * MINUTE_NS) == 30 * MINUTE_NS
    assert overstay_since_ns(stay, SpotTerms(), 36 * MINUTE_NS) is None


def test_neighbours_lie_side_by_side():
    assert neighbours(SPOTS) == [("A1", "A2"), ("A2", "A3")]


@pytest.mark.parametrize(
    ("first_min", "second_min", "seen", "pairs"),
    [
        pytest.param(5, 5.01, True, [("A1", "A2")], id="one vehicle fills two spots"),
        pytest.param(5, 6, True, [], id="two cars, one after the other"),
        pytest.param(5, 5.01, False, [], id="nobody saw them come"),
    ],
)
def test_vehicle_across_two_spots(first_min, second_min, seen, pairs):
    stays = {
        name: OpenStay(round(minute * MINUTE_NS), 0, seen)
        for name, minute in (("A1", first_min), ("A2", second_min))
    }
    assert across_spots(neighbours(SPOTS), stays) == pairs


def test_vehicle_across_two_spots_is_told_once_by_two_cameras():
    violations, north = Violations(), camera()
    plan = ParkingPlan(Layout("south", 1, SPOTS[::-1], ()), SettlingSettings())
    south = Camera("south", "South", "yard.mp4", plan)
    said = []
    for minute, status, eyes in (
        (0, "free", north),
        (1, "occupied", north),
        (1, "occupied", south),
    ):
        states = {name: state(status, minute) for name in ("A1", "A2")}
        said += violations.take(eyes, TERMS, states, (), minute * MINUTE_NS)
    assert [(each.subject, each.ended_ns) for each in said] == [("A1+A2", None)]
    gone = {name: state("free", 2) for name in ("A1", "A2")}
    ended = [violations.take(eyes, TERMS, gone, (), 2 * MINUTE_NS) for eyes in (south, north)]
    assert [[each.subject for each in some] for some in ended] == [["A1+A2"], []]


def test_stay_knows_whether_it_was_seen_to_begin():
    come = next_stay(None, SpotStatus.FREE, state("occupied", 1), 2 * MINUTE_NS)
    was_there = next_stay(None, SpotStatus.UNKNOWN, state("occupied", 1), 2 * MINUTE_NS)
    assert come is not None
    assert was_there is not None
    assert (come.came_from_free, was_there.came_from_free) == (True, False)
    assert come.dwell_s(3 * MINUTE_NS) == 120


def test_vehicle_in_the_lane_is_told_after_a_while_and_once():
    violations, place = Violations(), Stopped("lane", SQUARE, since_ns=0, seen_ns=0)
    waits = [(minute, {"A1": "free"}) for minute in (0.5, 0.9)]
    stands = [(minute, {"A1": "free"}) for minute in (1.1, 2, 3)]
    assert told(violations, waits, [place]) == []
    assert told(violations, stands, [place]) == ["1.1 stopped_in_lane lane begins"]
    assert told(violations, [(4, {"A1": "free"})]) == ["4 stopped_in_lane lane ends"]
    assert [each.ended_ns for each in violations.all()] == [4 * MINUTE_NS]
