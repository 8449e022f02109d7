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


def recoloured(rng: np.random.Generator, image: ImageArray) -> ImageArray:
    """Other hue, saturation and contrast."""
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV).astype(np.int16)
    hsv[..., 0] = (hsv[..., 0] + int(rng.normal(0, 9))) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * float(rng.uniform(0.3, 1.5)), 0, 255)
    shown = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR)
    contrast, middle = float(rng.uniform(0.6, 1.35)), float(shown.mean())
    return np.clip((shown - middle) * contrast + middle, 0, 255).astype(np.uint8)
