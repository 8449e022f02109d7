"""The driver's display as stories: what stands ahead from second to second, what is shown."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from tests.builders import NS_PER_S
from vision.classes import Kind
from vision.errors import SettingError
from vision.tram.alert_settings import AlertSettings
from vision.tram.alert_state import (
    AlertLevel,
    AlertState,
    TramSight,
    UnavailableReason,
    acknowledged,
    first_alert_state,
    next_alert_state,
)
from vision.tram.braking import BrakingCurve
from vision.tram.obstacle import Obstacle
from vision.tram.urgency import Urgency, urgency_of

CITY_MPS = 10.0
BRAKING, SETTINGS = BrakingCurve(), AlertSettings()


def make_obstacle(
    distance_m: float,
    *,
    closing_mps: float = CITY_MPS,
    in_envelope: bool = True,
    enters_in_s: float | None = None,
    kind: Kind = Kind.PERSON,
    confidence: float = 0.9,
    track_id: int = 1,
    seen_for_s: float = 60.0,
    inside_sigmas: float = 6.0,
    is_on_branch: bool = False,
    leaves_in_s: float = math.inf,
) -> Obstacle:
    """Someone ahead of a tram."""
    return Obstacle(
        track_id=track_id,
        kind=kind,
        xyxy=(0, 0, 10, 20),
        confidence=confidence,
        distance_m=distance_m,
        lateral_m=0.0 if in_envelope else 2.5,
        closing_speed_mps=closing_mps,
        time_to_collision_s=distance_m / closing_mps if closing_mps > 0.1 else None,
        in_envelope=in_envelope,
        enters_envelope_in_s=enters_in_s,
        seen_for_s=seen_for_s,
        inside_sigmas=inside_sigmas,
        is_on_branch=is_on_branch,
        leaves_envelope_in_s=leaves_in_s,
    )


Seen = Callable[[float], TramSight]
"""What is seen at a second of the story."""


def sight(
    *obstacles: Obstacle, speed_mps: float | None = CITY_MPS, braking: float = 0
) -> TramSight:
    """A healthy picture."""
    return TramSight(obstacles, speed_mps, -braking)


def standing(*obstacles: Obstacle) -> TramSight:
    """A healthy picture from a tram that stands."""
    return sight(*obstacles, speed_mps=0.0)


def approach(from_m: float, start_s: float = 0.0, **about: object) -> Seen:
    """A tram at 10 m/s nears something that stands `from_m` ahead at `start_s`."""
    return lambda s: sight(make_obstacle(max(from_m - CITY_MPS * (s - start_s), 1), **about))  # type: ignore[arg-type]


def always(view: TramSight) -> Seen:
    """The same at every second."""
    return lambda _: view


@dataclass(frozen=True)
class Story:
    """`scenes` are (until second, what is seen); `expect` is the display at some seconds."""

    scenes: list[tuple[float, Seen]]
    expect: list[tuple[float, str]]
    never: list[str] = field(default_factory=list)
    step_s: float = 0.1
    max_changes: int = 6


CLEAR = always(sight())
STORIES = {
    "nothing ahead": Story([(5, CLEAR)], [(0, "clear"), (5, "clear")], ["information"]),
    "pedestrian crosses and stops on the track": Story(
        [(2, CLEAR), (7, approach(80, start_s=2))],
        [(1.9, "clear"), (2.5, "information"), (4.6, "caution"), (6, "alarm")],
        max_changes=4,
    ),
    "pedestrian crosses in time": Story(
        [(1, CLEAR), (2.5, approach(60, start_s=1)), (6, CLEAR)],
        [(2.5, "caution"), (2.9, "caution"), (3.3, "clear")],
        ["alarm"],
    ),
    "pedestrian beside the track": Story(
        [(6, approach(70, in_envelope=False))], [(6, "clear")], ["information", "caution", "alarm"]
    ),
    "platform full of people": Story(
        [
            (
                5,
                always(
                    sight(*[make_obstacle(d, in_envelope=False, track_id=d) for d in range(5, 40)])
                ),
            )
        ],
        [(5, "clear")],
        ["information", "caution", "alarm"],
    ),
    "child runs from behind a van": Story(
        [(1, CLEAR), (3, approach(30, start_s=1, in_envelope=False, enters_in_s=1.2))],
        [(0.9, "clear"), (1.3, "alarm")],
    ),
    "walker heads for the track but far ahead of the tram": Story(
        [(3, always(sight(make_obstacle(55, in_envelope=False, enters_in_s=3.5))))],
        [(3, "caution")],
        ["alarm"],
    ),
    "walker will pass behind the tram": Story(
        [(1.5, always(sight(make_obstacle(8, in_envelope=False, enters_in_s=3.0))))],
        [(1.5, "clear")],
        ["information", "caution", "alarm"],
    ),
    "one odd picture": Story(
        [(1, CLEAR), (1.1, always(sight(make_obstacle(15)))), (3, CLEAR)],
        [(1.1, "clear"), (3, "clear")],
        ["information", "caution", "alarm"],
    ),
    "flickering detection does not flicker on the display": Story(
        [(1, CLEAR)]
        + [
            (1 + k / 10, CLEAR if k % 4 == 0 else always(sight(make_obstacle(25))))
            for k in range(1, 40)
        ],
        [(2, "alarm"), (4.8, "alarm")],
        max_changes=2,
    ),
    "crowd in front of the standing tram": Story(
        [(5, always(sight(make_obstacle(3, closing_mps=0), speed_mps=0.0)))],
        [(5, "information")],
        ["caution", "alarm"],
    ),
    "man on the rails as the tram is about to start, and starts": Story(
        [
            (2, always(standing(make_obstacle(25, closing_mps=0)))),
            (6, lambda s: sight(make_obstacle(25, closing_mps=s - 2), speed_mps=s - 2)),
        ],
        [(1, "information"), (2.3, "information"), (2.7, "information"), (4, "information")],
        ["caution", "alarm"],
        max_changes=1,
    ),
    "people and cars cross far ahead of the standing tram": Story(
        [(5, always(standing(make_obstacle(25, closing_mps=0, leaves_in_s=2.0))))],
        [(5, "clear")],
        ["information", "caution", "alarm"],
    ),
    "people at the edge of the platform where the tram stands": Story(
        [(5, always(standing(make_obstacle(25, closing_mps=0, inside_sigmas=1.0))))],
        [(5, "clear")],
        ["information", "caution", "alarm"],
    ),
    "tram waits on the branch ahead of the standing tram": Story(
        [
            (
                5,
                always(
                    standing(
                        make_obstacle(25, closing_mps=0, is_on_branch=True, kind=Kind.RAIL_VEHICLE)
                    )
                ),
            )
        ],
        [(5, "clear")],
        ["information", "caution", "alarm"],
    ),
    "driver brakes hard already": Story(
        [(2, always(sight(make_obstacle(20), braking=2.0)))], [(2, "caution")], ["alarm"]
    ),
    "driver brakes for something else as a child runs out": Story(
        [
            (
                2,
                lambda s: TramSight(
                    (make_obstacle(20, seen_for_s=s),), CITY_MPS, -2.0, braking_for_s=s + 0.1
                ),
            )
        ],
        [(1, "alarm")],
    ),
    "driver brakes for what he has seen for long": Story(
        [
            (
                2,
                lambda s: TramSight(
                    (make_obstacle(20, seen_for_s=s + 2),), CITY_MPS, -2.0, braking_for_s=s
                ),
            )
        ],
        [(1, "caution")],
        ["alarm"],
    ),
    "two pictures of a slow camera are enough": Story(
        [(0.2, CLEAR), (1, always(sight(make_obstacle(20, confidence=0.5, seen_for_s=0))))],
        [(0.4, "clear"), (0.6, "alarm")],
        step_s=0.2,
    ),
    "one is, of somebody who was followed before he stepped in": Story(
        [(0.2, CLEAR), (1, always(sight(make_obstacle(20, confidence=0.5, seen_for_s=0.2))))],
        [(0.2, "clear"), (0.4, "alarm")],
        step_s=0.2,
    ),
    "that a vehicle will come in wants a second one": Story(
        [
            (0.2, CLEAR),
            (
                1,
                always(
                    sight(make_obstacle(20, in_envelope=False, enters_in_s=0.5, kind=Kind.VEHICLE))
                ),
            ),
        ],
        [(0.4, "clear"), (0.6, "alarm")],
        step_s=0.2,
    ),
    "car ahead runs on at the tram's own speed": Story(
        [(4, always(sight(make_obstacle(22, closing_mps=1.0, kind=Kind.VEHICLE))))],
        [(4, "information")],
        ["caution", "alarm"],
    ),
    "dirty lens": Story(
        [(1, CLEAR), (2, always(TramSight((), CITY_MPS, failed=UnavailableReason.DIRTY_LENS)))],
        [(1.1, "dirty_lens")],
    ),
    "alarm ends when the tram has stopped": Story(
        [
            (1, always(sight(make_obstacle(20)))),
            (4, always(sight(make_obstacle(8, closing_mps=0), speed_mps=0.0))),
        ],
        [(1, "alarm"), (1.4, "alarm"), (1.7, "information"), (4, "information")],
        max_changes=2,
    ),
    "slower tram ahead keeps its distance": Story(
        [(5, always(sight(make_obstacle(45, closing_mps=0.5, kind=Kind.RAIL_VEHICLE))))],
        [(5, "information")],
        ["caution", "alarm"],
    ),
    "slower tram ahead is caught up": Story(
        [(4, always(sight(make_obstacle(18, closing_mps=6, kind=Kind.RAIL_VEHICLE))))],
        [(4, "alarm")],
    ),
    "cab view taken for a train": Story(
        [(4, always(sight(make_obstacle(8, kind=Kind.RAIL_VEHICLE, confidence=0.35))))],
        [(4, "information")],
        ["caution", "alarm"],
    ),
    "tram waits near by on the branch of a switch": Story(
        [(4, always(sight(make_obstacle(25, is_on_branch=True, kind=Kind.RAIL_VEHICLE))))],
        [(4, "caution")],
        ["alarm"],
    ),
    "people far ahead on the branch of a switch": Story(
        [(4, always(sight(make_obstacle(50, is_on_branch=True))))],
        [(4, "information")],
        ["caution", "alarm"],
    ),
    "tram turns off at the switch": Story(
        [
            (2, always(sight(make_obstacle(30, is_on_branch=True)))),
            (4, always(sight(make_obstacle(20)))),
        ],
        [(2, "caution"), (2.2, "alarm")],
    ),
    "small dark dog trots between the rails": Story(
        [(4, always(sight(make_obstacle(25, confidence=0.22, kind=Kind.ANIMAL))))],
        [(4, "alarm")],
    ),
    "mast at the envelope's edge taken for a person": Story(
        [(4, always(sight(make_obstacle(25, confidence=0.3, inside_sigmas=1.0))))],
        [(4, "information")],
        ["caution", "alarm"],
    ),
    "something faint that has just come into view": Story(
        [(4, always(sight(make_obstacle(25, confidence=0.3, seen_for_s=0.4))))],
        [(4, "information")],
        ["caution", "alarm"],
    ),
    "faint vehicle on the bed": Story(
        [(4, always(sight(make_obstacle(25, confidence=0.3, kind=Kind.VEHICLE))))],
        [(4, "information")],
        ["caution", "alarm"],
    ),
    "obstacle at the edge of alarm does not toggle": Story(
        [(6, lambda s: sight(make_obstacle(41.5 if round(s * 10) % 8 < 4 else 44.0)))],
        [(6, "alarm")],
        max_changes=3,
    ),
    "no speed": Story(
        [(1, CLEAR), (2, always(sight(make_obstacle(20), speed_mps=None))), (3, CLEAR)],
        [(1, "clear"), (1.1, "no_speed"), (2, "no_speed"), (2.1, "clear")],
        ["alarm"],
    ),
    "lens is covered during an alarm": Story(
        [
            (1, always(sight(make_obstacle(20)))),
            (2, always(TramSight((), CITY_MPS, failed=UnavailableReason.COVERED))),
            (3, CLEAR),
        ],
        [(1, "alarm"), (1.1, "covered"), (2, "covered"), (2.1, "clear")],
    ),
}


def _live(story: Story) -> Iterator[tuple[float, AlertState]]:
    state, step = first_alert_state(0), 0
    for until_s, seen in story.scenes:
        while step * story.step_s <= until_s + 1e-9:
            at_s = round(step * story.step_s, 6)
            now_ns = round(at_s * NS_PER_S)
            state = next_alert_state(state, seen(at_s), now_ns, BRAKING, SETTINGS)
            yield at_s, state
            step += 1


def _shown(state: AlertState) -> str:
    return str(state.reason or state.level)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_story(story: Story) -> None:
    shown = {at_s: _shown(state) for at_s, state in _live(story)}
    assert {at_s: shown[at_s] for at_s, _ in story.expect} == dict(story.expect)
    assert not set(story.never) & set(shown.values())
    assert sum(a != b for a, b in pairwise(shown.values())) <= story.max_changes


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_every_state_is_whole(story: Story) -> None:
    for at_s, state in _live(story):
        is_up = state.level in (AlertLevel.INFORMATION, AlertLevel.CAUTION, AlertLevel.ALARM)
        assert (state.alert_id is not None) == is_up
        assert (state.nearest is not None) == is_up
        assert (state.reason is not None) == (state.level is AlertLevel.UNAVAILABLE)
        assert state.since_ns <= round(at_s * NS_PER_S)


def test_unavailable_before_the_first_picture() -> None:
    state = first_alert_state(5)
    assert (state.level, state.reason) == (AlertLevel.UNAVAILABLE, UnavailableReason.NO_PICTURE)


def test_alert_is_about_the_most_urgent_obstacle() -> None:
    crowd = sight(
        make_obstacle(9, in_envelope=False, track_id=1),
        make_obstacle(25, track_id=2),
        make_obstacle(20, track_id=3),
    )
    state = dict(_live(Story([(1, always(crowd))], [])))[1.0]
    assert state.nearest is not None
    assert state.nearest.track_id == 3


def test_alarm_that_is_held_stays_about_what_it_was_given_for() -> None:
    child = make_obstacle(12.0, track_id=4)
    far_car = make_obstacle(60.0, kind=Kind.VEHICLE, track_id=7)
    told = first_alert_state(0)
    for picture in range(10):
        told = next_alert_state(told, sight(child), picture * NS_PER_S // 10, BRAKING, SETTINGS)
    told = next_alert_state(told, sight(far_car), NS_PER_S, BRAKING, SETTINGS)
    assert told.level is AlertLevel.ALARM
    assert told.nearest == child


def test_each_alert_has_its_own_id_for_its_whole_life() -> None:
    twice = Story([(2, approach(50)), (4, CLEAR), (6, approach(50, start_s=4)), (8, CLEAR)], [])
    ids = [state.alert_id for _, state in _live(twice)]
    assert [a for a, b in pairwise([*ids, 0]) if a != b and a is not None] == [1, 2]


@pytest.mark.parametrize(
    ("gap_s", "track_id", "is_same"),
    [(1.0, 1, True), (3.0, 1, False), (1.0, 2, False)],
    ids=["cut for a moment", "cut for longer", "another obstacle"],
)
def test_alert_that_is_cut_for_a_moment_keeps_its_id(
    gap_s: float, track_id: int, is_same: bool
) -> None:
    lost = always(TramSight((), CITY_MPS, failed=UnavailableReason.FROZEN))
    after = always(sight(make_obstacle(20, track_id=track_id)))
    cut = Story([(1, always(sight(make_obstacle(20)))), (1 + gap_s, lost), (5, after)], [])
    states = dict(_live(cut))
    assert {_shown(states[at_s]) for at_s in (1.1, 1 + gap_s)} == {"frozen"}
    assert states[1.5].alert_id is None
    assert (states[5].alert_id == states[1.0].alert_id) == is_same
    assert states[5].last_alert_id == states[1.0].last_alert_id + (not is_same)


def test_sure_detection_is_confirmed_sooner() -> None:
    def rise_s(confidence: float) -> float:
        story = Story([(3, always(sight(make_obstacle(20, confidence=confidence))))], [])
        return next(s for s, state in _live(story) if state.level is AlertLevel.ALARM)

    assert rise_s(0.9) < rise_s(0.4)


def test_acknowledgement_lasts_until_the_level_rises() -> None:
    state = dict(_live(Story([(1, always(sight(make_obstacle(55))))], [])))[1.0]
    assert state.level is AlertLevel.CAUTION
    state = acknowledged(state)
    assert state.is_acknowledged
    for step in range(5):
        near = sight(make_obstacle(15))
        state = next_alert_state(state, near, (2 + step) * NS_PER_S, BRAKING, SETTINGS)
    assert state.level is AlertLevel.ALARM
    assert not state.is_acknowledged


def test_nothing_to_acknowledge_while_clear() -> None:
    state = first_alert_state(0)
    assert acknowledged(state) is state


def test_warning_that_nobody_acknowledges_gains_weight() -> None:
    standing = Story([(8, always(sight(make_obstacle(55))))], [])
    states = dict(_live(standing))
    assert not states[2.0].is_escalated
    assert states[6.0].is_escalated
    assert not acknowledged(states[6.0]).is_escalated


def test_acknowledged_warning_gains_none() -> None:
    state = acknowledged(dict(_live(Story([(1, always(sight(make_obstacle(55))))], [])))[1.0])
    for second in range(2, 12):
        view = sight(make_obstacle(55))
        state = next_alert_state(state, view, second * NS_PER_S, BRAKING, SETTINGS)
    assert not state.is_escalated


def test_hourly_budget_holds_back_cautions_and_never_an_alarm() -> None:
    settings, state, shown = AlertSettings(cautions_per_hour=2), first_alert_state(0), []
    for minute in range(5):
        for step in range(40):
            ahead = [make_obstacle(55)] if step < 10 else []
            now_ns = round((60 * minute + step / 10) * NS_PER_S)
            state = next_alert_state(state, sight(*ahead), now_ns, BRAKING, settings)
            shown.append((minute, state.level))
    cautious = {minute for minute, level in shown if level is AlertLevel.CAUTION}
    assert cautious == {0, 1}
    for step in range(5):
        now_ns = round((400 + step / 10) * NS_PER_S)
        state = next_alert_state(state, sight(make_obstacle(15)), now_ns, BRAKING, settings)
    assert state.level is AlertLevel.ALARM


@pytest.mark.parametrize("speed_mps", [3.0, 6.0, 10.0, 15.0, 20.0])
def test_alarm_comes_while_the_tram_can_still_stop(speed_mps: float) -> None:
    stop_m = BRAKING.stopping_distance_m(speed_mps, SETTINGS.reaction_s)
    at_the_limit = make_obstacle(stop_m + 1, closing_mps=speed_mps)
    assert urgency_of(at_the_limit, speed_mps, BRAKING, SETTINGS) >= Urgency.CAUTION
    if stop_m / speed_mps < SETTINGS.alarm_ttc_s:
        assert urgency_of(at_the_limit, speed_mps, BRAKING, SETTINGS) is Urgency.ALARM


def test_longer_brakes_warn_sooner() -> None:
    casablanca = BrakingCurve(((50, 0.97),))  # 120 m from 50 km/h with 1.5 s of reaction
    ahead = make_obstacle(60, closing_mps=50 / 3.6)
    longer = AlertSettings(alarm_ttc_s=8, caution_ttc_s=10)
    assert urgency_of(ahead, 50 / 3.6, casablanca, longer) is Urgency.ALARM
    assert urgency_of(make_obstacle(100, closing_mps=50 / 3.6), 50 / 3.6, BRAKING, longer) < (
        Urgency.ALARM
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alarm_ttc_s": 10}, "0 < alarm ≤ caution ≤ information, got 10, 9.0 and 12.0 s"),
        ({"caution_factor": 0.5}, "1 ≤ caution ≤ information, got 0.5 and 2.5"),
        ({"release_factor": 0.9}, "release_factor must be 1 or more, got 0.9"),
        ({"hold_s": -1}, "hold_s must not be below 0, got -1"),
    ],
)
def test_impossible_settings_are_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        AlertSettings(**change)  # type: ignore[arg-type]


def test_braking_reckons_with_the_most_that_a_doubtful_speed_may_be() -> None:
    def rise_s(most_mps: float | None) -> float:
        def at(at_s: float) -> TramSight:
            ahead = make_obstacle(60 - CITY_MPS * at_s)
            return TramSight((ahead,), CITY_MPS, most_speed_mps=most_mps)

        return next(s for s, state in _live(Story([(6, at)], [])) if state.level == "alarm")

    assert rise_s(CITY_MPS + 1.0) < rise_s(CITY_MPS) == rise_s(None)


def test_standing_tram_stays_silent_though_its_speed_may_be_more() -> None:
    ahead = make_obstacle(4, closing_mps=1.0)
    story = Story([(3, lambda _: TramSight((ahead,), 0.0, most_speed_mps=1.0))], [])
    assert {str(state.level) for _, state in _live(story)} <= {"clear", "information"}
