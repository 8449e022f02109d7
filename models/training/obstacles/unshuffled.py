"""The network without its channel shuffles: the same answers, in less time.

A runtime keeps feature maps in blocks of 16 channels. Shuffling channels, splitting them in halves
and counts that are no multiple of 16 make it leave that layout and come back. Here nothing is ever
moved: every convolution of a shuffle unit writes its outputs in pieces, grouped by the unit that
reads them next, and the reader's weights have their columns in the order in which the pieces come.
Slots that fill a piece up to a whole block hold zeros.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from models.training.obstacles.channel_plan import (
    EMPTY,
    Piece,
    Plan,
    Slots,
    fill,
    held,
    plan_stage,
)
from models.training.obstacles.network import ObstacleNetwork, ShuffleDown, ShuffleUnit, rectifier


def rewrite(conv: nn.Conv2d, outputs: Slots, inputs: Slots) -> nn.Conv2d:
    """A dense convolution between stored channels; `outputs` may be some of its rows only."""
    fresh = nn.Conv2d(
        len(inputs),
        len(outputs),
        conv.kernel_size,
        conv.stride,
        conv.padding,  # type: ignore[arg-type]
    )
    weight, bias = torch.zeros_like(fresh.weight), torch.zeros_like(fresh.bias)
    rows, columns = held(outputs), held(inputs)
    old_rows, old_columns = [outputs[i] for i in rows], [inputs[i] for i in columns]
    weight[torch.tensor(rows)[:, None], torch.tensor(columns)] = conv.weight.detach()[
        torch.tensor(old_rows)[:, None], torch.tensor(old_columns)
    ]
    bias[rows] = conv.bias.detach()[old_rows]
    return with_weights(fresh, weight, bias)


def rewrite_depthwise(conv: nn.Conv2d, slots: Slots) -> nn.Conv2d:
    """A depthwise convolution over stored channels."""
    fresh = nn.Conv2d(
        len(slots), len(slots), conv.kernel_size, conv.stride, conv.padding,  # type: ignore[arg-type]
        groups=len(slots),
    )  # fmt: skip
    weight, bias = torch.zeros_like(fresh.weight), torch.zeros_like(fresh.bias)
    there = held(slots)
    weight[there] = conv.weight.detach()[[slots[i] for i in there]]
    bias[there] = conv.bias.detach()[[slots[i] for i in there]]
    return with_weights(fresh, weight, bias)


def selection(outputs: Slots, inputs: Slots) -> nn.Conv2d:
    """A convolution that only picks stored channels: a copy that keeps the runtime's layout."""
    fresh = nn.Conv2d(len(inputs), len(outputs), 1)
    weight = torch.zeros_like(fresh.weight)
    for row in held(outputs):
        weight[row, inputs.index(outputs[row])] = 1
    return with_weights(fresh, weight, torch.zeros_like(fresh.bias))


def with_weights(conv: nn.Conv2d, weight: Tensor, bias: Tensor) -> nn.Conv2d:
    """The convolution with these weights."""
    with torch.no_grad():
        conv.weight.copy_(weight)
        conv.bias.copy_(bias)
    return conv


class InPieces(nn.Module):
    """A pointwise convolution and its activation that writes several pieces."""

    def __init__(self, conv: nn.Conv2d, pieces: Sequence[Piece], inputs: Slots) -> None:
        super().__init__()
        self.parts = nn.ModuleList(
            nn.Sequential(rewrite(conv, piece.slots, inputs), rectifier()) for piece in pieces
        )
        self.pieces = list(pieces)

    def forward(self, features: Tensor) -> dict[Piece, Tensor]:
        """(N, C, H, W) to one map per piece."""
        return {piece: part(features) for piece, part in zip(self.pieces, self.parts, strict=True)}


class UnshuffledStart(nn.Module):
    """The start of a stage: two branches of stride 2 over all channels."""

    def __init__(self, down: ShuffleDown, plan: Plan, inputs: Slots) -> None:
        super().__init__()
        middle = fill(range(down.long[0].out_channels))
        self.short = rewrite_depthwise(down.short[0], inputs)
        self.short_out = InPieces(down.short[1], plan.pieces[0], inputs)
        self.long = nn.Sequential(
            rewrite(down.long[0], middle, inputs),
            rectifier(),
            rewrite_depthwise(down.long[2], middle),
        )
        self.long_out = InPieces(down.long[3], plan.pieces[1], middle)

    def forward(self, features: Tensor) -> dict[Piece, Tensor]:
        """(N, inputs, H, W) to pieces of half the height and width."""
        return self.short_out(self.short(features)) | self.long_out(self.long(features))


class UnshuffledUnit(nn.Module):
    """A shuffle unit that reads the pieces it wants and writes its own."""

    def __init__(self, unit: ShuffleUnit, plan: Plan, number: int) -> None:
        super().__init__()
        self.reads = plan.read(number)
        inputs = plan.stored(number, self.reads)
        middle = fill(range(unit.half))
        self.branch = nn.Sequential(
            rewrite(unit.branch[0], middle, inputs),
            rectifier(),
            rewrite_depthwise(unit.branch[2], middle),
        )
        self.out = InPieces(unit.branch[3], plan.pieces[number + 2], middle)

    def forward(self, pieces: dict[Piece, Tensor]) -> dict[Piece, Tensor]:
        """All pieces so far to the new ones."""
        return self.out(self.branch(torch.cat([pieces[piece] for piece in self.reads], 1)))


class UnshuffledStage(nn.Module):
    """A start and its units; at the end one map, whose `slots` tell its channels."""

    def __init__(self, stage: nn.Sequential, inputs: Slots) -> None:
        super().__init__()
        half, units = stage[1].half, len(stage) - 1
        plan = plan_stage(half, units)
        self.start = UnshuffledStart(stage[0], plan, inputs)
        self.units = nn.ModuleList(
            UnshuffledUnit(unit, plan, number) for number, unit in enumerate(list(stage)[1:])
        )
        read = plan.read(units)
        wanted = set(plan.wanted[units])
        # Of pieces that earlier units read too, only what is still wanted goes on.
        self.whole = [p for p in read if wanted.issuperset(filter(None, p.values))]
        self.mixed = [p for p in read if p not in self.whole]
        self.slots = plan.stored(units, self.whole)
        self.pick: nn.Module | None = None
        if self.mixed:
            stored = plan.stored(units, self.mixed)
            picked = fill(slot for slot in stored if slot != EMPTY)
            self.pick = selection(picked, stored)
            self.slots = self.slots + picked

    def forward(self, features: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, slots, H/2, W/2)."""
        pieces = self.start(features)
        for unit in self.units:
            pieces = pieces | unit(pieces)
        maps = [pieces[piece] for piece in self.whole]
        if self.pick is not None:
            mixed = [pieces[piece] for piece in self.mixed]
            maps.append(self.pick(torch.cat(mixed, 1)))
        return torch.cat(maps, 1)


class Unshuffled(nn.Module):
    """The whole network up to the raw maps of its heads."""

    def __init__(self, network: ObstacleNetwork) -> None:
        super().__init__()
        stem, pool = network.backbone.stem[0], network.backbone.stem[2]
        slots = fill(range(stem.out_channels))
        self.stem = nn.Sequential(rewrite(stem, slots, list(range(3))), rectifier(), pool)
        stages, self.reduce = [], nn.ModuleList()
        for stage, reduce in zip(network.backbone.stages, network.pyramid.reduce, strict=True):
            stages.append(UnshuffledStage(stage, slots))
            slots = stages[-1].slots
            outputs = list(range(reduce[0].out_channels))
            self.reduce.append(nn.Sequential(rewrite(reduce[0], outputs, slots), rectifier()))
        self.stages = nn.ModuleList(stages)
        self.pyramid, self.towers, self.outputs = network.pyramid, network.towers, network.outputs

    def forward(self, image: Tensor) -> list[Tensor]:
        """(N, 3, H, W) normalised BGR to maps (N, rows + 32, H/s, W/s), finest first."""
        features, maps = self.stem(image), []
        for stage, reduce in zip(self.stages, self.reduce, strict=True):
            features = stage(features)
            maps.append(reduce(features))
        levels = self.pyramid.fuse(maps)
        return [
            output(tower(level))
            for tower, output, level in zip(self.towers, self.outputs, levels, strict=True)
        ]
