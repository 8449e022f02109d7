"""One spot's life as stories: what the pictures say from second to second, what is published."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from tests.builders import NS_PER_S
from vision.errors import SettingError
from vision.parking.spot_state import (
    SettlingSettings,
    SpotEvidence,
    SpotState,
    SpotStatus,
    UnknownReason,
    first_spot_state,
    next_spot_state,
)

CAR, EMPTY, UNSURE = 0.97, 0.03, 0.55
HIDDEN = UnknownReason.SPOT_HIDDEN
SETTINGS = SettlingSettings(arrival_s=4, departure_s=4, valid_for_s=60)

Seen = float | UnknownReason | None
"""A probability, a reason for blindness, or no picture at all."""


@dataclass(frozen=True)
class Story:
    """`scenes` are (until second, what every picture says); pictures come every `step_s`."""

    scenes: list[tuple[float, Seen]]
    expect: list[tuple[float, str]]
    """(second, status or reason of unknown) to hold at those moments."""
    changes: int
    """How often the published status or reason changed."""
    step_s: float = 0.5
    settings: SettlingSettings = field(default_factory=lambda: SETTINGS)


STORIES = {
    "car parks": Story(
        [(10, EMPTY), (30, CAR)],
        [(0, "undecided"), (2, "free"), (11, "free"), (13, "free"), (14.5, "occupied")],
        changes=3,
    ),
    "car leaves": Story(
        [(10, CAR), (30, EMPTY)], [(5, "occupied"), (13, "occupied"), (14.5, "free")], changes=3
    ),
    "car drives past twice": Story(
        [(10, EMPTY), (11.5, CAR), (20, EMPTY), (21.5, CAR), (40, EMPTY)],
        [(11.5, "free"), (21.5, "free"), (39, "free")],
        changes=2,
    ),
    "one odd frame": Story(
        [(10, CAR), (10.5, EMPTY), (30, CAR)], [(10.5, "occupied"), (29, "occupied")], changes=2
    ),
    "every other frame is odd": Story(
        [(10, CAR), *[(10 + k, EMPTY if k % 2 else CAR) for k in range(1, 40)]],
        [(49, "occupied")],
        changes=2,
        step_s=1.0,
    ),
    "one odd frame in a time lapse": Story(
        [(3000, EMPTY), (3600, CAR), (9000, EMPTY)],
        [(3000, "free"), (3600, "free"), (8400, "free")],
        changes=2,
        step_s=600,
        settings=SettlingSettings(valid_for_s=3600),
    ),
    "time lapse settles in two pictures": Story(
        [(3000, EMPTY), (9000, CAR)],
        [(3000, "free"), (3600, "free"), (4200, "occupied")],
        changes=3,
        step_s=600,
        settings=SettlingSettings(valid_for_s=3600),
    ),
    "first picture alone decides nothing": Story(
        [(0, CAR), (600, None)], [(0, "undecided"), (600, "undecided")], changes=1, step_s=600
    ),
    "pictures never decide": Story([(100, UNSURE)], [(0, "undecided"), (99, "undecided")], 1),
    "undecided pictures do not flip": Story(
        [(10, CAR), (60, UNSURE)], [(59, "occupied")], changes=2
    ),
    "undecided for too long": Story(
        [(10, CAR), (100, UNSURE)], [(69, "occupied"), (72, "undecided"), (99, "undecided")], 3
    ),
    "less sure pictures take longer": Story(
        [(10, EMPTY), (40, 0.85)], [(15, "free"), (30, "occupied")], changes=3
    ),
    "weak contradiction is believed when nothing confirms the old state any more": Story(
        [(10, EMPTY), (100, 0.75)], [(69, "free"), (70.5, "undecided"), (72, "occupied")], changes=4
    ),
    "dark car that is hard to see": Story(
        [(30, 0.72)], [(0, "undecided"), (10, "occupied"), (29, "occupied")], changes=2
    ),
    "van drives past": Story([(10, CAR), (14, HIDDEN), (40, CAR)], [(14, "occupied")], changes=2),
    "van stays before the spot": Story(
        [(10, EMPTY), (40, HIDDEN), (60, EMPTY)],
        [(29, "free"), (31, "spot_hidden"), (40, "spot_hidden"), (45, "free")],
        changes=4,
    ),
    "car leaves behind the van": Story(
        [(10, CAR), (40, HIDDEN), (60, EMPTY)],
        [(29, "occupied"), (31, "spot_hidden"), (41, "undecided"), (48, "free")],
        changes=5,
    ),
    "two vans drive past while the car leaves, a picture a second": Story(
        [(10, CAR), (11, HIDDEN), (13, EMPTY), (14, HIDDEN), (40, EMPTY)],
        [(14, "occupied"), (15, "free")],
        changes=3,
        step_s=1.0,
    ),
    "van stops before the spot and its rear is taken for a car": Story(
        [(10, EMPTY), (25, HIDDEN), (26.5, CAR), (40, EMPTY)],
        [(25, "free"), (27, "free"), (39, "free")],
        changes=2,
        step_s=0.25,
    ),
    "camera goes blind and comes back": Story(
        [(10, CAR), (30, UnknownReason.COVERED), (60, CAR)],
        [(9, "occupied"), (10.5, "covered"), (29, "covered"), (31, "occupied")],
        changes=4,
    ),
    "car leaves while the camera is blind": Story(
        [(10, CAR), (30, UnknownReason.CAMERA_LOST), (60, EMPTY)],
        [(29, "camera_lost"), (31, "undecided"), (33, "free")],
        changes=5,
    ),
    "no picture for too long": Story(
        [(10, CAR), (200, None)], [(60, "occupied"), (71, "stale"), (199, "stale")], changes=3
    ),
}


def _evidence(seen: Seen) -> SpotEvidence | None:
    if seen is None:
        return None
    if isinstance(seen, UnknownReason):
        return SpotEvidence(None, seen)
    return SpotEvidence(seen)


def _live(story: Story) -> Iterable[tuple[float, SpotState]]:
    state = first_spot_state(0)
    at_s = 0.0
    for until_s, seen in story.scenes:
        while at_s <= until_s:
            now_ns = round(at_s * NS_PER_S)
            state = next_spot_state(state, _evidence(seen), now_ns, story.settings)
            yield at_s, state
            at_s += story.step_s


def _said(state: SpotState) -> str:
    return str(state.reason or state.status)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_story(story: Story) -> None:
    lived = dict(_live(story))
    said = {at_s: _said(state) for at_s, state in lived.items()}
    assert {at_s: said[at_s] for at_s, _ in story.expect} == dict(story.expect)
    published = [UnknownReason.NO_PICTURE_YET.value, *said.values()]
    assert sum(a != b for a, b in pairwise(published)) == story.changes


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_every_state_is_whole(story: Story) -> None:
    for at_s, state in _live(story):
        now_ns = round(at_s * NS_PER_S)
        assert (state.reason is None) == (state.status is not SpotStatus.UNKNOWN)
        assert 0 <= state.confidence <= 1
        assert state.changed_at_ns <= now_ns
        if state.status in (SpotStatus.FREE, SpotStatus.OCCUPIED):
            assert state.valid_until_ns >= now_ns


@pytest.mark.parametrize(("arrival_s", "departure_s"), [(2, 10), (10, 2)])
def test_arrival_and_departure_settle_apart(arrival_s: float, departure_s: float) -> None:
    settings = SettlingSettings(arrival_s, departure_s)
    story = Story([(20, EMPTY), (60, CAR), (100, EMPTY)], [], 0, step_s=0.1, settings=settings)
    flips = [state.changed_at_ns / NS_PER_S for _, state in _live(story)]
    arrived_s, left_s = sorted(set(flips))[-2:]
    assert arrived_s - 20 == pytest.approx(arrival_s, abs=0.3)
    assert left_s - 60 == pytest.approx(departure_s, abs=0.3)


@pytest.mark.parametrize(
    ("step_s", "arrived_s", "left_s"),
    [(0.04, 2.0, 8.0), (1.0, 2.0, 8.0), (2.0, 4.0, 8.0), (10.0, 20.0, 20.0)],
)
def test_arrival_and_departure_keep_their_times_at_any_pace(
    step_s: float, arrived_s: float, left_s: float
) -> None:
    settings = SettlingSettings(arrival_s=2, departure_s=8, valid_for_s=60)
    story = Story([(100, EMPTY), (200, CAR), (300, EMPTY)], [], 0, step_s=step_s, settings=settings)
    times = {state.changed_at_ns / NS_PER_S for _, state in _live(story)}
    arrived, left = sorted(times)[-2:]
    # counted from the last picture before the change: rare pictures need two that show it
    assert (arrived - 100, left - 200) == pytest.approx((arrived_s, left_s), abs=0.05)


@pytest.mark.parametrize("step_s", [0.04, 0.2, 1.0, 2.0])
def test_settling_time_is_the_same_at_any_frame_rate(step_s: float) -> None:
    story = Story([(20, EMPTY), (60, CAR)], [], 0, step_s=step_s)
    arrived_s = max(state.changed_at_ns for _, state in _live(story)) / NS_PER_S
    assert arrived_s - 20 == pytest.approx(4, abs=2 * step_s)


def test_confidence_falls_while_pictures_contradict() -> None:
    lived = dict(_live(Story([(10, CAR), (12, EMPTY)], [], 0)))
    assert lived[12.0].status is SpotStatus.OCCUPIED
    assert lived[12.0].confidence < 0.7 < lived[10.0].confidence


def test_closed_spot_stays_closed() -> None:
    state = first_spot_state(0, is_closed=True)
    for seen in (SpotEvidence(CAR), None, SpotEvidence(None, UnknownReason.DARK)):
        state = next_spot_state(state, seen, 10**12, SETTINGS)
    assert (state.status, state.reason) == (SpotStatus.CLOSED, None)


def test_pictures_out_of_order_change_no_evidence() -> None:
    state = dict(_live(Story([(10, CAR)], [], 0)))[10.0]
    late = next_spot_state(state, SpotEvidence(EMPTY), round(9 * NS_PER_S), SETTINGS)
    assert late.occupied_log_odds == state.occupied_log_odds


def test_settling_times_must_be_positive() -> None:
    with pytest.raises(SettingError, match="arrival_s must be above 0, got 0"):
        SettlingSettings(arrival_s=0)
