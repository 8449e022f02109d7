"""Surfaces of the ground: patches of real pictures, and noise in the colours of materials."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models.training.track.arrays import FloatArray, ImageArray

TILE_PX = 128
LEVELS = 6  # tiles of 128 down to 4 px

# Two colours (BGR) between which a material varies, and how coarse its grain is.
MATERIALS: dict[str, tuple[tuple[int, int, int], tuple[int, int, int], float]] = {
    "asphalt": ((58, 58, 58), (120, 118, 116), 0.4),
    "light asphalt": ((110, 112, 114), (165, 164, 160), 0.4),
    "concrete": ((130, 138, 142), (190, 192, 192), 0.3),
    "grass": ((20, 60, 40), (60, 140, 100), 0.5),
    "brown grass": ((30, 70, 80), (70, 120, 140), 0.5),
    "ballast": ((60, 66, 72), (170, 172, 176), 0.9),
    "brown ballast": ((40, 55, 75), (110, 130, 160), 0.9),
    "dark ballast": ((28, 28, 30), (100, 98, 98), 0.9),
    "earth": ((50, 70, 95), (110, 140, 170), 0.5),
    "brick": ((45, 55, 110), (90, 110, 160), 0.6),
    "cobbles": ((50, 55, 60), (140, 142, 145), 0.7),
    "snow": ((200, 195, 190), (252, 250, 248), 0.3),
    "wet": ((30, 30, 30), (170, 165, 160), 0.2),
}


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A square piece of ground, mirrored at its borders, at several resolutions."""

    levels: tuple[ImageArray, ...]  # (128, 128, 3), (64, 64, 3), …
    side_m: float

    def sample(self, along_m: FloatArray, across_m: FloatArray, span_m: FloatArray) -> FloatArray:
        """(H, W, 3) colours of places, each averaged over about `span_m`."""
        u, v = (_mirrored(place, self.side_m) for place in (along_m, across_m))
        px_m = self.side_m / TILE_PX
        level = np.clip(np.log2(np.maximum(span_m, px_m) / px_m), 0, LEVELS - 1).astype(np.uint8)
        out = np.zeros((*u.shape, 3), np.float32)
        for number, tile in enumerate(self.levels):
            is_here = level == number
            rows = np.flatnonzero(is_here.any(axis=1))
            if len(rows) == 0:
                continue
            part = slice(int(rows[0]), int(rows[-1]) + 1)
            scale = np.float32(tile.shape[0] - 1)
            seen = cv2.remap(tile, v[part] * scale, u[part] * scale, cv2.INTER_LINEAR)
            out[part][is_here[part]] = seen[is_here[part]]
        return out


def _mirrored(place_m: FloatArray, side_m: float) -> FloatArray:
    turns = np.where(np.isfinite(place_m), place_m, 0) / np.float32(2 * side_m)
    share = turns - np.floor(turns)
    return np.asarray(1 - np.abs(2 * share - 1), np.float32)


def tile_of(image: ImageArray, side_m: float) -> Tile:
    """A tile from a square picture of any size."""
    levels = [cv2.resize(image, (TILE_PX, TILE_PX), interpolation=cv2.INTER_AREA)]
    for _ in range(LEVELS - 1):
        half = levels[-1].shape[0] // 2
        levels.append(cv2.resize(levels[-1], (half, half), interpolation=cv2.INTER_AREA))
    return Tile(tuple(levels), side_m)


def noise_tile(rng: np.random.Generator, material: str | None = None) -> Tile:
    """Several octaves of noise between a material's two colours."""
    name = material or str(rng.choice(list(MATERIALS)))
    dark, light, grain = MATERIALS[name]
    field = np.zeros((TILE_PX, TILE_PX), np.float32)
    for cells, weight in ((3, 0.5), (8, 0.4), (24, 0.5), (64, grain), (TILE_PX, grain)):
        coarse = rng.standard_normal((cells, cells), np.float32)
        field += weight * cv2.resize(coarse, (TILE_PX, TILE_PX), interpolation=cv2.INTER_LINEAR)
    if name in ("brick", "cobbles"):
        step = int(rng.choice([8, 16, 32]))
        field[::step] -= 1.5
        field[:, :: step * int(rng.integers(1, 3))] -= 1.5
    share = 1 / (1 + np.exp(-field * 1.2))[..., None]
    tint = rng.uniform(0.93, 1.07, 3)
    colours = [np.array(colour) * rng.uniform(0.8, 1.2) * tint for colour in (dark, light)]
    image = np.clip(colours[0] * (1 - share) + colours[1] * share, 0, 255).astype(np.uint8)
    return tile_of(image, float(rng.uniform(1.5, 6)))


def real_tile(rng: np.random.Generator, pictures: Sequence[ImageArray]) -> Tile:
    """A piece of the lower part of some street picture."""
    picture = pictures[int(rng.integers(len(pictures)))]
    height, width = picture.shape[:2]
    side = int(min(height * 0.4, width) * rng.uniform(0.35, 0.95))
    x = int(rng.integers(0, width - side + 1))
    y = int(rng.integers(int(height * 0.55), max(height - side, int(height * 0.55)) + 1))
    y = min(y, height - side)
    return tile_of(picture[y : y + side, x : x + side], float(rng.uniform(1.5, 7)))


def random_tile(rng: np.random.Generator, pictures: Sequence[ImageArray]) -> Tile:
    """Real or made up, as it comes."""
    if rng.random() < 0.4:
        return real_tile(rng, pictures)
    return noise_tile(rng)
