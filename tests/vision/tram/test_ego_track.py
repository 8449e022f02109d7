"""The own track found in pictures of rails, and what it means for what stands beside it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.builders import ScriptedDetector, make_detections, make_frame
from tests.vision.tram.rail_scene import (
    CAMERA,
    RAIL_M,
    SIZE_PX,
    arc,
    draw_rails,
    draw_track,
)
from vision.arrays import FloatArray, ImageArray
from vision.ground import ground_to_image
from vision.tram.centre_line import ALONG_M, STRAIGHT, CentreLine
from vision.tram.ego_track import EgoTrack, EgoTrackSettings, next_ego_track
from vision.tram.envelope import half_width_m
from vision.tram.rail_evidence import GroundStrip
from vision.tram.settings import TramSettings
from vision.tram.watch import TramResult, TramWatch

STRIP = GroundStrip(CAMERA, SIZE_PX)
SETTINGS = EgoTrackSettings()
FRAMES_PER_S = 10.0
AHEAD_M = np.array([10.0, 20.0, 30.0, 40.0])
BARE = draw_rails([])


def follow(
    pictures: Sequence[ImageArray],
    speed_mps: float = 0.0,
    track: EgoTrack | None = None,
    step_s: float = 1 / FRAMES_PER_S,
) -> EgoTrack:
    """The track after these pictures, taken one after the other."""
    followed = track or EgoTrack()
    for picture in pictures:
        evidence = STRIP.evidence(picture)
        followed = next_ego_track(followed, evidence, speed_mps, step_s, SETTINGS)
    return followed


def off_m(track: EgoTrack, truth: CentreLine) -> FloatArray:
    """(4,) how far the track's line is from the true one 10, 20, 30 and 40 m ahead."""
    return np.abs(track.line.lateral_at(AHEAD_M) - truth.lateral_at(AHEAD_M))


@pytest.mark.parametrize(
    "truth",
    [
        pytest.param(STRAIGHT, id="straight"),
        pytest.param(arc(-90), id="left bend"),
        pytest.param(arc(90), id="right bend"),
        pytest.param(arc(-60, from_m=14), id="straight, then a left bend"),
        pytest.param(arc(150, from_m=22), id="straight, then a right bend"),
    ],
)
def test_line_is_found_to_forty_metres(truth: CentreLine) -> None:
    track = follow([draw_track(truth, seed=seed) for seed in range(5)])
    assert (off_m(track, truth) < [0.1, 0.2, 0.3, 0.6]).all()
    assert track.sure_to_m >= 25
    assert track.confidence > 0.6


def test_one_hidden_rail_leaves_the_line_where_it_is() -> None:
    truth = arc(-90)
    seen = follow([draw_track(truth, seed=seed) for seed in range(3)])
    hidden = follow([draw_rails([(truth, RAIL_M)], seed=seed) for seed in range(5)], track=seen)
    assert (off_m(hidden, truth) < [0.15, 0.3, 0.5, 0.8]).all()
    assert hidden.sure_to_m < seen.sure_to_m


def test_no_rail_at_all_is_straight_and_sure_of_nothing() -> None:
    track = follow([draw_rails([], seed=seed) for seed in range(10)])
    assert track.sure_to_m == 0
    assert track.confidence == 0
    assert off_m(track, STRAIGHT).max() == 0
    assert track.lateral_sigma_m(np.array([30.0]))[0] > 1.5


@pytest.mark.parametrize("focal_px", [800.0, 1000.0, 1400.0])
def test_lens_that_sees_the_ground_from_afar_alone_sees_no_rail_where_none_is(
    focal_px: float,
) -> None:
    strip = GroundStrip(replace(CAMERA, pitch_deg=0.0, focal_px=focal_px), SIZE_PX)
    assert strip.forward_m[0] > 10, "little or nothing of the first stretch is in view"
    track = EgoTrack()
    for seed in range(20):
        evidence = strip.evidence(draw_rails([], seed=seed))
        track = next_ego_track(track, evidence, 12.0, 0.1, SETTINGS)
    assert not track.is_started
    assert track.sure_to_m == 0.0


def test_rails_that_vanish_leave_a_bend_that_fades_while_its_uncertainty_grows() -> None:
    bend = arc(-90)
    seen = follow([draw_track(bend, seed=seed) for seed in range(5)])
    soon = follow([BARE] * 3, track=seen)
    late = follow([BARE] * 60, track=soon, step_s=1.0)
    assert off_m(soon, bend)[2] < 1.0
    assert off_m(late, STRAIGHT)[2] < off_m(soon, STRAIGHT)[2] / 5
    sigmas = [track.lateral_sigma_m(np.array([35.0]))[0] for track in (seen, soon, late)]
    assert sigmas == sorted(sigmas)
    assert late.sure_to_m == 0
    assert np.isfinite(late.curvature_per_m).all()


def test_bend_comes_nearer_with_the_way_driven() -> None:
    far = follow([draw_track(arc(-60, from_m=30), seed=seed) for seed in range(5)])
    near = follow([BARE] * 10, speed_mps=10.0, track=far)
    truth = arc(-60, from_m=20)
    assert off_m(near, truth)[2] < off_m(far, truth)[2] / 2


def test_parallel_track_is_not_taken_for_the_own_one() -> None:
    both = [(STRAIGHT, aside) for aside in (-RAIL_M, RAIL_M, 3.2 - RAIL_M, 3.2 + RAIL_M)]
    track = follow([draw_rails(both, seed=seed) for seed in range(5)])
    assert off_m(track, STRAIGHT).max() < 0.2


@pytest.mark.parametrize("radius_m", [60, -60])
def test_way_straight_on_is_kept_past_a_branch(radius_m: float) -> None:
    branch = arc(radius_m, from_m=20)
    before = follow([draw_track(STRAIGHT, seed=seed) for seed in range(2)])
    rails = [(line, aside) for line in (STRAIGHT, branch) for aside in (-RAIL_M, RAIL_M)]
    track = follow([draw_rails(rails, seed=seed) for seed in range(5)], track=before)
    assert (off_m(track, STRAIGHT) < [0.1, 0.2, 0.3, 0.5]).all()


def test_long_gap_forgets_the_track() -> None:
    seen = follow([draw_track(arc(-90))])
    after = next_ego_track(seen, STRIP.evidence(BARE), 8.0, 5.0, SETTINGS)
    assert not after.is_started
    assert off_m(after, STRAIGHT).max() == 0


def test_places_on_and_beside_a_bend_come_back_from_the_vehicle() -> None:
    line = arc(-60, from_m=10)
    places = np.array([[5.0, 2.0], [30.0, -3.0], [55.0, 4.0], [100.0, 1.0]])
    there_and_back = line.to_track(line.to_vehicle(places))
    assert there_and_back == pytest.approx(places, abs=0.1)


def test_envelope_is_wider_in_a_bend_and_most_on_its_outside() -> None:
    tram, along = TramSettings(CAMERA), np.array([20.0])
    left, right = half_width_m(tram, arc(-50), along)[0]
    assert tram.envelope_half_width_m < left < right
    # Chord geometry by hand: u (u + a) / 2R and a² / 8R with a = 7, u = 2.5, R = 50.
    assert right - tram.envelope_half_width_m == pytest.approx(2.5 * 9.5 / 100)
    assert left - tram.envelope_half_width_m == pytest.approx(49 / 400)
    assert half_width_m(tram, STRAIGHT, along)[0] == pytest.approx(tram.envelope_half_width_m)


def ride_past(line: CentreLine, car_m: tuple[float, float]) -> list[TramResult]:
    """A tram in an endless bend that nears a parked car, seen from behind, at this place."""
    speed_mps, bend = 6.0, float(line.curvature_per_m[0])
    endless = CentreLine.from_curvature(np.full(len(ALONG_M), bend))
    moments = [k / FRAMES_PER_S for k in range(28)]
    script = []
    for second in moments:
        place = np.array([[car_m[0] - speed_mps * second, car_m[1]]])
        forward, lateral = endless.to_vehicle(place)[0]
        x, y = ground_to_image(CAMERA, np.array([[forward, lateral]]))[0]
        px_per_m = CAMERA.focal_px / forward
        box = [x - 0.9 * px_per_m, y - 1.5 * px_per_m, x + 0.9 * px_per_m, y]
        script.append(make_detections([box], 0.9, 1))
    watch = TramWatch(
        TramSettings(CAMERA, closer_look_every_s=0), ScriptedDetector(script, ("person", "car"))
    )
    return [
        watch.update(make_frame(s, draw_track(endless, seed=round(s * 10))), speed_mps)
        for s in moments
    ]


def test_car_parked_outside_the_bend_stays_silent() -> None:
    results = ride_past(arc(-90), (40.0, 3.8))
    assert {str(result.alert.level) for result in results} == {"clear"}
    assert results[-1].obstacles[0].lateral_m == pytest.approx(3.8, abs=0.4)


def test_car_standing_on_the_bend_alarms() -> None:
    results = ride_past(arc(-90), (40.0, 0.0))
    assert results[-1].alert.level == "alarm"
    nearest = results[-1].alert.nearest
    assert nearest is not None
    assert nearest.in_envelope
    assert nearest.distance_m == pytest.approx(40 - 6 * 2.7, abs=1.5)


def test_car_where_the_straight_corridor_would_be_stays_silent_in_a_bend() -> None:
    bend = arc(-70)
    along, aside = bend.to_track(np.array([[32.0, 0.0]]))[0]
    assert aside > 5
    assert {str(r.alert.level) for r in ride_past(bend, (float(along), float(aside)))} == {"clear"}


def test_direction_of_the_track_is_sure_as_far_as_rails_are_seen() -> None:
    track = EgoTrack(sure_to_m=40.0)
    sigma_rad = track.heading_sigma_rad(np.array([10.0, 40.0, 60.0, 80.0]))
    assert sigma_rad.tolist() == pytest.approx([0, 0, 0.1, 0.2])


def test_bend_whose_end_is_not_seen_may_go_on_or_not() -> None:
    bend = EgoTrack(np.full(len(ALONG_M), 1 / 40), sure_to_m=20.0)
    assert bend.bend_sigma_m(np.array([15.0, 20.0, 30.0, 40.0])).tolist() == pytest.approx(
        [0, 0, 1.25, 5]
    )
    behind_it = np.where(ALONG_M < 10, 1 / 40, 0.0)
    assert EgoTrack(behind_it, sure_to_m=20.0).bend_sigma_m(AHEAD_M).max() == 0
