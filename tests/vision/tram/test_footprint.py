import numpy as np
import pytest

from vision.arrays import FloatArray
from vision.classes import Kind
from vision.ground import GroundCamera, ground_to_image
from vision.tram.footprint import Footprints, footprints_of

CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))


def _box_of(corners_m: list[list[float]], height_m: float) -> FloatArray:
    """The box around a block that stands on these ground corners."""
    ground = ground_to_image(CAMERA, np.array(corners_m, float))
    forward_m = np.array(corners_m, float)[:, 0]
    roof = ground - np.stack([0 * forward_m, height_m * CAMERA.focal_px / forward_m], axis=1)
    points = np.concatenate([ground, roof])
    box = np.array([*points.min(axis=0), *points.max(axis=0)])
    box[[0, 2]] = np.clip(box[[0, 2]], 0, 640)
    return box


def _car(near_m: float, inner_m: float, *, across: bool = False, side: int = 1) -> FloatArray:
    length, width = (1.8, 4.5) if across else (4.5, 1.8)
    return _box_of(
        [
            [forward, side * lateral]
            for forward in (near_m, near_m + length)
            for lateral in (inner_m, inner_m + width)
        ],
        1.5,
    )


def _footprint(box: FloatArray, kind: Kind) -> Footprints:
    return footprints_of(CAMERA, np.array([box]), [kind], size_px=(640, 360))


def _ground_sides(box: FloatArray, kind: Kind) -> tuple[float, float]:
    footprint = _footprint(box, kind)
    low, high = footprint.anchor_m[0] + footprint.from_anchor_m[0]
    return float(low), float(high)


@pytest.mark.parametrize("side", [1, -1], ids=["right", "left"])
@pytest.mark.parametrize("near_m", [10.0, 15.0, 25.0, 40.0])
@pytest.mark.parametrize("inner_m", [2.1, 3.5])
def test_car_parked_along_the_track(near_m: float, inner_m: float, side: int) -> None:
    low, high = _ground_sides(_car(near_m, inner_m, side=side), Kind.VEHICLE)
    inner, outer = (low, high) if side == 1 else (-high, -low)
    assert inner == pytest.approx(inner_m, abs=0.1)
    assert outer == pytest.approx(inner_m + 1.8, abs=0.1)


@pytest.mark.parametrize("near_m", [15.0, 25.0])
def test_car_across_reaches_to_its_nose(near_m: float) -> None:
    low, _ = _ground_sides(_car(near_m, 1.2, across=True), Kind.VEHICLE)
    assert low == pytest.approx(1.2, abs=0.3)


def test_car_on_the_track_covers_the_axis() -> None:
    low, high = _ground_sides(_car(20, -0.9), Kind.VEHICLE)
    assert low < -0.5
    assert high > 0.5


def test_tram_on_the_next_track_stays_there() -> None:
    tram = _box_of([[z, x] for z in (15, 45) for x in (-4.6, -2.1)], 3.4)
    _, inner = _ground_sides(tram, Kind.RAIL_VEHICLE)
    assert inner == pytest.approx(-2.1, abs=0.2)


def test_person_stands_below_the_middle() -> None:
    person = _box_of([[20, 2.0], [20, 2.5]], 1.7)
    footprint = _footprint(person, Kind.PERSON)
    assert footprint.forward_m[0] == pytest.approx(19.8, abs=0.1), "knees and arms reach nearer"
    assert footprint.anchor_m[0] == pytest.approx(2.25, abs=0.01)
    assert footprint.from_anchor_m[0] == pytest.approx([-0.125, 0.125], abs=0.01)


@pytest.mark.parametrize(
    ("tall_m", "near_m"),
    [pytest.param(0.9, 25.0, id="crates"), pytest.param(1.5, 24.6, id="a car on its wheels")],
)
def test_what_is_lower_than_any_car_reaches_beyond_no_wheels(tall_m: float, near_m: float) -> None:
    box = _box_of([[25, -0.9], [25, 0.9]], tall_m)
    assert _footprint(box, Kind.VEHICLE).forward_m[0] == pytest.approx(near_m, abs=0.05)


def test_vehicle_that_leaves_the_picture_has_no_outer_edge() -> None:
    assert _footprint(_car(6, 3.5), Kind.VEHICLE).is_cut[0]
    assert not _footprint(_car(20, 3.5), Kind.VEHICLE).is_cut[0]


def test_no_boxes() -> None:
    assert len(footprints_of(CAMERA, np.zeros((0, 4)), [], size_px=(640, 360)).anchor_m) == 0
