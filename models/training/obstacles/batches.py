"""Batches drawn by seed and step alone, so that a resumed run goes on as if never stopped."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from models.training.obstacles.cutouts import Cutout, gather_cutouts, place
from models.training.obstacles.light import spoil
from models.training.obstacles.loss import Target
from models.training.obstacles.network import MEAN_BGR, STD_BGR
from models.training.obstacles.pictures import Picture
from models.training.obstacles.scene import Zoom, draw_matrix, mosaic, warp
from models.training.obstacles.settings import Settings

MOST_CUTOUTS = 3
DARK_CUTOUT_SHARE = 0.4  # on night pictures, of the cutouts that come from night pictures


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Pictures as the network gets them, as they were before they were spoilt, and the truth."""

    spoilt: Tensor  # (N, 3, H, W)
    clear: Tensor  # (N, 3, H, W)
    targets: list[Target]


def to_tensor(images: list[np.ndarray]) -> Tensor:
    """Pictures (H, W, 3) uint8 BGR to (N, 3, H, W), normalised."""
    stacked = np.stack(images).astype(np.float32)
    stacked = (stacked - np.float32(MEAN_BGR)) / np.float32(STD_BGR)
    return torch.from_numpy(np.ascontiguousarray(stacked.transpose(0, 3, 1, 2)))


def to_target(picture: Picture) -> Target:
    """Truth as tensors."""
    return Target(
        torch.from_numpy(np.float32(picture.boxes)),
        torch.from_numpy(np.int64(picture.class_id)),
        torch.from_numpy(np.float32(picture.ignored)),
        torch.from_numpy(np.float32(picture.empty)),
        picture.is_exhaustive,
    )


class Batches:
    """Draws pictures from the sources and turns them into batches."""

    def __init__(self, sources: dict[str, list[Picture]], settings: Settings) -> None:
        self.settings = settings
        self.names = [name for name in settings.sources if sources[name]]
        self.shares = np.array([settings.sources[name] for name in self.names])
        self.shares = self.shares / self.shares.sum()
        self.sources = sources
        everything = [picture for name in self.names for picture in sources[name]]
        self.images = {p.name: p.read() for p in tqdm(everything, desc="reading pictures")}
        cut_from = [p for name in self.names for p in sources[name] if not p.is_stretched]
        self.clear_cutouts, self.dark_cutouts = gather_cutouts(tqdm(cut_from, desc="cutting out"))

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, Picture]:
        """One picture of a random source; tram pictures may get cutouts."""
        name = self.names[rng.choice(len(self.names), p=self.shares)]
        pool = self.sources[name]
        picture = pool[rng.integers(len(pool))]
        image = self.images[picture.name]
        if name.startswith("tram") and rng.random() < self.settings.scene.cutout_share:
            chosen = [
                self.draw_cutout(picture.is_night, rng)
                for _ in range(rng.integers(1, MOST_CUTOUTS + 1))
            ]
            return place(image, picture, chosen, rng)
        return image, picture

    def draw_cutout(self, is_night: bool, rng: np.random.Generator) -> Cutout:
        """A cutout that suits the light."""
        pool = self.clear_cutouts
        if is_night and self.dark_cutouts and rng.random() < DARK_CUTOUT_SHARE:
            pool = self.dark_cutouts
        return pool[rng.integers(len(pool))]

    def compose(
        self, height: int, width: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, Picture]:
        """One picture of the wanted size."""
        scene = self.settings.scene
        zoom = Zoom(scene.zoom_least, scene.zoom_most, scene.aspect, scene.plain_share)
        if rng.random() < scene.mosaic_share:
            return mosaic([self.draw(rng) for _ in range(4)], height, width, zoom, rng)
        image, picture = self.draw(rng)
        return warp(image, picture, draw_matrix(picture, height, width, zoom, rng), height, width)

    def at(self, step: int) -> Batch:
        """The batch of a step, the same whenever it is asked for."""
        rng = np.random.default_rng((self.settings.seed, step))
        height, width = self.settings.sizes[rng.integers(len(self.settings.sizes))]
        pairs = [self.compose(height, width, rng) for _ in range(self.settings.batch)]
        scene = self.settings.scene
        spoilt = [
            spoil(image, rng, scene.night_share) if rng.random() < scene.spoil_share else image
            for image, _ in pairs
        ]
        return Batch(
            to_tensor(spoilt),
            to_tensor([image for image, _ in pairs]),
            [to_target(picture) for _, picture in pairs],
        )
