"""What a mask costs: every pixel, and the overlap of the whole."""

import torch
from torch import Tensor
from torch.nn import functional

from models.training.track.sample import EVERY, IGNORED, OWN, TRACKLESS_IOU

DICE_FAINT = 20.0  # pixels; so many more on both sides, for pictures without track


def mask_loss(logits: Tensor, masks: Tensor, other_weight: float) -> tuple[Tensor, Tensor]:
    """Mean cross entropy and mean lost overlap of (N, 2, H, W) logits and masks 0, 1, 255.

    Pixels of tracks besides the own one are rarer and thinner: they count `other_weight` times
    more.
    """
    wanted = (masks == 1).float()
    is_other = (wanted[:, EVERY] - wanted[:, OWN]).clamp(min=0)
    weight = (masks != IGNORED).float() * (1 + (other_weight - 1) * is_other.unsqueeze(1))
    entropy = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    crossed = (entropy * weight).sum() / weight.sum().clamp(min=1)
    found = logits.sigmoid()
    both = (found * wanted * weight).sum((2, 3))
    either = ((found + wanted - found * wanted) * weight).sum((2, 3))
    lost = 1 - (both + DICE_FAINT) / (either + DICE_FAINT)
    return crossed, lost.mean()


def reduced(masks: Tensor) -> Tensor:
    """(N, H, W, 2) masks to (N, 2, H / 2, W / 2): the upper left of every four.

    `vision.tram.track_evidence` reads the cells as what they are told by.
    """
    return masks[:, ::2, ::2].permute(0, 3, 1, 2)


def intersection_over_union(logits: Tensor, masks: Tensor) -> Tensor:
    """(N, 2) per picture; 1 where both are empty, nan where nothing is known."""
    is_known = masks != IGNORED
    wanted, found = (masks == 1), (logits > 0) & is_known
    both = (found & wanted).sum((2, 3)).float()
    either = (found | wanted).sum((2, 3)).float()
    iou = torch.where(either > 0, both / either.clamp(min=1), torch.full_like(both, TRACKLESS_IOU))
    return torch.where(is_known.any(3).any(2), iou, torch.full_like(iou, torch.nan))
