import numpy as np
import pytest

from models.training.parking.distortion import random_distortion, random_outline
from models.training.parking.spot_patches import cut_patch
from models.training.parking.spot_view import ViewShape as TrainedShape
from models.training.parking.spot_view import warp_view
from models.training.parking.weather import WEATHER, random_weather
from vision.parking.spot_view import ViewShape, cut_views

CLOSE = TrainedShape(64, 1.3, 0.05)
WIDE = TrainedShape(96, 1.6, 0.05)


def make_street(width_px: int = 400, height_px: int = 300) -> np.ndarray:
    """A smooth picture in which every place looks different."""
    y, x = np.mgrid[:height_px, :width_px]
    waves = [np.sin(x / 23 + y / 31), np.cos(x / 37 - y / 29), np.sin(x * y / 9000)]
    return (127 + 100 * np.stack(waves, 2)).astype(np.uint8)


@pytest.mark.parametrize("shape", [CLOSE, WIDE], ids=["close", "wide"])
@pytest.mark.parametrize(
    "polygon",
    [
        pytest.param([[150, 120], [230, 130], [210, 190], [140, 180]], id="large"),
        pytest.param([[200, 100], [224, 104], [220, 116], [197, 112]], id="small"),
        pytest.param(
            [[180, 100], [240, 140], [180, 190], [130, 150], [140, 110]], id="five corners"
        ),
        pytest.param([[2, 100], [60, 100], [70, 150], [2, 150]], id="at the picture's edge"),
    ],
)
def test_training_sees_what_the_runtime_sees(
    polygon: list[list[float]], shape: TrainedShape
) -> None:
    outline = np.array(polygon, np.float64)
    street = make_street()
    at_run_time = ViewShape(shape.size_px, shape.sides, shape.rise)
    seen = cut_views(street, [outline], at_run_time)[0].astype(int)
    trained_on = warp_view(*cut_patch(street, outline), shape).astype(int)
    difference = np.abs(seen - trained_on)
    assert np.median(difference[..., :3]) <= 4
    assert difference[..., 3].mean() < 8


def test_same_seed_draws_the_same_view() -> None:
    street = make_street(64, 64)
    first, second = (random_weather(street, np.random.default_rng(5)) for _ in range(2))
    assert (first == second).all()


@pytest.mark.parametrize("effect", [effect for effect, _ in WEATHER], ids=lambda e: e.__name__)
def test_weather_keeps_shape_and_type(effect) -> None:
    rng = np.random.default_rng(0)
    for _ in range(8):
        view = effect(make_street(64, 64), rng)
        assert view.shape == (64, 64, 3)
        assert view.dtype == np.uint8


def test_distorted_spot_stays_in_its_view() -> None:
    rng = np.random.default_rng(1)
    outline = np.array([[150, 120], [230, 130], [210, 190], [140, 180]], np.float64)
    patch, polygon = cut_patch(make_street(), outline)
    for _ in range(50):
        view = warp_view(patch, random_outline(polygon, rng), CLOSE, random_distortion(rng))
        assert (view[..., 3] > 127).mean() > 0.1
