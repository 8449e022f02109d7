import numpy as np
import pytest

from tests.builders import ScriptedClassifier, ScriptedDetector, make_detections, make_frame
from vision.annotate import annotate_parking, annotate_tram
from vision.arrays import BoolArray, ImageArray
from vision.ground import GroundCamera
from vision.parking.layout import Layout, Spot
from vision.parking.looks import GateSettings
from vision.parking.spot_state import UnknownReason
from vision.parking.watch import ParkingSettings, ParkingWatch
from vision.polygons import polygon_mask
from vision.tram.alert_state import UnavailableReason
from vision.tram.settings import TramSettings
from vision.tram.watch import TramWatch

EVERY_SPOT = ParkingSettings(gate=GateSettings(is_on=False))
PLAIN = np.full((360, 640, 3), 110, np.uint8)
SQUARE = np.array([[100, 100], [180, 100], [180, 180], [100, 180]], float)
LAYOUT = Layout(
    "north",
    1,
    tuple(
        Spot(name, "main", "general", SQUARE + np.array([offset, 0]), is_closed=name == "closed")
        for name, offset in (("free", 0), ("occupied", 120), ("closed", 240))
    ),
)
CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))


def _changed(drawn: ImageArray) -> BoolArray:
    return np.asarray((drawn != PLAIN).any(axis=2))


def _parking(blind: bool = False) -> tuple[ImageArray, dict[str, ImageArray]]:
    watch = ParkingWatch(LAYOUT, ScriptedClassifier([[0.03, 0.97, 0.5]]), EVERY_SPOT)
    for s in (0, 2, 4):
        result = watch.update(make_frame(s))
    if blind:
        result = watch.lose(9 * 10**9, UnknownReason.CAMERA_LOST)
    drawn = annotate_parking(PLAIN, LAYOUT, result)
    parts = {}
    for spot in LAYOUT.spots:
        left, top = spot.polygon.min(axis=0).astype(int)
        parts[spot.spot_id] = drawn[top : top + 80, left : left + 80]
    return drawn, parts


def test_picture_itself_is_untouched() -> None:
    image = PLAIN.copy()
    watch = ParkingWatch(LAYOUT, ScriptedClassifier([[0.03, 0.97, 0.5]]), EVERY_SPOT)
    annotate_parking(image, LAYOUT, watch.update(make_frame(0)))
    assert (image == PLAIN).all()


def test_statuses_differ_in_shape_and_not_only_in_colour() -> None:
    _, parts = _parking()
    _, blind = _parking(blind=True)
    marks = [part.mean(axis=2) for part in (*parts.values(), blind["free"])]
    darkest = [np.asarray(mark < 80) for mark in marks]
    for i, first in enumerate(darkest):
        for second in darkest[i + 1 :]:
            assert (first != second).mean() > 0.02


def test_nothing_is_drawn_far_from_spots_and_labels() -> None:
    drawn, _ = _parking()
    changed = _changed(drawn)
    for spot in LAYOUT.spots:
        changed &= ~polygon_mask(spot.polygon, 640, 360)
    assert changed[200:].sum() == 0


def _tram(box: list[float] | None, lost: bool = False) -> ImageArray:
    found = make_detections([box] if box else [])
    watch = TramWatch(TramSettings(CAMERA, closer_look_every_s=0), ScriptedDetector([found]))
    for k in range(6):
        result = watch.update(make_frame(k / 10), 8.0)
    if lost:
        result = watch.lose(10**9, UnavailableReason.NO_PICTURE)
    return annotate_tram(PLAIN, result)


def test_envelope_and_obstacle_are_drawn_where_they_are() -> None:
    clear, alarm = _tram(None), _tram([300, 180, 330, 270])
    assert _changed(clear)[300:, 200:440].mean() > 0.5
    assert (clear != alarm)[175:275, 290:340].any()
    banner = alarm[2:10, 2:10].reshape(-1, 3).mean(axis=0)
    assert banner[2] > 1.5 * banner[1]  # red


def test_no_envelope_is_drawn_while_unavailable() -> None:
    assert _changed(_tram(None, lost=True))[100:].sum() == 0


@pytest.mark.parametrize("size", [(64, 48), (320, 180), (3840, 2160)])
def test_any_picture_size(size: tuple[int, int]) -> None:
    width_px, height_px = size
    image = np.full((height_px, width_px, 3), 90, np.uint8)
    outline = np.array([[0, 0], [width_px, 0], [width_px, height_px], [0, height_px]], float)
    layout = Layout("north", 1, (Spot("A1", "main", "general", outline),))
    watch = ParkingWatch(layout, ScriptedClassifier([[0.9]]))
    result = watch.update(make_frame(0, image))
    assert annotate_parking(image, layout, result).shape == image.shape
