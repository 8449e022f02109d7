"""A network's word on the bed counts from afar; near by, how things move has the last word."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from models.catalogue import Catalogue
from models.errors import UnsuitableModel
from models.session import open_network
from models.spec import ModelSpec, Task
from tests.bed_networks import RedBedNetwork, red_bed_reader
from tests.builders import NS_PER_S
from tests.vision.tram.bed_scene import CAMERA, BedScene, Board
from vision.arrays import FloatArray, ImageArray
from vision.ground import ground_to_image
from vision.tram.bed_reader import FEET_SHAPE, BedReader, ReadsBed
from vision.tram.bed_sight import NOTHING, SURE_RISE_M, BedSight, next_bed_sight
from vision.tram.bed_strip import ALONG_M, bed_strip
from vision.tram.centre_line import STRAIGHT
from vision.tram.ego_track import EgoTrack

STEP_M, FRAMES_PER_S = 1.6, 5.0
TRACK = EgoTrack(sure_to_m=45.0, confidence=1.0, is_started=True)
AT_M = 48.0


def with_red(image: ImageArray, ahead_m: float, tall_m: float = 0.4) -> ImageArray:
    """The picture with a red plate of one metre standing at this distance."""
    sides = np.array([[ahead_m, -0.5], [ahead_m, 0.5]])
    (left, bottom), (right, _) = ground_to_image(CAMERA, sides)
    top = bottom - CAMERA.focal_px * tall_m / ahead_m
    shown = image.copy()
    shown[round(top) : round(bottom) + 1, round(left) : round(right) + 1] = (20, 20, 200)
    return shown


def ride(
    scene: BedScene,
    reader_at: Callable[[float], ReadsBed | None],
    *,
    show: Callable[[ImageArray, float], ImageArray] = lambda image, _: image,
    named_xyxy: FloatArray = NOTHING,
    boards: Sequence[Board] = (),
) -> list[BedSight]:
    """What is known of the bed, picture by picture.

    `reader_at` and `show` are told how far off the place AT_M is.
    """
    sight, sights = BedSight(), []
    for number, way_m in enumerate(np.arange(0, 36.0, STEP_M)):
        ahead_m = AT_M - float(way_m)
        sight = next_bed_sight(
            sight,
            show(scene.picture(float(way_m), boards, seed=number), ahead_m),
            CAMERA,
            TRACK,
            STEP_M * FRAMES_PER_S,
            1 / FRAMES_PER_S if number else 0.0,
            round(number / FRAMES_PER_S * NS_PER_S),
            reader_at(ahead_m),
            named_xyxy,
        )
        sights.append(sight)
    return sights


def plain() -> BedScene:
    """A bed without any texture, on which nothing tells how it moves."""
    scene = BedScene(has_rails=False)
    scene.bed[:] = 105.0
    return scene


def first_told_m(sights: Sequence[BedSight]) -> float:
    """How far off it was when it was told first; 0: never."""
    return next((s.present[0].at_m - s.way_m for s in sights if s.present), 0.0)


def test_what_a_network_sees_is_told_from_further_off_and_where_it_is() -> None:
    sights = ride(plain(), lambda _: red_bed_reader(), show=with_red)
    assert first_told_m(sights) > 30
    assert first_told_m(sights) > first_told_m(ride(plain(), lambda _: None, show=with_red)) + 4
    places = [each.at_m for sight in sights for each in sight.present]
    assert places == pytest.approx([AT_M] * len(places), abs=3.5)


def test_network_tells_nothing_behind_a_box_that_has_a_name() -> None:
    whole = np.array([[0.0, 0.0, 640.0, 360.0]])
    hidden = ride(plain(), lambda _: red_bed_reader(), show=with_red, named_xyxy=whole)
    unread = ride(plain(), lambda _: None, show=with_red)
    assert [len(s.present) for s in hidden] == [len(s.present) for s in unread]


def test_network_that_is_fooled_from_afar_takes_its_word_back() -> None:
    def fooled(ahead_m: float) -> ReadsBed:
        about = (np.abs(np.log(ALONG_M / ahead_m)) < 0.05) & (ahead_m > 30)
        confidence = np.repeat(about[:, None], FEET_SHAPE[1], axis=1).astype(np.float32)
        return lambda _: confidence

    sights = ride(BedScene(), fooled)
    assert any(sight.present for sight in sights), "it was fooled"
    assert not any(sight.present for sight in sights if AT_M - sight.way_m < 15)


def test_what_a_network_sees_free_is_told_only_when_it_is_sure_to_stand_up() -> None:
    """Rods and pits between the rails of a railway move like something upright for some metres."""

    def sees_nothing(_: ImageArray) -> FloatArray:
        return np.zeros(FEET_SHAPE, np.float32)

    boards = (Board(AT_M),)
    unread = ride(BedScene(), lambda _: None, boards=boards)
    denied = ride(BedScene(), lambda _: sees_nothing, boards=boards)
    first = next(each for sight in unread for each in sight.present)
    assert first.rise_m < SURE_RISE_M, "told as soon as it looks upright"
    known = [each for sight in denied for each in sight.present]
    assert not known or known[0].rise_m >= SURE_RISE_M
    assert first_told_m(denied) < first_told_m(unread)


def test_network_of_another_shape_is_refused() -> None:
    network = RedBedNetwork(feet=(10, 4))
    with pytest.raises(UnsuitableModel, match=r"odd is no bed network: wanted .* got .*10, 4"):
        BedReader(network, ModelSpec("odd", "odd.onnx", Task.BED))


def test_embedded_network_tells_a_board_from_the_free_bed() -> None:
    found = Catalogue.load().find(None, Task.BED)
    reader = BedReader(open_network(found.path, threads=1), found.spec)
    scene = BedScene()
    free, taken = (
        reader(bed_strip(CAMERA, STRAIGHT, scene.picture(0.0, boards)).shown)
        for boards in ([], [Board(at_m=24.0, width_m=0.9, high_m=0.6)])
    )
    about = np.abs(np.log(ALONG_M / 24.0)) < 0.15
    assert taken[about].max() > 0.5
    assert free[about].max() < 0.3
