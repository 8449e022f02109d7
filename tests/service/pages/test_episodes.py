from typing import Any

from service.pages.episodes import Stretch, episodes, stretches
from service.pages.history import AlertAt
from service.timestamps import NS_PER_S


def at(second: float, level: str, distance_m: float | None = None, **more: Any) -> AlertAt:
    nearest = None if distance_m is None else {"kind": "person", "distance_m": distance_m}
    state = {"alert_id": 7, "level": level, "reason": None, "nearest": nearest}
    return AlertAt(round(second * NS_PER_S), state | {"is_acknowledged": False} | more)


PEDESTRIAN_CROSSES = [
    at(0, "clear"),
    at(10, "information", 60.0),
    at(12, "caution", 34.2, run={"along_m": 412.5}),
    at(14, "alarm", 18.0, is_acknowledged=True),
    at(15, "caution", 21.0),
    at(16, "clear"),
]


def test_pedestrian_is_one_episode_of_the_highest_level():
    (episode,) = episodes(PEDESTRIAN_CROSSES, 20 * NS_PER_S)
    assert (episode.level, episode.kind, episode.distance_m) == ("alarm", "person", 18.0)
    assert episode.end_ns - episode.begin_ns == 6 * NS_PER_S
    assert episode.is_acknowledged
    assert episode.is_over
    assert not episode.is_short


def test_unavailable_ends_an_episode():
    later = at(3, "caution", 20.0, alert_id=8)
    changes = [at(0, "caution", 30.0), at(2, "unavailable"), later]
    first, second = episodes(changes, 5 * NS_PER_S)
    assert first.is_over
    assert not second.is_over
    assert second.end_ns == 5 * NS_PER_S


def test_alert_that_goes_on_after_being_unavailable_is_one_episode():
    cut = [at(0, "caution", 30.0), at(2, "unavailable"), at(2.6, "clear")]
    (episode,) = episodes([*cut, at(2.8, "alarm", 20.0)], 5 * NS_PER_S)
    assert (episode.begin_ns, episode.end_ns) == (0, 5 * NS_PER_S)
    assert (episode.level, episode.is_over) == ("alarm", False)
    (ended,) = episodes([*cut, at(2.8, "alarm", 20.0), at(4, "clear")], 5 * NS_PER_S)
    assert (ended.end_ns, ended.is_over) == (4 * NS_PER_S, True)


def test_flicker_is_short():
    (episode,) = episodes([at(0, "caution", 30.0), at(0.4, "clear")], NS_PER_S)
    assert episode.is_short


def test_levels_are_held_until_the_next_change():
    shown = stretches(PEDESTRIAN_CROSSES[:3], 5 * NS_PER_S, 20 * NS_PER_S)
    assert shown == [
        Stretch(5 * NS_PER_S, 10 * NS_PER_S, "clear"),
        Stretch(10 * NS_PER_S, 12 * NS_PER_S, "information"),
        Stretch(12 * NS_PER_S, 20 * NS_PER_S, "caution"),
    ]
    assert stretches([], 0, NS_PER_S) == []
