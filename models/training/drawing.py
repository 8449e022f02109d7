"""How pictures are drawn from several sources."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

Picture = TypeVar("Picture")


def drawn(
    rng: np.random.Generator,
    sources: Mapping[str, Sequence[Picture]],
    shares: Mapping[str, float],
) -> Picture:
    """A picture from a source drawn by its share; sources that are not there count nothing."""
    names = list(sources)
    weights = np.array([shares[name] for name in names])
    pictures = sources[names[int(rng.choice(len(names), p=weights / weights.sum()))]]
    return pictures[int(rng.integers(len(pictures)))]
