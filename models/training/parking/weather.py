"""Light, weather and bad cameras, at random, on one (H, W, 3) uint8 view."""

from collections.abc import Callable

import cv2
import numpy as np

Rng = np.random.Generator


def change_light(view: np.ndarray, rng: Rng) -> np.ndarray:
    """Exposure, gamma, contrast, saturation and colour temperature."""
    x = view.astype(np.float32) / 255
    x = x ** np.exp(rng.normal(0, 0.3))
    gain = np.exp(rng.normal(0, 0.2)) * np.exp(rng.normal(0, 0.07, 3))
    x = (x - 0.45) * np.exp(rng.normal(0, 0.2)) + 0.45
    grey = x.mean(2, keepdims=True)
    x = grey + (x - grey) * rng.uniform(0.3, 1.5)
    return _bytes(x * gain)


def make_grey(view: np.ndarray, rng: Rng) -> np.ndarray:
    """A grey or infrared camera."""
    weights = rng.dirichlet([2, 2, 2]).astype(np.float32)
    return np.repeat(_bytes((view.astype(np.float32) @ weights)[..., None] / 255), 3, 2)


def make_night(view: np.ndarray, rng: Rng) -> np.ndarray:
    """Little light, a lamp's pool of it, a colour cast, and the noise of a raised gain."""
    x = view.astype(np.float32) / 255
    x = x ** rng.uniform(1.1, 1.8) * rng.uniform(0.3, 0.8)
    lamp = _blob(view.shape[0], rng, 0.3, 1.2) * rng.uniform(0, 1.5)
    x = x * (1 + lamp[..., None])
    x *= np.array([rng.uniform(0.5, 1.1), rng.uniform(0.8, 1.05), rng.uniform(0.9, 1.3)])
    x += rng.normal(0, rng.uniform(0, 0.05), x.shape)
    return _bytes(x)


def add_fog(view: np.ndarray, rng: Rng) -> np.ndarray:
    """Contrast lost towards a grey that grows upwards."""
    size = view.shape[0]
    depth = np.linspace(rng.uniform(0.3, 1), rng.uniform(0.3, 1), size)[:, None, None]
    density = np.clip(rng.uniform(0.2, 0.85) * depth, 0, 0.88)
    air = np.array([1, 1, 1]) * rng.uniform(0.35, 0.95) * rng.uniform(0.95, 1.05, 3)
    return _bytes(view / 255 * (1 - density) + air * density)


def add_shadow(view: np.ndarray, rng: Rng) -> np.ndarray:
    """A hard or soft shadow, or its opposite, a patch of sun."""
    size = view.shape[0]
    mask = np.zeros((size, size), np.float32)
    corners = rng.uniform(-0.3, 1.3, (rng.integers(3, 6), 2)) * size
    cv2.fillPoly(mask, [np.int32(cv2.convexHull(corners.astype(np.float32)))], 1.0)
    mask = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.4, 4))
    factor = rng.uniform(0.3, 0.8) if rng.random() < 0.75 else rng.uniform(1.2, 1.7)
    return _bytes(view / 255 * (1 + mask[..., None] * (factor - 1)))


def add_glare(view: np.ndarray, rng: Rng) -> np.ndarray:
    """Headlights, a low sun, a reflection on wet ground."""
    x = view / 255
    for _ in range(rng.integers(1, 4)):
        light = _blob(view.shape[0], rng, 0.03, 0.35)[..., None]
        x = x + light * rng.uniform(0.3, 1.2) * rng.uniform(0.8, 1.0, 3)
    return _bytes(x)


def add_rain(view: np.ndarray, rng: Rng) -> np.ndarray:
    """Bright streaks in one direction, and a little less contrast."""
    size = view.shape[0]
    streaks = np.zeros((size, size), np.float32)
    lean, length = rng.normal(0, 0.25), rng.uniform(0.05, 0.3) * size
    for x, y in rng.uniform(0, size, (rng.integers(8, 50), 2)):
        end = (int(x + lean * length), int(y + length))
        cv2.line(streaks, (int(x), int(y)), end, float(rng.uniform(0.2, 1)), 1, cv2.LINE_AA)
    x = (view / 255 - 0.5) * rng.uniform(0.6, 1) + 0.5
    return _bytes(x + streaks[..., None] * rng.uniform(0.1, 0.35))


def hide_part(view: np.ndarray, rng: Rng) -> np.ndarray:
    """A pole, a branch, a wire or a passer-by in front."""
    size = view.shape[0]
    out = view.copy()
    colour = tuple(int(c) for c in rng.integers(10, 220) * rng.uniform(0.8, 1.1, 3))
    if rng.random() < 0.6:
        start, end = rng.integers(0, size, 2), rng.integers(0, size, 2)
        if rng.random() < 0.5:
            start, end = np.array([start[0], -1]), np.array([start[0] + rng.integers(-4, 5), size])
        cv2.line(out, start.tolist(), end.tolist(), colour, int(rng.integers(1, 5)), cv2.LINE_AA)
    else:
        centre, axes = rng.integers(0, size, 2), rng.integers(2, size // 5, 2)
        cv2.ellipse(out, centre.tolist(), axes.tolist(), rng.uniform(0, 180), 0, 360, colour, -1)
    return out


def paint_ground(view: np.ndarray, rng: Rng) -> np.ndarray:
    """Markings, cracks and tyre tracks: thin lines, light or dark, half transparent."""
    drawn = view.copy()
    for _ in range(rng.integers(1, 4)):
        start, end = rng.integers(-5, view.shape[0] + 5, (2, 2)).tolist()
        shade = int(rng.choice([20, 60, 200, 240]))
        cv2.line(drawn, start, end, (shade, shade, shade), int(rng.integers(1, 4)), cv2.LINE_AA)
    share = rng.uniform(0.3, 0.8)
    return cv2.addWeighted(drawn, share, view, 1 - share, 0)


def blur(view: np.ndarray, rng: Rng) -> np.ndarray:
    """Out of focus, or moved while exposed."""
    if rng.random() < 0.6:
        return cv2.GaussianBlur(view, (0, 0), rng.uniform(0.4, 1.8))
    length = int(rng.integers(3, 8))
    kernel = np.zeros((length, length), np.float32)
    end = rng.integers(0, length, 2).tolist()
    cv2.line(kernel, (length // 2, length // 2), end, 1.0, 1)
    return cv2.filter2D(view, -1, kernel / kernel.sum())


def lose_resolution(view: np.ndarray, rng: Rng) -> np.ndarray:
    """A spot that is only a few pixels wide in its picture."""
    size = view.shape[0]
    small = max(10, int(size * rng.uniform(0.2, 0.75)))
    shrink = cv2.INTER_AREA if rng.random() < 0.7 else cv2.INTER_LINEAR
    grow = cv2.INTER_LINEAR if rng.random() < 0.7 else cv2.INTER_CUBIC
    return cv2.resize(
        cv2.resize(view, (small, small), interpolation=shrink), (size, size), interpolation=grow
    )


def add_noise(view: np.ndarray, rng: Rng) -> np.ndarray:
    """Sensor noise, of every pixel or of blotches."""
    size = view.shape[0]
    grain = rng.choice([1, 1, 2])
    channels = 1 if rng.random() < 0.5 else 3
    noise = rng.normal(0, rng.uniform(2, 16), (size // grain, size // grain, channels))
    if grain > 1:
        noise = cv2.resize(noise, (size, size)).reshape(size, size, channels)
    return np.clip(view + noise, 0, 255).astype(np.uint8)


def compress(view: np.ndarray, rng: Rng) -> np.ndarray:
    """The blocks of a strongly compressed stream."""
    _, coded = cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(12, 75))])
    return cv2.imdecode(coded, cv2.IMREAD_COLOR)


# in the order in which light meets them; the chance of each
WEATHER: tuple[tuple[Callable[[np.ndarray, Rng], np.ndarray], float], ...] = (
    (paint_ground, 0.12),
    (add_shadow, 0.25),
    (hide_part, 0.12),
    (change_light, 0.85),
    (make_night, 0.12),
    (add_glare, 0.08),
    (add_fog, 0.12),
    (add_rain, 0.06),
    (make_grey, 0.12),
    (lose_resolution, 0.25),
    (blur, 0.15),
    (add_noise, 0.25),
    (compress, 0.25),
)


def random_weather(view: np.ndarray, rng: Rng, strength: float = 1.0) -> np.ndarray:
    """Each effect with its chance times `strength`."""
    for effect, chance in WEATHER:
        if rng.random() < chance * strength:
            view = effect(view, rng)
    return view


def _blob(size: int, rng: Rng, low: float, high: float) -> np.ndarray:
    """(size, size) soft spot of light between 0 and 1 somewhere."""
    y, x = np.mgrid[:size, :size] / size
    centre_x, centre_y = rng.uniform(-0.1, 1.1, 2)
    radius_x, radius_y = rng.uniform(low, high, 2)
    return np.exp(-(((x - centre_x) / radius_x) ** 2) - ((y - centre_y) / radius_y) ** 2)


def _bytes(x: np.ndarray) -> np.ndarray:
    return (np.clip(x, 0, 1) * 255 + 0.5).astype(np.uint8)
