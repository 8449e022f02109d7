"""What stands on the bed is told; what lies flat, is mirrored or sticks to the lens is not."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.builders import NS_PER_S, ScriptedDetector, make_detections, make_frame
from tests.vision.tram.bed_scene import CAMERA, BedScene, Board
from vision.arrays import ImageArray
from vision.classes import Kind
from vision.detections import Detections
from vision.tram.alert_state import AlertLevel
from vision.tram.bed_sight import BedSight, next_bed_sight
from vision.tram.ego_track import EgoTrack
from vision.tram.settings import TramSettings
from vision.tram.watch import TramResult, TramWatch

SPEED_MPS, FRAMES_PER_S = 8.0, 5.0
TRACK = EgoTrack(sure_to_m=45.0, confidence=1.0, is_started=True)
BRANCH = Board(at_m=46.0, aside_m=0.2)

Show = Callable[[ImageArray], ImageArray]


def ride(
    scene: BedScene,
    boards: Sequence[Board] = (),
    *,
    to_m: float = 38.0,
    track: EgoTrack = TRACK,
    speed_mps: float | None = SPEED_MPS,
    show: Show = lambda image: image,
) -> list[BedSight]:
    """What is known of the bed, picture by picture, on a ride of so many metres."""
    sights, sight = [], BedSight()
    step_m = SPEED_MPS / FRAMES_PER_S
    for number, way_m in enumerate(np.arange(0, to_m, step_m)):
        image = show(scene.picture(float(way_m), boards, seed=number))
        at_ns = round(number / FRAMES_PER_S * NS_PER_S)
        elapsed_s = 1 / FRAMES_PER_S if number else 0.0
        sight = next_bed_sight(sight, image, CAMERA, track, speed_mps, elapsed_s, at_ns)
        sights.append(sight)
    return sights


def told(sights: list[BedSight]) -> list[tuple[float, float]]:
    """Distance as told and as it is, of each time that something was told."""
    return [
        (one.at_m - sight.way_m, BRANCH.at_m - sight.way_m)
        for sight in sights
        for one in sight.present
    ]


def test_something_on_the_bed_is_told_with_its_distance() -> None:
    sights = ride(BedScene(), [BRANCH])
    distances = told(sights)
    assert distances[0][1] > 15, "in time to brake from town speed"
    assert [seen for seen, _ in distances] == pytest.approx(
        [true for _, true in distances], rel=0.15, abs=1.0
    )
    assert {one.object_id for sight in sights for one in sight.objects} == {-1}, "one thing"
    last = sights[-1].objects[0]
    assert last.left_m < 0.2 < last.right_m
    assert last.height_m == pytest.approx(0.5, abs=0.3)


def shadow(scene: BedScene) -> None:
    scene.darken(30, 33, 0.4, 0.6)
    scene.darken(40, 46, -0.2, 0.5)


def stripes(scene: BedScene) -> None:
    for left_m in np.arange(-4, 4, 1.0):
        scene.paint(34, 37.2, left_m, left_m + 0.5, 225)


def switch(scene: BedScene) -> None:
    for along_m in np.arange(25, 60, 0.1):
        aside_m = (along_m - 25) ** 2 / 400
        scene.paint(along_m, along_m + 0.1, aside_m - 0.79, aside_m - 0.72, 190)
        scene.paint(along_m, along_m + 0.1, aside_m + 0.72, aside_m + 0.79, 190)


def cover(scene: BedScene) -> None:
    scene.paint(38, 38.7, -0.35, 0.35, 40)
    scene.paint(44, 45, -0.2, 0.6, 30)


def boards_of_a_level_crossing(scene: BedScene) -> None:
    scene.paint(32, 38, -4, 4, 70)


@pytest.mark.parametrize(
    "lay", [shadow, stripes, switch, cover, boards_of_a_level_crossing, lambda _: None]
)
def test_what_lies_flat_is_not_told(lay: Callable[[BedScene], None]) -> None:
    scene = BedScene()
    lay(scene)
    assert told(ride(scene)) == []


def test_what_a_puddle_mirrors_is_not_told() -> None:
    mirrored = Board(at_m=60, width_m=1.2, low_m=-2.5, high_m=-0.8)
    assert told(ride(BedScene(), [mirrored])) == []


def test_dirt_on_the_lens_is_not_told() -> None:
    def soiled(image: ImageArray) -> ImageArray:
        image[225:250, 300:345] = image[225:250, 300:345] // 3
        return image

    assert told(ride(BedScene(), show=soiled)) == []


def test_what_stands_beside_the_rails_is_not_told() -> None:
    assert told(ride(BedScene(), [replace(BRANCH, aside_m=2.2)])) == []


def test_nothing_is_looked_at_without_a_speed() -> None:
    sights = ride(BedScene(), [BRANCH], speed_mps=None, to_m=10)
    assert {sight.reach_m for sight in sights} == {0.0}
    assert told(sights) == []


def test_nothing_is_looked_at_where_the_track_is_not_known() -> None:
    unsure = replace(TRACK, is_started=False)
    assert {sight.reach_m for sight in ride(BedScene(), [BRANCH], track=unsure, to_m=10)} == {0.0}


def test_what_is_taken_away_before_the_standing_tram_is_gone_and_what_is_hidden_is_not() -> None:
    scene = BedScene()
    sight = ride(scene, [BRANCH], to_m=32)[-1]
    assert len(sight.present) == 1

    def stand(sight: BedSight, boards: Sequence[Board], from_s: float, until_s: float) -> BedSight:
        for at_s in np.arange(from_s, until_s, 0.2):
            image = scene.picture(sight.way_m, boards, seed=round(at_s * 10))
            at_ns = round(at_s * NS_PER_S)
            sight = next_bed_sight(sight, image, CAMERA, TRACK, 0.0, 0.2, at_ns)
        return sight

    sight = stand(sight, [BRANCH], 10, 14)
    assert len(sight.present) == 1
    hidden = stand(sight, [], 14, 16)
    assert len(stand(hidden, [BRANCH], 16, 20).present) == 1, "somebody walked by"
    assert stand(sight, [], 14, 18).present == ()


def test_who_reverses_from_a_thing_and_stops_is_told_of_it_further_off() -> None:
    scene = BedScene()
    sight = ride(scene, [BRANCH], to_m=32)[-1]
    before_m = sight.present[0].at_m - sight.way_m
    way_m = sight.way_m
    for number, speed_mps in enumerate([0.0] * 5 + [-2.0] * 10 + [0.0] * 25):
        way_m += speed_mps * 0.2
        image = scene.picture(way_m, [BRANCH], seed=number)
        at_ns = 10 * NS_PER_S + number * NS_PER_S // 5
        sight = next_bed_sight(sight, image, CAMERA, TRACK, speed_mps, 0.2, at_ns)
    (known,) = sight.present
    assert known.at_m - sight.way_m == pytest.approx(before_m + 4.0)


def test_a_ride_that_begins_in_reverse_is_looked_at_from_its_turn_on() -> None:
    scene, sight = BedScene(), BedSight()
    for number, speed_mps in enumerate([-SPEED_MPS] * 5 + [SPEED_MPS] * 3):
        image = scene.picture(20.0 + sight.way_m, seed=number)
        at_ns = number * NS_PER_S // 5
        sight = next_bed_sight(sight, image, CAMERA, TRACK, speed_mps, 0.2, at_ns)
    assert len(sight.looks) == 3


@pytest.mark.parametrize(
    "show",
    [
        pytest.param(lambda image: np.full_like(image, 90), id="nothing to be seen"),
        pytest.param(lambda image: (image // 24).astype(np.uint8), id="dusk"),
    ],
)
def test_what_a_standing_tram_cannot_see_any_more_is_not_gone(show: Show) -> None:
    scene = BedScene()
    sight = ride(scene, [BRANCH], to_m=32)[-1]
    believed = replace(sight.present[0], believed_until_ns=round(11 * NS_PER_S))
    sight = replace(sight, objects=(believed,))
    for at_s in np.arange(10, 20, 0.2):
        image = show(scene.picture(sight.way_m, [BRANCH], seed=round(at_s * 10)))
        at_ns = round(at_s * NS_PER_S)
        sight = next_bed_sight(sight, image, CAMERA, TRACK, 0.0, 0.2, at_ns)
    assert len(sight.present) == 1


def watched(
    boards: Sequence[Board], seen: Detections, *, settings: TramSettings | None = None
) -> list[TramResult]:
    """The results of a whole watch whose detector finds the same in every picture."""
    scene = BedScene()
    detector = ScriptedDetector([seen], ("person", "car"))
    watch = TramWatch(settings or TramSettings(CAMERA, closer_look_every_s=0), detector)
    step_m = SPEED_MPS / FRAMES_PER_S
    return [
        watch.update(
            make_frame(number / FRAMES_PER_S, scene.picture(float(way_m), boards, seed=number)),
            SPEED_MPS,
        )
        for number, way_m in enumerate(np.arange(0, 32, step_m))
    ]


def test_driver_is_warned_of_an_object() -> None:
    results = watched([BRANCH], Detections.empty())
    alarmed = next(each for each in results if each.alert.level is AlertLevel.ALARM)
    assert alarmed.alert.nearest is not None
    assert alarmed.alert.nearest.kind is Kind.OBJECT
    assert alarmed.bed_to_m > 20
    assert {each.alert.level for each in watched([], Detections.empty())} == {AlertLevel.CLEAR}


def test_switched_off() -> None:
    settings = replace(TramSettings(CAMERA, closer_look_every_s=0), finds_objects=False)
    results = watched([BRANCH], Detections.empty(), settings=settings)
    assert {each.alert.level for each in results} == {AlertLevel.CLEAR}
    assert results[-1].bed_to_m == 0


def test_what_has_a_class_is_not_told_twice() -> None:
    person = make_detections([[250, 150, 400, 300]])
    assert {one.kind for each in watched([BRANCH], person) for one in each.obstacles} == {
        Kind.PERSON
    }
