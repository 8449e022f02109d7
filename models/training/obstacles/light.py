"""Bad light, bad weather and bad cameras, put onto good pictures."""

import cv2
import numpy as np

Image = np.ndarray  # (H, W, 3) uint8 BGR
Generator = np.random.Generator


def multiply(image: Image, factors: np.ndarray | float) -> Image:
    """Scale the channels, and clip."""
    return np.clip(image * np.asarray(factors, np.float32), 0, 255).astype(np.uint8)


def curve(image: Image, gamma: float, gain: float) -> Image:
    """A tone curve: gain · x^gamma."""
    table = np.clip(gain * np.linspace(0, 1, 256) ** gamma * 255, 0, 255).astype(np.uint8)
    return cv2.LUT(image, table)


def daylight(image: Image, rng: Generator) -> Image:
    """Exposure, contrast and white balance as they vary by day."""
    shown = curve(image, rng.uniform(0.65, 1.6), rng.uniform(0.75, 1.25))
    return multiply(shown, rng.uniform(0.9, 1.1, 3))


def night(image: Image, rng: Generator) -> Image:
    """Little light, lamps of one colour, noise; what was bright stays visible."""
    dark = curve(image, rng.uniform(1.3, 2.6), rng.uniform(0.35, 0.9))
    cast = np.array(((0.75, 0.95, 1.15), (1.2, 1.0, 0.85), (0.9, 1.1, 0.9), (1.0, 1.0, 1.0)))
    return multiply(dark, cast[rng.integers(len(cast))] * rng.uniform(0.9, 1.1, 3))


def lamps(image: Image, rng: Generator) -> Image:
    """Headlights and street lamps: discs with a wide halo, added to the picture."""
    height, width = image.shape[:2]
    small = np.zeros((height // 4 + 1, width // 4 + 1, 3), np.float32)
    for _ in range(rng.integers(1, 6)):
        x, y = rng.integers(small.shape[1]), int(small.shape[0] * rng.uniform(0.2, 0.75))
        colour = rng.uniform(0.6, 1.0, 3) * rng.uniform(120, 330)
        cv2.circle(small, (int(x), y), int(rng.integers(1, 4)), colour.tolist(), -1)
    halo = cv2.GaussianBlur(small, (0, 0), rng.uniform(3, 9)) * rng.uniform(1.0, 4.0)
    small = cv2.GaussianBlur(small, (0, 0), 0.7)
    glow = cv2.resize(small + halo, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(image + glow, 0, 255).astype(np.uint8)


def fog(image: Image, rng: Generator) -> Image:
    """A grey veil, thickest around the horizon."""
    height = image.shape[0]
    horizon, depth = rng.uniform(0.35, 0.65), rng.uniform(0.25, 0.8)
    rows = np.abs(np.linspace(0, 1, height) - horizon)
    veil = rng.uniform(0.25, 0.75) * np.exp(-rows / depth)
    grey = min(235.0, float(image.mean()) * rng.uniform(1.0, 1.5) + 15)
    share = veil[:, None, None].astype(np.float32)
    return (image * (1 - share) + grey * share).astype(np.uint8)


def rain(image: Image, rng: Generator) -> Image:
    """Bright slanted streaks over a slightly blurred picture."""
    height, width = image.shape[:2]
    streaks = np.zeros((height, width), np.uint8)
    slant, length = rng.uniform(-0.4, 0.4), rng.uniform(6, 22)
    for x, y in rng.uniform((0, 0), (width, height), (int(rng.integers(60, 260)), 2)):
        end = (int(x + slant * length), int(y + length))
        cv2.line(streaks, (int(x), int(y)), end, int(rng.integers(60, 160)), 1)
    soft = cv2.GaussianBlur(image, (3, 3), 0)
    return cv2.add(soft, cv2.merge((streaks,) * 3))


def blur(image: Image, rng: Generator) -> Image:
    """Out of focus, or moved along one direction."""
    if rng.random() < 0.5:
        return cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.6))
    length = int(rng.integers(3, 9))
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0, np.pi)
    reach = np.array((np.cos(angle), np.sin(angle))) * (length - 1) / 2
    middle = np.array((length - 1, length - 1)) / 2
    start, end = (middle - reach).round().astype(int), (middle + reach).round().astype(int)
    cv2.line(kernel, start.tolist(), end.tolist(), 1.0, 1)
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def noise(image: Image, rng: Generator) -> Image:
    """Grain, coarser in the colours than in the brightness."""
    height, width = image.shape[:2]
    grain = rng.standard_normal((height, width, 1), np.float32) * rng.uniform(2, 11)
    small = rng.standard_normal((height // 2 + 1, width // 2 + 1, 3), np.float32)
    colour = cv2.resize(small, (width, height)) * rng.uniform(1, 9)
    return np.clip(image + grain + colour, 0, 255).astype(np.uint8)


def compress(image: Image, rng: Generator) -> Image:
    """The blocks of a thrifty video encoder."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(18, 70))]
    return cv2.imdecode(cv2.imencode(".jpg", image, quality)[1], cv2.IMREAD_COLOR)


def shrink(image: Image, rng: Generator) -> Image:
    """A picture that once had fewer pixels."""
    height, width = image.shape[:2]
    share = rng.uniform(0.45, 0.85)
    small = cv2.resize(
        image, (int(width * share), int(height * share)), interpolation=cv2.INTER_AREA
    )
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def spoil(image: Image, rng: Generator, night_share: float) -> Image:
    """A random mix of all of it; already dark pictures are not made night again."""
    is_dark = float(image.mean()) < 60
    if is_dark:
        image = curve(image, rng.uniform(0.7, 1.25), rng.uniform(0.7, 1.3))
        image = multiply(image, rng.uniform(0.85, 1.15, 3))
    elif rng.random() < night_share:
        image, is_dark = night(image, rng), True
    else:
        image = daylight(image, rng)
    if is_dark and rng.random() < 0.4:
        image = lamps(image, rng)
    for effect, chance in ((fog, 0.08), (rain, 0.08), (blur, 0.15), (shrink, 0.15)):
        if rng.random() < chance:
            image = effect(image, rng)
    if rng.random() < (0.6 if is_dark else 0.2):
        image = noise(image, rng)
    if rng.random() < 0.3:
        image = compress(image, rng)
    return image
