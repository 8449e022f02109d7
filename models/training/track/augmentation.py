"""Other cameras, other light: what a training picture goes through before the network sees it."""

import cv2
import numpy as np

from models.training.obstacles.light import spoil
from models.training.track.arrays import FloatArray, ImageArray
from models.training.track.sample import IGNORED
from models.training.track.settings import LookSettings


def other_camera(
    rng: np.random.Generator, size: tuple[int, int], target: tuple[int, int], look: LookSettings
) -> FloatArray:
    """(3, 3) homography from a picture of `size` (w, h) to `target`: a part of it, askew.

    The lower middle stays in view, since the own track comes from there.
    """
    width, height = size
    zoom = float(rng.uniform(look.least_part, 1.08))
    aspect = float(np.exp(rng.normal(0, look.aspect)))
    wide, tall = width * zoom * np.sqrt(aspect), height * zoom / np.sqrt(aspect)
    middle = width / 2 + float(rng.normal(0, look.aside)) * width
    bottom = height * float(rng.uniform(1 - look.bottom_cut, 1.04))
    corners = np.array([
        [middle - wide / 2, bottom - tall], [middle + wide / 2, bottom - tall],
        [middle + wide / 2, bottom], [middle - wide / 2, bottom],
    ])  # fmt: skip
    corners += rng.normal(0, look.askew, (4, 2)) * (wide, tall)
    angle = float(rng.normal(0, look.turn_rad))
    centre = corners.mean(axis=0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = (corners - centre) @ turn.T + centre
    if rng.random() < 0.5:
        corners = corners[[1, 0, 3, 2]]
    goal = np.array([[0, 0], [target[0], 0], [target[0], target[1]], [0, target[1]]])
    matrix: FloatArray = cv2.getPerspectiveTransform(
        corners.astype(np.float32), goal.astype(np.float32)
    )
    return matrix


def augment(
    rng: np.random.Generator,
    image: ImageArray,
    masks: ImageArray,
    target: tuple[int, int],
    look: LookSettings,
) -> tuple[ImageArray, ImageArray]:
    """A picture and its masks (H, W, 2) as another camera in other light would give them."""
    matrix = other_camera(rng, (image.shape[1], image.shape[0]), target, look)
    border = cv2.BORDER_REFLECT if rng.random() < 0.5 else cv2.BORDER_CONSTANT
    shown = cv2.warpPerspective(image, matrix, target, flags=cv2.INTER_LINEAR, borderMode=border)
    layers = [
        cv2.warpPerspective(
            np.ascontiguousarray(masks[..., channel]), matrix, target,
            flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=IGNORED,
        )
        for channel in range(masks.shape[2])
    ]  # fmt: skip
    return other_light(rng, shown, look), np.stack(layers, axis=2)


def other_light(rng: np.random.Generator, image: ImageArray, look: LookSettings) -> ImageArray:
    """Colours, light and weather, then things stuck to the lens."""
    if rng.random() < look.recolour_share:
        image = recoloured(rng, image)
    if rng.random() < look.spoil_share:
        image = spoil(image, rng, look.night_share)
    if rng.random() < look.grey_share:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return image


FARTHEST_WAVES = 0.03  # of the picture's lower side: what is coarser makes its light and haze


def in_style_of(rng: np.random.Generator, image: ImageArray, other: ImageArray) -> ImageArray:
    """A drawn picture in the light of a photograph: its colours, or its coarse waves.

    After Reinhard et al., "Color transfer between images" (2001), and Yang and Soatto, "FDA:
    Fourier domain adaptation for semantic segmentation" (2020).
    """
    size = (image.shape[1], image.shape[0])
    shown = np.asarray(cv2.resize(other, size, interpolation=cv2.INTER_AREA), np.uint8)
    share = float(rng.uniform(0.4, 1.0))
    if rng.random() < 0.5:
        return with_colours(image, shown, share)
    reach = int(rng.integers(1, max(int(FARTHEST_WAVES * min(size)), 1) + 1))
    return with_waves(image, shown, share, reach)


def with_colours(image: ImageArray, other: ImageArray, share: float) -> ImageArray:
    """Mean and spread of every channel of Lab go so far towards those of another picture."""
    lab, wanted = (
        cv2.cvtColor(each, cv2.COLOR_BGR2LAB).astype(np.float32) for each in (image, other)
    )
    mean, spread = lab.mean((0, 1)), lab.std((0, 1)) + 4
    factor = np.clip(1 - share + share * (wanted.std((0, 1)) + 4) / spread, 0.4, 2.5)
    shown = (lab - mean) * factor + (1 - share) * mean + share * wanted.mean((0, 1))
    shown = np.clip(shown, 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(shown, cv2.COLOR_LAB2BGR), np.uint8)


def with_waves(image: ImageArray, other: ImageArray, share: float, reach: int) -> ImageArray:
    """The amplitudes of waves up to `reach` per picture go so far towards those of another."""
    waves, wanted = (np.fft.fft2(each.astype(np.float32), axes=(0, 1)) for each in (image, other))
    rows, columns = (np.abs(np.fft.fftfreq(n, 1 / n)) <= reach for n in image.shape[:2])
    part = share * (rows[:, None] & columns)[..., None]
    amplitude = (1 - part) * np.abs(waves) + part * np.abs(wanted)
    shown = np.fft.ifft2(amplitude * np.exp(1j * np.angle(waves)), axes=(0, 1)).real
    return np.clip(shown, 0, 255).astype(np.uint8)


def recoloured(rng: np.random.Generator, image: ImageArray) -> ImageArray:
    """Other hue, saturation and contrast."""
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV).astype(np.int16)
    hsv[..., 0] = (hsv[..., 0] + int(rng.normal(0, 9))) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * float(rng.uniform(0.3, 1.5)), 0, 255)
    shown = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR)
    contrast, middle = float(rng.uniform(0.6, 1.35)), float(shown.mean())
    return np.clip((shown - middle) * contrast + middle, 0, 255).astype(np.uint8)
