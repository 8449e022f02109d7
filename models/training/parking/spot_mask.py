"""A spot's mask at the strides of a backbone, and the means of features over it."""

import torch
from torch import Tensor
from torch.nn import functional

from models.training.feature_maps import Maps

MASK_STRIDE = 4  # of the finest features that are pooled
FAINT = 1e-3  # weight outside the spot, so that a spot without a pixel has a mean too


def mask_pyramid(mask: Tensor) -> Maps:
    """(N, 1, H, W) at stride 4 → the same at strides 4, 8 and 16."""
    half = functional.avg_pool2d(mask, 2)
    return mask, half, functional.avg_pool2d(half, 2)


def pool_features(stages: Maps, masks: Maps) -> Tensor:
    """(N, C): means over the spot at three strides and over the whole view at two."""
    inside = [spot_means(stage, mask) for stage, mask in zip(stages, masks, strict=True)]
    around = [stage.mean((2, 3)) for stage in stages[1:]]
    return torch.cat(inside + around, 1)


def spot_means(features: Tensor, mask: Tensor) -> Tensor:
    """(N, C) mean of (N, C, H, W) features weighted by the (N, 1, H, W) mask."""
    weight = mask.flatten(1) + FAINT
    weight = weight / weight.sum(1, keepdim=True)
    return torch.bmm(features.flatten(2), weight.unsqueeze(2)).squeeze(2)
