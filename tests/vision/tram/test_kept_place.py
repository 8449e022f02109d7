"""A thing that a detector saw stand on the rails and lost is told; what may have gone is not."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from tests.builders import NS_PER_S, ScriptedDetector, make_detections, make_frame
from tests.vision.tram.bed_scene import CAMERA, BedScene, Board
from vision.classes import Kind
from vision.detections import Detections
from vision.ground import ground_to_image
from vision.tram.alert_state import AlertLevel
from vision.tram.kept_place import KeptPlaces, next_kept_places
from vision.tram.obstacle import Obstacle
from vision.tram.settings import TramSettings
from vision.tram.watch import TramResult, TramWatch

SPEED_MPS, FRAMES_PER_S = 8.0, 5.0
STEP_M = SPEED_MPS / FRAMES_PER_S
CRATES = Board(at_m=60.0, width_m=1.2, high_m=0.9)


def seen_at(
    distance_m: float,
    *,
    kind: Kind = Kind.VEHICLE,
    closing_mps: float = SPEED_MPS,
    in_envelope: bool = True,
    confidence: float = 0.5,
) -> Obstacle:
    """Something ahead, as one picture shows it."""
    return Obstacle(
        track_id=4,
        kind=kind,
        xyxy=(300, 150, 330, 170),
        confidence=confidence,
        distance_m=distance_m,
        lateral_m=0.0,
        closing_speed_mps=closing_mps,
        time_to_collision_s=None,
        in_envelope=in_envelope,
        enters_envelope_in_s=None,
        distance_sigma_m=2.0,
        lateral_sigma_m=0.3,
        closing_sigma_mps=1.2,
        inside_sigmas=6.0,
    )


def lost_after(seen: Sequence[Obstacle]) -> list[float]:
    """Where something is remembered, in metres of way, when a last picture shows nothing more."""
    places = KeptPlaces()
    for number, one in enumerate(seen):
        places = next_kept_places(
            places, [one], frozenset({4}), number * STEP_M, SPEED_MPS, number * NS_PER_S // 5
        )
    way_m = len(seen) * STEP_M
    places = next_kept_places(places, [], frozenset(), way_m, SPEED_MPS, len(seen) * NS_PER_S // 5)
    return [each.at_m for each in places.lost]


def approach(of: Callable[[float], Obstacle], pictures: int = 10) -> list[Obstacle]:
    return [of(45 - number * STEP_M) for number in range(pictures)]


def test_what_stood_and_is_lost_is_remembered_at_its_place() -> None:
    assert lost_after(approach(seen_at)) == pytest.approx([45], abs=0.1)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(approach(lambda m: seen_at(m, kind=Kind.PERSON)), id="people step aside"),
        pytest.param(
            approach(lambda m: seen_at(m, kind=Kind.TWO_WHEELER)), id="cyclists ride away"
        ),
        pytest.param([seen_at(38, closing_mps=0.0)] * 10, id="masts keep their place in the view"),
        pytest.param(
            [seen_at(39 - number * 0.8, closing_mps=4.0) for number in range(10)], id="a car drives"
        ),
        pytest.param(
            [*approach(seen_at), seen_at(27, in_envelope=False)], id="it was beside the track"
        ),
        pytest.param(approach(lambda m: seen_at(m, confidence=0.3)), id="it was never sure"),
        pytest.param(approach(seen_at, 3), id="it was seen for a moment"),
        pytest.param([seen_at(70 - n * STEP_M) for n in range(10)], id="it was too far away"),
    ],
)
def test_what_may_have_gone_or_never_stood_is_not_remembered(seen: Sequence[Obstacle]) -> None:
    assert lost_after(seen) == []


def test_nothing_is_remembered_without_a_speed() -> None:
    places = KeptPlaces()
    for number, one in enumerate(approach(seen_at)):
        places = next_kept_places(places, [one], frozenset({4}), number * STEP_M, SPEED_MPS, 0)
    assert next_kept_places(places, [], frozenset(), 16, None, 0) == KeptPlaces()


def crates_seen(way_m: float) -> Detections:
    """How a detector sees the crates: as a car, from 50 m to 34 m away."""
    ahead_m = CRATES.at_m - way_m
    if not 34 < ahead_m < 50:
        return Detections.empty()
    (left, foot), (right, _) = ground_to_image(CAMERA, np.array([[ahead_m, -0.6], [ahead_m, 0.6]]))
    top = foot - 0.9 * CAMERA.focal_px / ahead_m
    return make_detections([[left, top, right, foot]], confidence=0.5, class_id=1)


def ride(boards: Sequence[Board]) -> list[tuple[float, TramResult]]:
    """The distance of the crates and what is told, picture by picture."""
    ways_m = np.arange(0, 56, STEP_M)
    detector = ScriptedDetector([crates_seen(float(way_m)) for way_m in ways_m])
    watch, scene = TramWatch(TramSettings(CAMERA, closer_look_every_s=0), detector), BedScene()
    return [
        (
            CRATES.at_m - float(way_m),
            watch.update(
                make_frame(number / FRAMES_PER_S, scene.picture(float(way_m), boards, seed=number)),
                SPEED_MPS,
            ),
        )
        for number, way_m in enumerate(ways_m)
    ]


def test_crates_that_the_detector_loses_are_told_without_a_gap() -> None:
    told = [(ahead_m, result.obstacles) for ahead_m, result in ride([CRATES])]
    for ahead_m, obstacles in told:
        if 6 < ahead_m < 45:
            assert [one.distance_m for one in obstacles] == pytest.approx([ahead_m], rel=0.12)
    unnamed = {one.track_id for _, obstacles in told for one in obstacles if one.track_id < 0}
    assert unnamed == {-1}, "one thing, remembered at first and then seen on the bed"


def test_what_is_gone_is_told_no_more_once_its_place_is_seen_to_be_free() -> None:
    results = ride([])
    told_m = [ahead_m for ahead_m, result in results if result.obstacles]
    assert min(told_m) == pytest.approx(19, abs=1.5)
    assert results[-1][1].alert.level is AlertLevel.CLEAR
