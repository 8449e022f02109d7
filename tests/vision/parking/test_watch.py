from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.builders import NS_PER_S, ScriptedClassifier, make_frame, make_picture
from vision.arrays import FloatArray, ImageArray
from vision.errors import LayoutError
from vision.parking.layout import Layout, Spot, Zone, ZoneKind
from vision.parking.looks import GateSettings
from vision.parking.spot_state import UnknownReason
from vision.parking.spot_view import ViewShape, cut_views
from vision.parking.watch import ParkingResult, ParkingSettings, ParkingWatch
from vision.view_health import ViewFault

SQUARE = np.array([[10, 10], [50, 10], [50, 50], [10, 50]], float)
LAYOUT = Layout(
    "north",
    1,
    (
        Spot("A1", "main", "general", SQUARE),
        Spot("A2", "main", "general", SQUARE + 60),
        Spot("A3", "main", "disabled", SQUARE + 120, is_closed=True),
    ),
)


def _said(result: ParkingResult) -> list[str]:
    return [str(state.reason or state.status) for state in result.spots.values()]


def _watch(*rows: list[float]) -> tuple[ParkingWatch, ScriptedClassifier]:
    classifier = ScriptedClassifier(rows or [[0.97, 0.03, 0.97]])
    settings = ParkingSettings(gate=GateSettings(is_on=False))
    return ParkingWatch(LAYOUT, classifier, settings), classifier


def test_spots_settle_in_layout_order() -> None:
    watch, _ = _watch()
    first = watch.update(make_frame(0))
    assert _said(first) == ["undecided", "undecided", "closed"]
    last = [watch.update(make_frame(s)) for s in (2, 4)][-1]
    assert list(last.spots) == ["A1", "A2", "A3"]
    assert _said(last) == ["occupied", "free", "closed"]
    assert last.probabilities == pytest.approx({"A1": 0.97, "A2": 0.03, "A3": 0.97})
    assert (last.frame_id, last.timestamp_ns) == (100, 4 * NS_PER_S)


def test_lost_camera_makes_all_unknown_at_once() -> None:
    watch, _ = _watch()
    for s in (0, 2, 4):
        watch.update(make_frame(s))
    lost = watch.lose(9 * NS_PER_S, UnknownReason.CAMERA_LOST)
    assert _said(lost) == ["camera_lost", "camera_lost", "closed"]
    assert lost.health.fault is ViewFault.LOST
    assert lost.frame_id == 100


def test_camera_lost_before_the_first_picture() -> None:
    watch, _ = _watch()
    lost = watch.lose(0, UnknownReason.CAMERA_LOST)
    assert _said(lost) == ["camera_lost", "camera_lost", "closed"]
    assert lost.frame_id is None


def test_suspect_pictures_are_no_evidence_and_a_fault_blinds() -> None:
    watch, classifier = _watch()
    for s in (0, 2, 4):
        watch.update(make_frame(s))
    black = np.zeros((360, 640, 3), np.uint8)
    asked = len(classifier.polygons)
    at_once, later = watch.update(make_frame(5, black)), watch.update(make_frame(8, black))
    assert _said(at_once) == ["occupied", "free", "closed"]
    assert _said(later) == ["covered", "covered", "closed"]
    assert len(classifier.polygons) == asked


def test_smaller_stream_of_the_same_view_is_followed() -> None:
    watch, classifier = _watch()
    watch.update(make_frame(0))
    watch.update(make_frame(2, make_picture(320, 180)))
    assert classifier.polygons[-1][0].tolist() == (SQUARE / 2).tolist()


def test_van_in_a_lane_is_shown_where_it_stands_in_a_smaller_stream_of_the_same_view() -> None:
    lane = Zone("way", ZoneKind.LANE, np.array([[300, 150], [620, 150], [620, 340], [300, 340]]))
    watch = ParkingWatch(replace(LAYOUT, zones=(lane,)), _vehicles_right_of_200_px)
    shown = []
    for second in range(10):
        picture = make_picture(seed=second)
        if second >= 4:
            picture[200:280, 450:560] = (30, 30, 200)
        if second == 9:
            picture = cv2.resize(picture, (320, 180), interpolation=cv2.INTER_AREA)
        shown.append([each.outline for each in watch.update(make_frame(second, picture)).stopped])
    (large,), (small,) = shown[-2:]
    np.testing.assert_allclose(small, large / 2)


def _vehicles_right_of_200_px(
    image: ImageArray,
    polygons: Sequence[FloatArray],
    among: Sequence[FloatArray] = (),  # noqa: ARG001
) -> FloatArray:
    """Of pictures 640 px wide; refuses what an occupancy network refuses."""
    cut_views(image, polygons, ViewShape(32))
    scale = 640 / image.shape[1]
    return np.array([0.97 if scale * each[0, 0] > 200 else 0.03 for each in polygons])


def test_spot_that_a_small_drift_takes_out_of_the_picture_is_unknown_and_the_others_go_on() -> None:
    edge = Spot("A4", "main", "general", np.array([[632, 200], [639, 200], [639, 206], [632, 206]]))
    watch = ParkingWatch(replace(LAYOUT, spots=(*LAYOUT.spots, edge)), _vehicles_right_of_200_px)
    for second in range(4):
        before = watch.update(make_frame(second, make_picture(seed=second)))
    assert _said(before) == ["free", "free", "closed", "occupied"]
    for second in range(4, 8):
        aside = np.roll(make_picture(seed=second), 10, axis=1)
        after = watch.update(make_frame(second, aside))
    assert _said(after) == ["free", "free", "closed", "moved"]


@pytest.mark.parametrize("has_reference", [False, True])
def test_layout_that_says_its_size_is_followed_from_the_first_picture(has_reference: bool) -> None:
    classifier = ScriptedClassifier([[0.97, 0.03, 0.97]])
    reference = make_picture() if has_reference else None
    layout = replace(LAYOUT.scaled(0.5), drawn_px=(320, 180))
    watch = ParkingWatch(layout, classifier, reference=reference)
    for s in (0, 2):
        watch.update(make_frame(s))
    assert classifier.polygons[-1][0].tolist() == SQUARE.tolist()
    aside = [watch.update(make_frame(s, np.roll(make_picture(), 6, axis=1))) for s in (40, 80)]
    assert aside[-1].alignment.shift_px == pytest.approx(6, abs=0.3)


def test_layout_drawn_on_a_picture_of_another_shape_is_refused() -> None:
    layout = replace(LAYOUT, drawn_px=(640, 480))
    says = "drawn on a picture of 640x480 px, which has another shape than one of 640x360 px"
    with pytest.raises(LayoutError, match=says):
        ParkingWatch(layout, ScriptedClassifier([[0.97]])).update(make_frame(0))
    with pytest.raises(LayoutError, match=says):
        ParkingWatch(layout, ScriptedClassifier([[0.97]]), reference=make_picture())


def test_picture_of_another_shape_is_another_view() -> None:
    watch, _ = _watch()
    for s in (0, 2, 4):
        watch.update(make_frame(s))
    assert _said(watch.update(make_frame(6, make_picture(360, 360)))) == [
        "moved",
        "moved",
        "closed",
    ]


def test_spots_outside_the_first_picture_are_refused() -> None:
    watch, _ = _watch()
    with pytest.raises(LayoutError, match="spot A2 of camera north leaves the picture of 160x90"):
        watch.update(make_frame(0, make_picture(160, 90)))
