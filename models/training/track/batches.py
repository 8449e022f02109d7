"""Batches of augmented pictures."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from models.training.drawing import drawn
from models.training.track.arrays import ImageArray
from models.training.track.augmentation import augment, in_style_of
from models.training.track.pictures import PHOTOS, Picture, Rendered, RenderedOwn
from models.training.track.sample import Sample, shrunk
from models.training.track.settings import Settings

MOST_KEPT = 1500  # decoded pictures in memory: half a gigabyte


class Pool:
    """Pictures by source; those once read are kept, as long as there are few."""

    def __init__(self, sources: dict[str, list[Picture]]) -> None:
        self.sources = {name: pictures for name, pictures in sources.items() if pictures}
        self._kept: dict[Picture, Sample] = {}

    def draw(
        self, rng: np.random.Generator, shares: dict[str, float], style_share: float
    ) -> Sample:
        """A picture from a source drawn by its share; sources without pictures count nothing.

        Of painted and rendered ones so many come in the light of a photograph.
        """
        picture = drawn(rng, self.sources, shares)
        sample = self.read(picture)
        photos = self.sources.get(PHOTOS)
        is_made = isinstance(picture, Rendered | RenderedOwn)
        if photos and is_made and rng.random() < style_share:
            photo = self.read(photos[int(rng.integers(len(photos)))])
            return replace(sample, image=in_style_of(rng, sample.image, photo.image))
        return sample

    def read(self, picture: Picture) -> Sample:
        """A picture at the size that training needs."""
        sample = self._kept.get(picture)
        if sample is None:
            sample = shrunk(picture.read())
            if len(self._kept) < MOST_KEPT:
                self._kept[picture] = sample
        return sample


def make_batch(pool: Pool, settings: Settings, step: int) -> tuple[Tensor, Tensor]:
    """Pictures (N, 3, H, W) RGB and masks (N, H, W, 2) of one step; the step alone decides."""
    rng = np.random.default_rng([settings.seed, step])
    images, masks = [], []
    for _ in range(settings.batch):
        sample = pool.draw(rng, settings.sources, settings.look.style_share)
        image, mask = augment(rng, sample.image, sample.masks(), settings.size, settings.look)
        images.append(image)
        masks.append(mask)
    return to_tensor(images), torch.from_numpy(np.stack(masks))


def to_tensor(images: Sequence[ImageArray]) -> Tensor:
    """BGR pictures (H, W, 3) to (N, 3, H, W) RGB from 0 to 255."""
    stacked = np.stack(images)[..., ::-1].transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(stacked)).float()
