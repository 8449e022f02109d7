"""The whole way from boxes to the display, on a straight track with a scripted detector."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.builders import NS_PER_S, ScriptedDetector, make_detections, make_frame, make_picture
from vision.classes import Kind
from vision.detections import Detections
from vision.ground import GroundCamera, ground_to_image
from vision.tram.alert_state import AlertLevel, UnavailableReason
from vision.tram.settings import TramSettings
from vision.tram.watch import TramResult, TramWatch
from vision.view_health import ViewFault

CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))
SETTINGS = TramSettings(CAMERA, closer_look_every_s=0)  # the script is of whole pictures
SPEED_MPS, FRAMES_PER_S = 8.0, 10.0
CLASSES = ("person", "car", "train", "traffic light")

Place = tuple[float, float] | None
"""Metres ahead and to the right; None: not there."""


def see(place: Place, class_id: int = 0, confidence: float = 0.9) -> Detections:
    """What a detector finds of someone at that place."""
    if place is None:
        return Detections.empty()
    x, y = ground_to_image(CAMERA, np.array([place]))[0]
    px_per_m = CAMERA.focal_px / place[0]
    half, tall = (0.25, 1.7) if class_id == 0 else (0.9, 1.5)
    box = [x - half * px_per_m, y - tall * px_per_m, x + half * px_per_m, y]
    return make_detections([box], confidence, class_id)


def ride(
    where: Callable[[float], Place],
    seconds: float,
    *,
    speed_mps: float | None = SPEED_MPS,
    class_id: int = 0,
    confidence: float = 0.9,
) -> list[TramResult]:
    """The results of a ride during which somebody is at `where(second)`."""
    moments = [k / FRAMES_PER_S for k in range(round(seconds * FRAMES_PER_S))]
    script = [see(where(s), class_id, confidence) for s in moments]
    watch = TramWatch(SETTINGS, ScriptedDetector(script, CLASSES))
    return [watch.update(make_frame(s), speed_mps) for s in moments]


def levels(results: list[TramResult]) -> set[str]:
    """Every level that was shown."""
    return {str(result.alert.level) for result in results}


def test_clear_track() -> None:
    assert levels(ride(lambda _: None, 2)) == {"clear"}


def test_pedestrian_on_the_track_raises_to_alarm_before_the_braking_distance() -> None:
    results = ride(lambda s: (70 - SPEED_MPS * s, 0.3), 7)
    alarmed = next(r for r in results if r.alert.level is AlertLevel.ALARM)
    nearest = alarmed.alert.nearest
    assert nearest is not None
    assert nearest.distance_m > SETTINGS.braking.stopping_distance_m(SPEED_MPS, reaction_s=1.5)
    assert nearest.distance_m == pytest.approx(
        70 - SPEED_MPS * alarmed.timestamp_ns / NS_PER_S, abs=1.0
    )
    assert nearest.time_to_collision_s == pytest.approx(nearest.distance_m / SPEED_MPS, rel=0.1)


def test_pedestrian_beside_the_track_is_seen_and_silent() -> None:
    results = ride(lambda s: (50 - SPEED_MPS * s, 2.6), 5)
    assert levels(results) == {"clear"}
    assert results[-1].obstacles[0].lateral_m == pytest.approx(2.6, abs=0.2)


def test_pedestrian_who_walks_along_beside_the_track_is_silent() -> None:
    assert levels(ride(lambda s: (30 - 6.6 * s, -2.5), 4)) == {"clear"}


def test_pedestrian_who_steps_in_is_predicted() -> None:
    results = ride(lambda s: (50 - SPEED_MPS * s, max(6 - 1.4 * s, 0)), 4.5)
    first = next(r for r in results if r.alert.level is not AlertLevel.CLEAR)
    assert not first.obstacles[0].in_envelope
    assert first.obstacles[0].enters_envelope_in_s is not None
    assert results[-1].alert.level is AlertLevel.ALARM


def test_pedestrian_who_steps_over_the_edge_of_the_envelope_goes_on_coming_in() -> None:
    results = ride(lambda s: (50 - SPEED_MPS * s, max(6 - 1.4 * s, 0)), 4.5)
    seen = [result.obstacles[0] for result in results[1:]]
    coming = [k for k, one in enumerate(seen) if one.enters_envelope_in_s is not None]
    inside = next(k for k, one in enumerate(seen) if one.inside_sigmas > 2)
    assert not seen[coming[0]].in_envelope
    assert coming[: inside - coming[0]] == list(range(coming[0], inside))


@pytest.mark.parametrize(
    ("class_id", "known_for_s"),
    [(0, 0.1), (1, 0.0)],
    ids=["person", "car, whose end may be hidden"],
)
def test_person_is_measured_from_the_first_picture_and_told_from_the_second(
    class_id: int, known_for_s: float
) -> None:
    results = ride(lambda s: (40 - SPEED_MPS * s, 0.0), 0.3, class_id=class_id)
    assert [len(result.obstacles) for result in results] == [0, 1, 1]
    assert results[1].obstacles[0].seen_for_s == pytest.approx(known_for_s)


def test_rider_beside_the_tram_is_as_fast_as_his_machine() -> None:
    """Wheels 7 m ahead and 2.9 m aside; above them a person who would have to run at 8 m/s."""
    machine, rider = [495, 185, 571, 291], [493, 155, 552, 259]
    both = Detections.concatenate(
        [make_detections([rider], 0.8, 0), make_detections([machine], 0.7, 1)]
    )
    watch = TramWatch(SETTINGS, ScriptedDetector([both], ("person", "bicycle")))
    results = [watch.update(make_frame(k / 5), SPEED_MPS) for k in range(15)]
    assert levels(results) <= {"clear", "information"}
    for one in results[-1].obstacles:
        assert one.closing_speed_mps == pytest.approx(0, abs=0.5)


def test_rider_ahead_whose_machine_is_not_found_is_known_to_run_on() -> None:
    results = ride(lambda s: (40 - 2 * s, 0.0), 4)
    assert results[-1].obstacles[0].closing_speed_mps == pytest.approx(2, abs=1)


def test_rider_who_is_suddenly_taken_for_something_else_runs_on_as_before() -> None:
    """Ahead of the tram at nearly its speed; half way the detector begins to see an animal."""
    rider = [see((20, 0.0))] * 30
    animal = [make_detections(one.xyxy.tolist(), 0.9, 1) for one in rider]
    watch = TramWatch(SETTINGS, ScriptedDetector([*rider, *animal], ("person", "dog")))
    results = [watch.update(make_frame(k / FRAMES_PER_S), SPEED_MPS) for k in range(50)]
    dogs = [one for result in results for one in result.obstacles if one.kind is Kind.ANIMAL]
    assert dogs
    assert all(dog.closing_speed_mps < 2 for dog in dogs)


def test_car_far_off_that_swings_by_in_a_bend_is_silent() -> None:
    results = ride(lambda s: (40 - SPEED_MPS * s, -20 + 4 * s), 2, class_id=1)
    assert levels(results) == {"clear"}


def test_cars_parked_beside_the_track_are_silent() -> None:
    results = ride(lambda s: (45 - SPEED_MPS * s, 3.6), 4.5, class_id=1)
    assert levels(results) == {"clear"}


def test_unsure_train_from_the_lower_border_is_no_obstacle() -> None:
    picture_wide = make_detections([[5, 60, 300, 360]], 0.6, 2)
    watch = TramWatch(SETTINGS, ScriptedDetector([picture_wide], CLASSES))
    results = [watch.update(make_frame(k / 10), SPEED_MPS) for k in range(20)]
    assert levels(results) == {"clear"}
    assert all(len(result.obstacles) == 0 for result in results)


@pytest.mark.parametrize(
    "box",
    [[300, 20, 330, 90], [318, 200, 321, 204], [200, 40, 420, 230]],
    ids=["poster above the horizon", "too small for its place", "too tall for its place"],
)
def test_what_cannot_stand_on_the_ground_is_no_obstacle(box: list[float]) -> None:
    watch = TramWatch(SETTINGS, ScriptedDetector([make_detections([box])], CLASSES))
    results = [watch.update(make_frame(k / 10), SPEED_MPS) for k in range(5)]
    assert len(results[-1].obstacles) == 0


def test_traffic_lights_do_not_matter() -> None:
    results = ride(lambda s: (30 - SPEED_MPS * s, 0), 2, class_id=3)
    assert levels(results) == {"clear"}


def test_no_speed_is_unavailable_after_a_moment() -> None:
    assert ride(lambda _: None, 1, speed_mps=None)[-1].alert.reason is UnavailableReason.NO_SPEED


def test_person_in_front_of_the_standing_tram() -> None:
    results = ride(lambda _: (6.0, 0.0), 3, speed_mps=0.0)
    assert levels(results) <= {"clear", "information"}


def test_black_picture_is_unavailable_within_half_a_second() -> None:
    watch = TramWatch(SETTINGS, ScriptedDetector([Detections.empty()], CLASSES))
    for k in range(20):
        watch.update(make_frame(k / 10), SPEED_MPS)
    black = np.zeros((360, 640, 3), np.uint8)
    dark = [watch.update(make_frame(2 + k / 10, black), SPEED_MPS) for k in range(5)]
    assert dark[-1].alert.level is AlertLevel.UNAVAILABLE
    back = [watch.update(make_frame(3 + k / 10), SPEED_MPS) for k in range(10)]
    assert back[-1].alert.level is AlertLevel.CLEAR


def test_frozen_picture_at_speed_is_unavailable_and_at_rest_is_not() -> None:
    still = make_picture()
    for speed_mps, level in ((SPEED_MPS, "unavailable"), (0.0, "clear")):
        watch = TramWatch(SETTINGS, ScriptedDetector([Detections.empty()], CLASSES))
        results = [watch.update(make_frame(k / 10, still), speed_mps) for k in range(20)]
        assert results[-1].alert.level == level


def test_lost_camera_is_unavailable_at_once() -> None:
    watch = TramWatch(SETTINGS, ScriptedDetector([Detections.empty()], CLASSES), camera_id="cab")
    lost = watch.lose(0, UnavailableReason.NO_PICTURE)
    assert (lost.camera_id, lost.frame_id) == ("cab", None)
    assert lost.alert.reason is UnavailableReason.NO_PICTURE
    assert lost.health.fault is ViewFault.LOST


def test_driver_acknowledges() -> None:
    script = [see((20.0, 0.0))]
    watch = TramWatch(SETTINGS, ScriptedDetector(script, CLASSES))
    for k in range(5):
        watch.update(make_frame(k / 10), SPEED_MPS)
    watch.acknowledge()
    assert watch.update(make_frame(0.5), SPEED_MPS).alert.is_acknowledged


def test_smaller_stream_of_the_same_view_ranges_the_same() -> None:
    small = Detections(
        see((20.0, 0.0)).xyxy / 2, np.array([0.9], np.float32), np.zeros(1, np.int64)
    )
    watch = TramWatch(SETTINGS, ScriptedDetector([see((20.0, 0.0)), small], CLASSES))
    watch.update(make_frame(0), 0.0)
    for k in range(1, 5):
        result = watch.update(make_frame(k / 10, make_picture(320, 180)), 0.0)
    assert result.obstacles[0].distance_m == pytest.approx(20, rel=0.05)
    assert result.envelope_px[:, 0].max() <= 330


def test_picture_of_another_shape_has_no_track() -> None:
    watch = TramWatch(SETTINGS, ScriptedDetector([Detections.empty()], CLASSES))
    watch.update(make_frame(0), SPEED_MPS)
    turned = watch.update(make_frame(0.1, make_picture(360, 640)), SPEED_MPS)
    assert turned.alert.reason is UnavailableReason.NO_TRACK


@pytest.mark.parametrize("size_px", [(320, 180), (480, 270), (1280, 720)])
def test_calibration_of_another_picture_size_shows_no_clear_track(size_px: tuple[int, int]) -> None:
    watch = TramWatch(SETTINGS, ScriptedDetector([Detections.empty()], CLASSES))
    shown = watch.update(make_frame(0, make_picture(*size_px)), SPEED_MPS)
    assert shown.alert.reason is UnavailableReason.CALIBRATION


def test_envelope_is_the_vehicle_and_its_margins() -> None:
    outline = ride(lambda _: None, 0.2)[-1].envelope_px
    low = outline[np.argsort(outline[:, 1])[-2:]]
    px_per_m = abs(low[0, 0] - low[1, 0]) / (2.65 + 2 * 0.3)
    row = low[0, 1]
    assert row == pytest.approx(360, abs=0.5)
    assert px_per_m == pytest.approx((row - CAMERA.horizon_px) * np.cos(np.radians(4)) / 2.4)


def _quiet_ride(seconds: float, rate_hz: float, speed_mps: float) -> TramResult:
    watch = TramWatch(SETTINGS, ScriptedDetector([Detections.empty()], CLASSES))
    for step in range(round(seconds * rate_hz)):
        result = watch.update(make_frame(step / rate_hz), speed_mps)
    return result


def test_long_way_without_any_rail_has_no_track() -> None:
    lost = _quiet_ride(14, 3, 10.0)
    assert lost.alert.reason is UnavailableReason.NO_TRACK
    assert lost.ego_track.is_lost


def test_standing_without_rails_in_view_is_no_fault() -> None:
    assert _quiet_ride(14, 3, 0.0).alert.level is AlertLevel.CLEAR


def test_pictures_that_come_too_rarely_are_told() -> None:
    assert _quiet_ride(8, 1, 5.0).alert.reason is UnavailableReason.OVERLOADED


def test_figures_come_with_their_uncertainty() -> None:
    near, far = (
        ride(lambda s, from_m=from_m: (from_m - SPEED_MPS * s, 0.3), 1.5)[-1].obstacles[0]
        for from_m in (25.0, 60.0)
    )
    assert 0 < near.distance_sigma_m < far.distance_sigma_m < 10
    assert 0 < near.lateral_sigma_m < far.lateral_sigma_m
    assert near.time_to_collision_sigma_s is not None
    assert 0 < near.time_to_collision_sigma_s < 2
