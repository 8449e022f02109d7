"""Which anchors answer for which object: the cheapest few, as many as their overlaps justify."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

CENTRE_REACH = 2.5  # strides around an object's centre in which an anchor may answer for it
CANDIDATES = 13  # overlaps summed to tell how many anchors an object gets
OVERLAP_WEIGHT = 3.0
FAR_COST = 1e5  # outside the box and its centre: only if nothing else is there


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """Row i: anchor `anchor[i]` answers for object `target[i]`, which it overlaps by `iou[i]`."""

    anchor: Tensor  # (P,)
    target: Tensor  # (P,)
    iou: Tensor  # (P,)


def pairwise_iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union (N, M) of boxes (N, 4) and (M, 4)."""
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = (high - low).clamp(min=0).prod(2)
    area_a = (a[:, 2:] - a[:, :2]).clamp(min=0).prod(1)
    area_b = (b[:, 2:] - b[:, :2]).clamp(min=0).prod(1)
    return shared / (area_a[:, None] + area_b[None, :] - shared).clamp(min=1e-9)


def nothing() -> Assignment:
    """An assignment of no anchor."""
    empty = torch.zeros(0, dtype=torch.long)
    return Assignment(empty, empty, torch.zeros(0))


def assign(
    logits: Tensor, boxes: Tensor, centres: Tensor, strides: Tensor,
    truth: Tensor, truth_class: Tensor,
) -> Assignment:  # fmt: skip
    """Match anchors to the objects of one picture by what the network says now.

    `logits` (A, C), `boxes` (A, 4) px, `centres` (A, 2) px, `strides` (A,), `truth` (G, 4) px,
    `truth_class` (G,). Every object gets at least one anchor if any lies near it; an anchor
    answers for one object at most.
    """
    if not len(truth):
        return nothing()
    delta = torch.cat(
        (centres[:, None] - truth[None, :, :2], truth[None, :, 2:] - centres[:, None]), 2
    )
    inside = delta.amin(2) > 0
    middle = (truth[:, :2] + truth[:, 2:]) / 2
    near = (centres[:, None] - middle[None]).abs().amax(2) < CENTRE_REACH * strides[:, None]
    rows = (inside | near).any(1).nonzero().squeeze(1)
    if not len(rows):
        return nothing()
    overlap = pairwise_iou(boxes[rows], truth)
    scores = logits[rows][:, truth_class]
    doubt = (scores.sigmoid() - overlap).abs().square()
    mismatch = binary_cross_entropy_with_logits(scores, overlap, reduction="none") * doubt
    far = ~(inside & near)[rows]
    cost = mismatch - OVERLAP_WEIGHT * (overlap + 1e-7).log() + FAR_COST * far
    return cheapest(cost, overlap, rows)


def cheapest(cost: Tensor, overlap: Tensor, rows: Tensor) -> Assignment:
    """For each object the k anchors of least cost, k being the rounded sum of best overlaps."""
    chosen = torch.zeros_like(cost, dtype=torch.bool)
    best = overlap.topk(min(CANDIDATES, len(rows)), 0).values.sum(0).int().clamp(min=1)
    for column, k in enumerate(best.tolist()):
        picked = cost[:, column].topk(min(k, len(rows)), largest=False).indices
        chosen[picked, column] = True
    contested = chosen.sum(1) > 1
    if contested.any():
        winner = cost[contested].masked_fill(~chosen[contested], float("inf")).argmin(1)
        chosen[contested] = torch.nn.functional.one_hot(winner, cost.shape[1]).bool()
    local, target = chosen.nonzero(as_tuple=True)
    return Assignment(rows[local], target, overlap[local, target])
