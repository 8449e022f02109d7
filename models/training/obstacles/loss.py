"""What the network is told: quality focal, GIoU and distribution losses, and a gentle memory."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, one_hot

from models.training.obstacles.assignment import Assignment, assign, pairwise_iou
from models.training.obstacles.classes import CLASSES
from models.training.obstacles.network import BINS, anchor_centres, decode_boxes

GIOU_WEIGHT = 2.0
BINS_WEIGHT = 0.25
HIDDEN_SHARE = 0.5  # a prediction this far inside an ignored region teaches nothing
EMPTY_IOU = 0.4  # a prediction that overlaps an empty region more speaks of nothing else
# Sets that are not exhaustive hardly label these at all: their silence says nothing.
RARELY_LABELLED = [CLASSES.index(name) for name in ("two_wheeler", "animal")]


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One picture's truth in input px, as tensors."""

    boxes: Tensor  # (G, 4)
    class_id: Tensor  # (G,)
    ignored: Tensor  # (K, 4)
    empty: Tensor  # (E, 4) seen to hold nothing
    is_exhaustive: bool


@dataclass(frozen=True, slots=True)
class Weights:
    """How much memory and background of two kinds count beside the labels."""

    memory: float  # following the untouched network where no label speaks
    rare_memory: float  # the same of classes that sets which are not exhaustive hardly label
    unsure_background: float  # of pictures whose labels are not exhaustive
    empty: float  # where nothing was seen to be
    suspicion: float  # the untouched network's confidence from which background is not taught


def quality_focal(logits: Tensor, quality: Tensor) -> Tensor:
    """Cross entropy to a soft target, scaled by the square of the error; same shape."""
    error = (logits.sigmoid() - quality).abs().square()
    return binary_cross_entropy_with_logits(logits, quality, reduction="none") * error


def giou(a: Tensor, b: Tensor) -> Tensor:
    """Generalised IoU (P,) of paired boxes (P, 4)."""
    shared = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).clamp(min=0)
    area = (a[:, 2:] - a[:, :2]).clamp(min=0).prod(1) + (b[:, 2:] - b[:, :2]).clamp(min=0).prod(1)
    inner, outer = shared.prod(1), hull.prod(1).clamp(min=1e-7)
    union = (area - inner).clamp(min=1e-7)
    return inner / union - (outer - union) / outer


def distribution(sides: Tensor, distance: Tensor) -> Tensor:
    """Cross entropy (P,) of four side distributions (P, 32) with distances (P, 4) in strides."""
    aim = distance.clamp(0, BINS - 1 - 0.01)
    low = aim.long()
    share = aim - low
    logits = sides.unflatten(1, (4, BINS)).transpose(1, 2)  # (P, BINS, 4)
    below = cross_entropy(logits, low, reduction="none") * (1 - share)
    above = cross_entropy(logits, low + 1, reduction="none") * share
    return (below + above).mean(1)


def background_weight(
    logits: Tensor, boxes: Tensor, memory: Tensor, target: Target, weights: Weights
) -> Tensor:
    """How much each (anchor, class) is taught as background, (A, C)."""
    weight = torch.ones_like(logits)
    if not target.is_exhaustive:
        weight = torch.where(memory > weights.suspicion, 0.0, weights.unsure_background)
        weight[:, RARELY_LABELLED] = 0.0
    weight = weight.masked_fill(is_empty(boxes, target)[:, None], weights.empty)
    if len(target.ignored):
        low = torch.maximum(boxes[:, None, :2], target.ignored[None, :, :2])
        high = torch.minimum(boxes[:, None, 2:], target.ignored[None, :, 2:])
        shared = (high - low).clamp(min=0).prod(2)
        area = (boxes[:, 2:] - boxes[:, :2]).clamp(min=1e-3).prod(1)
        hidden = (shared / area[:, None] > HIDDEN_SHARE).any(1)
        weight = weight.masked_fill(hidden[:, None], 0.0)
    return weight


def is_empty(boxes: Tensor, target: Target) -> Tensor:
    """Whether each prediction (A, 4) is one of what was seen to be nothing, (A,)."""
    if not len(target.empty):
        return torch.zeros(len(boxes), dtype=torch.bool)
    return (pairwise_iou(boxes, target.empty) > EMPTY_IOU).any(1)


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """Summed losses of a batch and what to divide them by."""

    classes: Tensor
    boxes: Tensor
    bins: Tensor
    memory: Tensor

    def total(self) -> Tensor:
        """One number to minimise."""
        labels = self.classes + GIOU_WEIGHT * self.boxes + BINS_WEIGHT * self.bins
        return labels + self.memory


def batch_loss(
    logits: Tensor, sides: Tensor, memory: Tensor, targets: Sequence[Target],
    size: tuple[int, int], weights: Weights,
) -> Terms:  # fmt: skip
    """Loss terms of a batch: logits (N, A, C), sides (N, A, 32), memory confidences (N, A, C).

    `size` is the input's (height, width) in px.
    """
    centres, strides = anchor_centres(*size)
    boxes = decode_boxes(sides, centres, strides)
    terms = [torch.zeros(()) for _ in range(4)]
    total_quality, total_memory = torch.zeros(()), torch.zeros(())
    firmness = torch.full((logits.shape[2],), weights.memory)
    firmness[RARELY_LABELLED] = weights.rare_memory
    for index, target in enumerate(targets):
        with torch.no_grad():
            match = assign(
                logits[index], boxes[index], centres, strides, target.boxes, target.class_id
            )
            weight = background_weight(logits[index], boxes[index], memory[index], target, weights)
        quality, positive = soft_targets(logits[index], match, target)
        weight = torch.where(positive.any(1)[:, None], 1.0, weight)
        terms[0] = terms[0] + (quality_focal(logits[index], quality) * weight).sum()
        quiet = ~positive.any(1) & ~is_empty(boxes[index].detach(), target)
        remembered = quality_focal(logits[index][quiet], memory[index][quiet])
        terms[3] = terms[3] + (remembered * firmness).sum()
        total_memory = total_memory + memory[index].amax(1).clamp(min=0.05).sub(0.05).sum()
        total_quality = total_quality + match.iou.sum()
        if len(match.anchor):
            near, wide = box_terms(boxes[index], sides[index], centres, strides, match, target)
            terms[1] = terms[1] + near
            terms[2] = terms[2] + wide
    labels, kept = total_quality.clamp(min=1.0), total_memory.clamp(min=1.0)
    return Terms(terms[0] / labels, terms[1] / labels, terms[2] / labels, terms[3] / kept)


def soft_targets(logits: Tensor, match: Assignment, target: Target) -> tuple[Tensor, Tensor]:
    """Wanted confidences (A, C): the overlap where an anchor answers; and where it does."""
    quality = torch.zeros_like(logits)
    positive = torch.zeros_like(logits, dtype=torch.bool)
    if len(match.anchor):
        kind = target.class_id[match.target]
        quality[match.anchor, kind] = match.iou.clamp(min=0.05)
        positive[match.anchor] = one_hot(kind, logits.shape[1]).bool()
    return quality, positive


def box_terms(
    boxes: Tensor, sides: Tensor, centres: Tensor, strides: Tensor,
    match: Assignment, target: Target,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """GIoU and distribution losses of the anchors that answer, weighted by their overlap."""
    truth = target.boxes[match.target]
    share = match.iou.clamp(min=0.1)
    near = ((1 - giou(boxes[match.anchor], truth)) * share).sum()
    centre, stride = centres[match.anchor], strides[match.anchor, None]
    distance = torch.cat((centre - truth[:, :2], truth[:, 2:] - centre), 1) / stride
    wide = (distribution(sides[match.anchor], distance) * share).sum()
    return near, wide
