"""Random rides as stories: who is to come in the way does, and the tram stops before them."""

import numpy as np
import pytest

from sample_videos.render.footprint import along_and_left
from sample_videos.render.random_ride import EDGE_M, Event, ride_scenes
from sample_videos.render.scene import Scene
from sample_videos.render.truth import conditions

RIDES = tuple(ride_scenes(42, seed=4))


def gaps_m(scene: Scene, event: Event) -> list[float]:
    """From the tram's front to whom the ride is about, whenever that one is in the envelope."""
    assert scene.track is not None
    who = next(plan for plan in scene.actors if plan.actor_id == event)
    gaps = []
    for time_s in np.arange(0, scene.duration_s, 1 / scene.fps):
        along, left = along_and_left(who, scene.track, float(time_s)).T
        if np.abs(left).min() < EDGE_M or left.min() < 0 < left.max():
            gaps.append(float(along.min()) - scene.along_at(float(time_s)))
    return gaps


@pytest.mark.parametrize("event", [one for one in Event if one is not Event.NOTHING])
def test_who_comes_in_the_way_is_never_reached(event: Event):
    rides = [scene for scene in RIDES if scene.name.endswith(f"_{event}")]
    assert len(rides) == 6
    for scene in rides:
        gaps = gaps_m(scene, event)
        assert gaps, scene.name
        assert min(gaps) > 0.5, scene.name


def test_on_an_eventless_ride_nobody_gets_in_the_way():
    rides = [scene for scene in RIDES if scene.name.endswith("_nothing")]
    assert len(rides) == 6
    for scene in rides:
        assert gaps_m(scene, Event.NOTHING) == []


def test_seed_and_number_make_the_ride():
    again = next(iter(ride_scenes(1, seed=4)))
    assert again.raw == RIDES[0].raw
    assert next(iter(ride_scenes(1, seed=5))).raw != again.raw


def test_ride_under_an_evening_sky_is_one_at_dusk():
    skies = {"dusk": "dusk", "night": "night", "grey": "day", "blue": "day"}
    told = {(scene.raw["light"].get("colour", "blue"), conditions(scene)[0]) for scene in RIDES}
    assert told == set(skies.items())
