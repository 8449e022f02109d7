"""The own speed read off a ground that is drawn as a camera sees it."""

import cv2
import numpy as np
import pytest

from vision.arrays import ImageArray
from vision.frame import NS_PER_S, Frame
from vision.ground import GroundCamera, image_to_ground
from vision.tram.centre_line import ALONG_M, STRAIGHT, CentreLine
from vision.tram.picture_speed import PictureSpeedometer

CAMERA = GroundCamera(height_m=2.4, pitch_deg=4, focal_px=560, principal_px=(320, 180))
WIDTH_PX, HEIGHT_PX = 640, 360
PX_PER_M = 25


@pytest.fixture(scope="module")
def street() -> np.ndarray:
    """Ballast, 300 m long and 12 m wide, with two rails that never change."""
    random = np.random.default_rng(1)
    stones = random.normal(0, 1, (300 * PX_PER_M, 12 * PX_PER_M)).astype(np.float32)
    grey = 110 + 60 * cv2.GaussianBlur(stones, (0, 0), 3)
    for side in (-0.72, 0.72):
        column = round((6 + side) * PX_PER_M)
        grey[:, column - 1 : column + 2] = 200
    return np.clip(grey, 0, 255)


@pytest.fixture(scope="module")
def ground() -> tuple[np.ndarray, np.ndarray]:
    """Where on the ground each pixel looks: metres ahead and to the right."""
    columns, rows = np.meshgrid(np.arange(WIDTH_PX), np.arange(HEIGHT_PX))
    places = image_to_ground(CAMERA, np.stack([columns.ravel(), rows.ravel()], 1).astype(float))
    ahead, aside = places.reshape(HEIGHT_PX, WIDTH_PX, 2).transpose(2, 0, 1)
    return np.nan_to_num(ahead, nan=1e6), np.nan_to_num(aside, nan=1e6)


def picture(
    street: np.ndarray, ground: tuple[np.ndarray, np.ndarray], way_m: float, seed: int
) -> ImageArray:
    x = ((ground[1] + 6) * PX_PER_M).astype(np.float32)
    y = ((ground[0] + way_m) * PX_PER_M).astype(np.float32)
    grey = cv2.remap(street, x, y, cv2.INTER_LINEAR, borderValue=150)
    noise = np.random.default_rng(seed).normal(0, 2, grey.shape)
    shown = np.clip(grey + noise, 0, 255).astype(np.uint8)
    return np.repeat(shown[..., None], 3, axis=2)


def told(
    street, ground, speed_of, seconds: float, rate_hz: float, show=picture, line=STRAIGHT
) -> list[tuple[float, float | None]]:
    """(true, told) speeds of a ride."""
    meter, way_m, found = PictureSpeedometer(CAMERA), 0.0, []
    for number in range(round(seconds * rate_hz)):
        speed_mps = speed_of(number / rate_hz)
        at_ns = round(number / rate_hz * NS_PER_S)
        frame = Frame("cab", number, at_ns, show(street, ground, way_m, number))
        found.append((speed_mps, meter.update(frame, line)))
        way_m += speed_mps / rate_hz
    return found


@pytest.mark.parametrize("rate_hz", [5.0, 20.0])
@pytest.mark.parametrize("speed_mps", [3.0, 8.0, 14.0])
def test_steady_speed_is_read_within_a_tenth(street, ground, speed_mps, rate_hz):
    ride = told(street, ground, lambda _: speed_mps, 3.0, rate_hz)
    known = [each for _, each in ride if each is not None]
    assert len(known) >= len(ride) // 3
    assert known[-1] == pytest.approx(speed_mps, rel=0.1)
    assert np.median(known) == pytest.approx(speed_mps, rel=0.1)


@pytest.mark.parametrize("rate_hz", [5.0, 10.0, 25.0])
def test_speed_is_told_within_a_second_and_not_by_looks_that_share_a_picture(
    street, ground, rate_hz
):
    ride = told(street, ground, lambda _: 8.0, 2.0, rate_hz)
    first_s = next(step for step, (_, known) in enumerate(ride) if known is not None) / rate_hz
    assert 0.3 <= first_s <= 1.0


BEND_PER_M = 1 / 40


def in_a_bend(plane, ground, way_m: float, seed: int) -> ImageArray:
    """What the camera sees of a plane after so many metres round a bend to the right."""
    turned = BEND_PER_M * way_m
    ahead = np.sin(turned) / BEND_PER_M + np.cos(turned) * ground[0] - np.sin(turned) * ground[1]
    aside = (1 - np.cos(turned)) / BEND_PER_M + np.sin(turned) * ground[0]
    aside += np.cos(turned) * ground[1]
    x, y = ((each % 12) * PX_PER_M for each in (aside, ahead))
    grey = cv2.remap(plane, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    noise = np.random.default_rng(seed).normal(0, 2, grey.shape)
    return np.repeat(np.clip(grey + noise, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def test_the_speed_is_read_in_a_bend_along_the_track(street, ground):
    bend = CentreLine.from_curvature(np.full(len(ALONG_M), BEND_PER_M))
    ride = told(street, ground, lambda _: 7.0, 3.0, 10.0, in_a_bend, bend)
    known = [each for _, each in ride if each is not None]
    assert len(known) >= len(ride) // 2
    assert known == pytest.approx([7.0] * len(known), rel=0.1)


@pytest.fixture(scope="module")
def sleepers(street) -> np.ndarray:
    """The same, on a sleeper every 0.6 m."""
    along_m = np.arange(len(street)) / PX_PER_M
    shade = 60 * np.cos(2 * np.pi * along_m / 0.6)
    middle = np.abs(np.arange(street.shape[1]) / PX_PER_M - 6) < 1.3
    return np.clip(street + shade[:, None] * middle, 0, 255)


@pytest.mark.parametrize("rate_hz", [5.0, 10.0])
def test_sleepers_that_look_alike_do_not_make_another_speed(sleepers, ground, rate_hz):
    ride = told(sleepers, ground, lambda at_s: 8.0 - 0.5 * at_s, 5.0, rate_hz)
    off = [known / true - 1 for true, known in ride if known is not None]
    assert len(off) >= len(ride) // 3
    assert np.abs(off) == pytest.approx(0, abs=0.1)


def behind_dirt(street, ground, way_m: float, seed: int) -> ImageArray:
    """From the 15th picture on the glass gets dirtier and dirtier."""
    dirt = np.random.default_rng(7).normal(0, 1, (HEIGHT_PX, WIDTH_PX)).astype(np.float32)
    dirt = np.clip(5 * cv2.GaussianBlur(dirt, (0, 0), 6), 0, 1) * np.clip((seed - 15) / 30, 0, 1)
    image = picture(street, ground, way_m, seed)
    return (image * (1 - dirt[..., None]) + 60 * dirt[..., None]).astype(np.uint8)


def test_dirt_on_the_glass_does_not_make_the_tram_stand(street, ground):
    ride = told(street, ground, lambda _: 9.0, 8.0, 10.0, behind_dirt)
    known = [each for _, each in ride if each is not None]
    assert known == pytest.approx([9.0] * len(known), rel=0.15)


def test_braking_is_followed(street, ground):
    ride = told(street, ground, lambda at_s: 10.0 - 1.2 * at_s, 4.0, 10.0)
    errors = [abs(each - true) / true for true, each in ride if each is not None]
    assert errors
    assert np.median(errors) < 0.1


def test_no_tram_goes_at_quite_another_speed_at_once(street, ground):
    """The pictures tell of 14 m/s, and of 4 from one to the next: that may be told 2.6 s later."""
    ride = told(street, ground, lambda at_s: 14.0 if at_s < 2 else 4.0, 8.0, 10.0)
    assert [known for _, known in ride[15:20]] == pytest.approx([14.0] * 5, rel=0.1)
    for _, known in ride[22:42]:
        assert known is None or known > 6
    assert ride[-1][1] == pytest.approx(4.0, rel=0.1)


def test_the_speed_is_found_again_near_where_it_was_lost(street, ground):
    def show(street, ground, way_m: float, seed: int) -> ImageArray:
        image = picture(street, ground, way_m, seed)
        return np.full_like(image, 90) if 20 <= seed < 30 else image

    ride = told(street, ground, lambda at_s: 10.0 - 0.5 * at_s, 5.0, 10.0, show)
    assert {known for _, known in ride[24:30]} == {None}
    assert ride[-1][1] == pytest.approx(ride[-1][0], rel=0.1)


@pytest.mark.parametrize("rate_hz", [10.0, 25.0])
def test_a_tram_that_stood_starts_again(street, ground, rate_hz):
    def speed_of(at_s: float) -> float:
        return float(np.interp(at_s, [0, 2, 5, 7, 12], [6, 6, 0, 0, 5]))

    ride = told(street, ground, speed_of, 12.0, rate_hz)
    assert ride[round(6.5 * rate_hz)][1] == pytest.approx(0.0, abs=0.1)
    assert 0.0 not in [known and round(known, 1) for true, known in ride if true > 1.3]
    assert ride[-1][1] == pytest.approx(ride[-1][0], rel=0.15)


def beside_parked_vehicles(street, ground, way_m: float, seed: int) -> ImageArray:
    """To the left nothing but vehicles: what stands up comes nearer faster than the ground."""
    image = picture(street, ground, way_m, seed)
    skins = picture(np.clip(3 * (street - 110) + 110, 0, 255), ground, 1.4 * way_m, seed)
    stands = (ground[1] < -1.0) & (ground[0] > 7) & (ground[0] < 40)
    image[stands] = skins[stands]
    return image


def test_what_stands_beside_the_rails_does_not_carry_the_speed_away(street, ground):
    ride = told(street, ground, lambda at_s: 8.0 - at_s, 4.0, 5.0, beside_parked_vehicles)
    off = [known / true - 1 for true, known in ride if known is not None]
    assert len(off) >= len(ride) // 2
    assert np.abs(off) == pytest.approx(0, abs=0.1)


def test_a_camera_that_hangs_tells_nothing(street, ground):
    meter = PictureSpeedometer(CAMERA)
    for number in range(40):
        shown = picture(street, ground, 8.0 * min(number, 20) / 10, min(number, 20))
        last = meter.update(Frame("cab", number, number * NS_PER_S // 10, shown))
    assert last is None


@pytest.mark.parametrize(
    ("size_px", "is_told"), [((320, 180), True), ((640, 480), False)], ids=["smaller", "upright"]
)
def test_pictures_of_another_size_are_read_and_of_another_shape_are_not(
    street, ground, size_px, is_told
):
    def show(street, ground, way_m: float, seed: int) -> ImageArray:
        image = picture(street, ground, way_m, seed)
        return image if seed < 5 else np.asarray(cv2.resize(image, size_px), np.uint8)

    known = [each for _, each in told(street, ground, lambda _: 8.0, 2.5, 10.0, show)][12:]
    assert known == (pytest.approx([8.0] * 13, rel=0.1) if is_told else [None] * 13)


def test_nothing_is_told_before_anything_has_moved(street, ground):
    assert {each for _, each in told(street, ground, lambda _: 0.0, 3.0, 10.0)} == {None}


def test_nothing_is_told_in_the_dark():
    meter = PictureSpeedometer(CAMERA)
    for number in range(30):
        noise = np.random.default_rng(number).integers(0, 4, (HEIGHT_PX, WIDTH_PX, 3))
        frame = Frame("cab", number, number * NS_PER_S // 10, noise.astype(np.uint8))
        assert meter.update(frame) is None
